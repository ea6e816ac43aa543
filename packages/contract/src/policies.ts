/**
 * Policies as they stand on the wire (WIRE §6), as zod schemas and types: the form of every rule. What needs more than
 * the form (zones, networks, patterns) the server checks when a policy is saved. Must never hold how rules are evaluated.
 */
import { z } from 'zod';
import { id, LABEL_LENGTH_MAX, nameSchema, pageOf, pageQuery, time, timeOut, uuid } from './pieces.ts';

export const POLICY_MODES = ['enforce', 'monitor'] as const;
export type PolicyMode = (typeof POLICY_MODES)[number];

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
export type Day = (typeof DAYS)[number];

/** What a rule said of a call. `undetermined`: it depends on a body that was not there to read; a live call is denied. */
export const VERDICTS = ['pass', 'deny', 'hold', 'undetermined'] as const;
export type PolicyVerdict = (typeof VERDICTS)[number];

/** Longest text in a condition. */
export const CONDITION_TEXT_MAX = 1024;
/** Longest RE2 pattern; what is longer is a program, and its cost is paid on every call. */
export const PATTERN_LENGTH_MAX = 512;
export const LIMIT_MAX = 1_000_000_000;
/** 31 days; a quota counts calendar periods. */
export const WINDOW_SECONDS_MAX = 31 * 24 * 3600;
/** A held call is kept sealed until then. */
export const APPROVAL_SECONDS_MAX = 30 * 24 * 3600;
export const APPROVERS_MAX = 64;

const text = (max: number) => z.string().min(1).max(max);
const timezone = text(64).describe('a zone of the IANA database, such as Europe/Berlin');

// Conditions on a request: each field that is there must match; within a field one of the list is enough.

const scalar = z.union([z.string().max(CONDITION_TEXT_MAX), z.number(), z.boolean(), z.null()]);
const pointer = z
  .string()
  .max(CONDITION_TEXT_MAX)
  .describe('RFC 6901; the empty pointer is the whole body')
  .refine((value) => /^(?:\/(?:[^~/]|~[01])*)*$/.test(value), 'must be a JSON pointer (RFC 6901)');

export const jsonCondition = z.discriminatedUnion('op', [
  z.strictObject({ pointer, op: z.literal('equals'), value: scalar }),
  z.strictObject({ pointer, op: z.literal('in'), value: z.array(scalar).min(1).max(100) }),
  z.strictObject({ pointer, op: z.enum(['lte', 'gte']), value: z.number() }),
  z.strictObject({
    pointer,
    op: z.literal('matches'),
    value: text(PATTERN_LENGTH_MAX).describe('RE2; finds a match anywhere unless anchored by ^ and $'),
  }),
]);

const conditions = {
  methods: z.array(text(32)).min(1).max(32).optional().describe('in upper case'),
  hosts: z
    .array(text(300))
    .min(1)
    .max(64)
    .optional()
    .describe('host, host:port, *.domain, **.domain; without a port: any port'),
  paths: z
    .array(text(CONDITION_TEXT_MAX))
    .min(1)
    .max(64)
    .optional()
    .describe('* stands for what is within one segment, ** for any number of whole segments'),
  query: z
    .record(text(256), z.array(z.string().max(CONDITION_TEXT_MAX)).min(1).max(64))
    .optional()
    .describe('name → the values that match'),
  json: z.array(jsonCondition).min(1).max(32).optional().describe('on the JSON body; all must hold'),
};
const hasCondition = (rule: { readonly [Name in keyof typeof conditions]?: unknown }): boolean =>
  Object.keys(conditions).some((name) => Object.hasOwn(rule, name)) &&
  (rule.query === undefined || Object.keys(rule.query ?? {}).length > 0);
const NEEDS_CONDITION = 'needs at least one of methods, hosts, paths, query and json';

export const requestConditions = z.strictObject(conditions).refine(hasCondition, NEEDS_CONDITION);

// Rules

const hour = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
export const timeWindowRule = z.strictObject({
  type: z.literal('time_window'),
  timezone,
  days: z.array(z.enum(DAYS)).min(1).max(7),
  from: z.string().regex(hour, 'must be HH:MM, 00:00 to 23:59'),
  to: z
    .string()
    .refine((value) => value === '24:00' || hour.test(value), 'must be HH:MM, 00:00 to 24:00')
    .describe('no longer inside at this minute; before "from": on the next day'),
});

export const ipRule = z.strictObject({
  type: z.enum(['ip_allowlist', 'ip_denylist']),
  cidrs: z.array(text(64)).min(1).max(256),
});

export const requestRule = z
  .strictObject({ type: z.literal('request'), effect: z.enum(['allow_only', 'deny']), ...conditions })
  .refine(hasCondition, NEEDS_CONDITION);

const per = z
  .enum(['grant', 'agent', 'key', 'caller'])
  .describe("caller is the client's own word: fairness within a key, never a bound");
const limit = z.number().int().min(1).max(LIMIT_MAX);

export const rateLimitRule = z.strictObject({
  type: z.literal('rate_limit'),
  limit,
  window_seconds: z.number().int().min(1).max(WINDOW_SECONDS_MAX),
  window: z.enum(['sliding', 'fixed']).default('sliding'),
  per: per.default('grant'),
});

export const quotaRule = z.strictObject({
  type: z.literal('quota'),
  limit,
  period: z.enum(['hour', 'day', 'month']),
  timezone: timezone.default('UTC'),
  per: per.default('grant'),
});

export const requireApprovalRule = z.strictObject({
  type: z.literal('require_approval'),
  when: requestConditions.optional().describe('absent: every call'),
  approvers: z.array(text(64)).min(1).max(APPROVERS_MAX).describe('member ids or roles'),
  quorum: z.number().int().min(1).max(APPROVERS_MAX).default(1).describe('how many distinct members'),
  expires_in_seconds: z.number().int().min(60).max(APPROVAL_SECONDS_MAX).default(3600),
});

export const policyRule = z.discriminatedUnion('type', [
  timeWindowRule,
  ipRule,
  requestRule,
  rateLimitRule,
  quotaRule,
  requireApprovalRule,
]);

export type JsonCondition = z.infer<typeof jsonCondition>;
export type RequestConditions = z.infer<typeof requestConditions>;
export type TimeWindowRule = z.infer<typeof timeWindowRule>;
export type IpRule = z.infer<typeof ipRule>;
export type RequestRule = z.infer<typeof requestRule>;
export type RateLimitRule = z.infer<typeof rateLimitRule>;
export type QuotaRule = z.infer<typeof quotaRule>;
export type RequireApprovalRule = z.infer<typeof requireApprovalRule>;
/** A rule as it is stored and given back, with its defaults filled in. */
export type PolicyRule = z.infer<typeof policyRule>;
/** A rule as it may be sent. */
export type PolicyRuleInput = z.input<typeof policyRule>;

// Policies

/** To what a policy applies: the whole app, or one secret, grant (with its clones) or agent. */
const appliesToOf = <Id extends z.ZodType>(one: Id) =>
  z.union([
    z.strictObject({ app: z.literal(true) }),
    z.strictObject({ secret_id: one }),
    z.strictObject({ grant_id: one }),
    z.strictObject({ agent_id: one }),
  ]);
export const appliesTo = appliesToOf(id);
export const appliesToIn = appliesToOf(uuid);
export type AppliesTo = z.infer<typeof appliesTo>;

const mode = z
  .enum(POLICY_MODES)
  .describe('monitor writes down what it would have done, and changes nothing');

export const policy = z.object({
  policy_id: id,
  name: z.string(),
  applies_to: appliesTo,
  mode,
  rule: policyRule,
  created_at: timeOut,
  updated_at: timeOut,
  warnings: z.array(z.string()).describe('what the rule says and rarely anyone means'),
});
export const policyPage = pageOf(policy);
export const policyCreate = z.strictObject({
  name: nameSchema,
  applies_to: appliesToIn,
  mode: mode.default('enforce'),
  rule: policyRule,
});
/** What it applies to stays: for something else make another policy. */
export const policyChange = z.strictObject({
  name: nameSchema.optional(),
  mode: mode.optional(),
  rule: policyRule.optional(),
  if_updated_at: time
    .optional()
    .describe('the updated_at that was read: where it is another by now, nothing changes (conflict)'),
});
/** A policy that a clone brings along: it applies to the new grant. */
export const clonePolicy = z.strictObject({
  name: nameSchema.optional().describe('absent: one is made up'),
  mode: mode.default('enforce'),
  rule: policyRule,
});
/** More than a handful on one clone is a sign that they belong on the secret. */
export const CLONE_POLICIES_MAX = 16;
export const policyQuery = pageQuery.extend({
  secret_id: uuid.optional(),
  grant_id: uuid.optional(),
  agent_id: uuid.optional(),
  mode: mode.optional(),
});

// Explaining

/** A policy that is not stored. It needs no name. */
const policyDraft = policyCreate.extend({ name: nameSchema.optional() });

export const policyEvaluate = z.strictObject({
  grant_id: uuid,
  method: z
    .string()
    .max(32)
    .regex(/^[!#$%&'*+\-.^_`|~0-9A-Z]+$/, 'must be an HTTP method in upper case')
    .refine((method) => !['CONNECT', 'TRACE', 'TRACK'].includes(method), 'is not forwarded'),
  url: text(16_384),
  mode: z.enum(['proxy', 'request']).default('proxy').describe('how the call would be made'),
  key_id: uuid.optional().describe('as if called with this key; absent: any key that may use the grant'),
  caller: z.string().max(LABEL_LENGTH_MAX).optional(),
  ip: z
    .union([z.ipv4(), z.ipv6()])
    .optional()
    .describe("the client's address; absent: the one that this request came from"),
  at: time.optional().describe('absent: now'),
  body: z
    .union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown())])
    .optional()
    .describe('text is taken byte by byte; an object or array is written as JSON; absent: no body'),
  draft: policyDraft
    .extend({ policy_id: uuid.optional().describe('judged in place of this policy') })
    .optional()
    .describe('judged along with the policies that there are'),
});
export const policyBecause = z.object({
  policy_id: id.describe('all zeros: the draft, where it stands in place of no other'),
  name: z.string(),
  mode,
  type: z.string().describe('the type of its rule'),
  verdict: z.enum(VERDICTS),
  why: z.string(),
  passes_at: timeOut.nullable().describe('when it may pass next, where that is a question of time'),
});
export const policyEvaluated = z.object({
  decision: z.enum(['allow', 'deny', 'hold']),
  code: z.string().nullable().describe('the error code that a call would be refused with'),
  message: z.string().nullable(),
  hint: z.string().nullable(),
  because: z.array(policyBecause).describe('every policy that applies, enforced or monitored'),
});

/** More points than this no chart can show. */
export const REPLAY_BUCKETS_MAX = 200;
export const policyReplay = z.strictObject({
  policy: policyDraft,
  from: time,
  to: time,
  buckets: z
    .number()
    .int()
    .min(1)
    .max(REPLAY_BUCKETS_MAX)
    .optional()
    .describe('counts the verdicts in so many equal parts of the time, too'),
});
const replayExample = z.object({
  event_id: id,
  at: timeOut,
  grant_id: id.nullable(),
  method: z.string().nullable(),
  url: z.string().nullable(),
  why: z.string(),
});
export const REPLAY_EXAMPLES_MAX = 5;
const replayTally = z.object({
  count: z.number().int(),
  examples: z.array(replayExample).max(REPLAY_EXAMPLES_MAX),
});
export const policyReplayed = z.object({
  calls: z.number().int().describe('past calls that the policy applies to'),
  pass: replayTally,
  deny: replayTally,
  hold: replayTally,
  undetermined: replayTally,
  over: z
    .array(
      z.object({
        at: timeOut.describe('where the part begins'),
        pass: z.number().int(),
        deny: z.number().int(),
        hold: z.number().int(),
        undetermined: z.number().int(),
      }),
    )
    .max(REPLAY_BUCKETS_MAX)
    .optional()
    .describe('where buckets were asked for'),
});
