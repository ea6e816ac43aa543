/** The shapes of the control plane's bodies and answers, as zod schemas: the one source of validation, types and OpenAPI. */
import { z } from 'zod';
import { CREDENTIAL_TYPES, DELIVERIES, PRESIGN_SECONDS_MAX, PRINCIPAL_TYPES } from './nouns.ts';
import {
  id,
  LABEL_LENGTH_MAX,
  NAME_LENGTH_MAX,
  nameSchema,
  nullableTime,
  pageQuery,
  plainText,
  time,
  timeOut,
  TTL_SECONDS_MAX,
  uuid,
  searchText,
} from './pieces.ts';
import { CLONE_POLICIES_MAX, clonePolicy } from './policies.ts';

export {
  approval,
  approvalDecision,
  approvalDetail,
  approvalOf,
  approvalQuery,
  approvalWait,
  heldRequest,
} from './approvals.ts';

export {
  appParam,
  catalogQuery,
  LABEL_LENGTH_MAX,
  NAME_LENGTH_MAX,
  nameSchema,
  PAGE_LIMIT_DEFAULT,
  PAGE_LIMIT_MAX,
  pageOf,
  pageQuery,
  TTL_SECONDS_MAX,
  uuid,
} from './pieces.ts';
export * from './channels.ts';
export * from './people.ts';
export * from './policies.ts';

/** Longest secret value that is stored, over all fields of one credential. */
export const CREDENTIAL_BYTES_MAX = 64 * 1024;

/** Ten years, as with times to live. */
const DAYS_MAX = 10 * 366;
const unusedDays = z.coerce
  .number()
  .int()
  .min(1)
  .max(DAYS_MAX)
  .optional()
  .describe('only what works, was made before so many days and not used since');

// Apps

export const app = z.object({ app_id: id, name: z.string(), created_at: timeOut });
export const appCreate = z.strictObject({ name: nameSchema });

/** What can be ended before its time: keys and grants. */
const LIFE_STATES = ['active', 'expired', 'revoked'] as const;

// Keys

export const KEY_REQUESTS_PER_MINUTE_MAX = 1_000_000;

export const key = z.object({
  key_id: id,
  name: z.string(),
  kind: z.enum(['app', 'agent']),
  agent_id: id.nullable(),
  agent_name: z.string().nullable(),
  prefix: z.string(),
  status: z.enum(LIFE_STATES),
  ip_allowlist: z.array(z.string()).nullable(),
  requests_per_minute: z.number().int().nullable(),
  allow_release: z.boolean(),
  owner_member_id: id.nullable(),
  expires_at: nullableTime,
  created_at: timeOut,
  revoked_at: nullableTime,
  last_used_at: nullableTime,
  rotated_from: id.nullable().describe('the key that this one replaces'),
  replaced_by: id.nullable().describe('the key that was made to replace this one'),
});
export const keyCreated = key.extend({ api_key: z.string().optional().describe('shown once') });
export const keyCreate = z.strictObject({
  name: plainText(NAME_LENGTH_MAX),
  kind: z.enum(['app', 'agent']).optional().describe('app unless agent_id is given'),
  agent_id: uuid.optional(),
  ip_allowlist: z.array(z.string().max(64)).min(1).max(256).optional(),
  requests_per_minute: z.number().int().min(1).max(KEY_REQUESTS_PER_MINUTE_MAX).optional(),
  expires_at: time.optional(),
  allow_release: z.boolean().optional(),
  owner_member_id: uuid.optional(),
});
export const keyQuery = pageQuery.extend({
  unused_days: unusedDays,
  agent_id: uuid.optional(),
  status: z.enum(LIFE_STATES).optional(),
  q: searchText.describe('part of the name or of the prefix'),
});
/** null takes a restriction away. */
export const keyChange = z.strictObject({
  name: plainText(NAME_LENGTH_MAX).optional(),
  ip_allowlist: z.array(z.string().max(64)).min(1).max(256).nullable().optional(),
  requests_per_minute: z.number().int().min(1).max(KEY_REQUESTS_PER_MINUTE_MAX).nullable().optional(),
  expires_at: time.nullable().optional(),
  allow_release: z.boolean().optional(),
});
/** A week: long enough for any deployment, short enough that two keys don't become the rule. */
export const OVERLAP_SECONDS_MAX = 7 * 24 * 3600;
export const keyRotate = z.strictObject({
  grace_seconds: z
    .number()
    .int()
    .min(0)
    .max(OVERLAP_SECONDS_MAX)
    .default(24 * 3600)
    .describe('how long the old key goes on working'),
  expires_at: time
    .optional()
    .describe('of the new key; else it lives as long from now as the old one was made to'),
});

// Agents

export const agent = z.object({
  agent_id: id,
  name: z.string(),
  display_name: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  created_at: timeOut,
  last_used_at: nullableTime,
  active_keys: z.number().int(),
  active_grants: z.number().int(),
});
const metadata = z
  .record(z.string().min(1).max(64), z.string().max(512))
  .refine((entries) => Object.keys(entries).length <= 32, 'at most 32 entries');
export const agentCreate = z.strictObject({
  name: nameSchema,
  display_name: plainText(LABEL_LENGTH_MAX).optional(),
  metadata: metadata.optional(),
});
export const agentChange = z.strictObject({
  name: nameSchema.optional(),
  display_name: plainText(LABEL_LENGTH_MAX).nullable().optional(),
  metadata: metadata.optional(),
});

// Secrets

const awsNames = z.array(z.string().min(1).max(64)).min(1).max(64).optional();
export const injectionRule = z.discriminatedUnion('in', [
  z.strictObject({
    in: z.literal('header'),
    name: z.string().min(1).max(256),
    format: z.string().min(1).max(4096),
  }),
  z.strictObject({
    in: z.literal('query'),
    name: z.string().min(1).max(256),
    format: z.string().min(1).max(4096),
  }),
  z.strictObject({
    in: z.literal('path'),
    mode: z.enum(['prefix', 'replace']),
    format: z.string().min(1).max(4096),
  }),
  z.strictObject({ in: z.literal('basic'), username: z.string().max(4096), password: z.string().max(4096) }),
  z.strictObject({
    in: z.literal('aws_sigv4'),
    service: z.string().min(1).max(64).optional(),
    region: z.string().min(1).max(64).optional(),
    services: awsNames.describe('the only services to sign for; without it any'),
    regions: awsNames.describe('the only regions to sign for; without it any'),
    presign_seconds_max: z
      .number()
      .int()
      .min(0)
      .max(PRESIGN_SECONDS_MAX)
      .optional()
      .describe('the longest that a presigned URL may live (3600 without it); 0 forbids them'),
  }),
]);

export const credentialFieldName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'a field name: lower-case letters, digits and "_"');
/** Values are checked by the credential type; here only that they are text. */
const credential = z
  .record(credentialFieldName, z.string().max(CREDENTIAL_BYTES_MAX))
  .describe('write-only: no answer ever holds a value');
const allowedHosts = z.array(z.string().min(1).max(300)).min(1).max(100);
const injection = z.array(injectionRule).min(1).max(16);

export const secret = z.object({
  secret_id: id,
  name: z.string(),
  template: z.string().nullable(),
  template_name: z.string().nullable().describe('as people know it'),
  tile: z
    .object({ monogram: z.string(), hue: z.number().int().nullable() })
    .nullable()
    .describe('how the template is drawn'),
  variables: z.record(z.string(), z.string()),
  credential_type: z.enum(CREDENTIAL_TYPES),
  fields: z.array(z.string()).describe('the names of the stored fields'),
  public_fields: z.array(z.string()),
  injection: z.array(injectionRule),
  allowed_hosts: z.array(z.string()),
  allow_any_host: z.boolean(),
  delivery: z.enum(DELIVERIES),
  base_url: z.string().nullable(),
  version: z.number().int(),
  rotate_by: nullableTime,
  overlap_until: nullableTime.describe('until then the version before may be tried'),
  role_arn: z.string().nullable().describe('the role of AWS that it assumes'),
  created_at: timeOut,
  updated_at: timeOut,
  last_used_at: nullableTime,
  active_grants: z.number().int().describe('neither revoked nor expired, clones among them'),
  has_test_call: z.boolean().describe('whether it can be verified'),
  warnings: z.array(z.string()),
});
export const secretQuery = pageQuery.extend({
  unused_days: unusedDays,
  rotate_due_within_days: z.coerce
    .number()
    .int()
    .min(0)
    .max(DAYS_MAX)
    .optional()
    .describe('only what is to be rotated within so many days, or should have been before'),
  q: searchText.describe('part of the name, of the template or of an allowed host'),
});
export const secretCreated = secret.extend({ grant_id: id });
export const secretCreate = z.strictObject({
  name: nameSchema,
  template: z.string().max(64).optional(),
  variables: z.record(z.string().max(64), z.string().max(256)).optional(),
  credential_type: z.enum(CREDENTIAL_TYPES).optional(),
  credential,
  public_fields: z.array(credentialFieldName).max(32).optional(),
  injection: injection.optional(),
  allowed_hosts: allowedHosts.optional(),
  allow_any_host: z.boolean().optional(),
  delivery: z.enum(DELIVERIES).optional(),
  base_url: z.string().max(2048).optional(),
  rotate_by: time.optional(),
});
export const secretChange = z.strictObject({
  name: nameSchema.optional(),
  allowed_hosts: allowedHosts.optional(),
  allow_any_host: z.boolean().optional(),
  injection: injection.optional(),
  delivery: z.enum(DELIVERIES).optional(),
  rotate_by: time.nullable().optional(),
  credential: credential.optional(),
});
export const credentialReplace = z.strictObject({
  credential,
  overlap_seconds: z
    .number()
    .int()
    .min(0)
    .max(OVERLAP_SECONDS_MAX)
    .default(0)
    .describe('how long a call that gets 401 is tried once with the version before, in proxy mode'),
  rotate_by: time
    .nullable()
    .optional()
    .describe('when to rotate next; else a date that is past or within 14 days counts as met and is cleared'),
});
export const credentialReplaced = z.object({
  secret_id: id,
  version: z.number().int(),
  overlap_until: timeOut.optional(),
});
export const verified = z.object({
  ok: z.boolean(),
  status_code: z.number().int().nullable(),
  code: z.string().nullable(),
});

// Grants

export const principal = z.object({ type: z.enum(PRINCIPAL_TYPES), id: z.string().nullable() });
const principalIn = z.strictObject({
  type: z.enum(PRINCIPAL_TYPES),
  id: plainText(LABEL_LENGTH_MAX).nullable().optional(),
});
export const grant = z.object({
  grant_id: id,
  secret_id: id,
  secret_name: z.string(),
  principal,
  agent_name: z.string().nullable().describe('of the principal, where it is an agent'),
  label: z.string().nullable(),
  status: z.enum(LIFE_STATES),
  cloned_from: id.nullable(),
  expires_at: nullableTime,
  created_at: timeOut,
  revoked_at: nullableTime,
  revoke_reason: z.string().nullable(),
  last_used_at: nullableTime,
  depth: z.number().int().describe('how many clonings lie between it and a grant that was no clone'),
  clones: z.number().int().describe('grants that were cloned from it directly'),
  policies: z
    .number()
    .int()
    .describe('policies that apply to this grant by name; others reach it from above'),
  delivery: z.enum(DELIVERIES).describe('proxy_only: its credential is never released'),
  proxy_only_because: z.string().nullable(),
});
const lifetime = {
  expires_at: time.optional(),
  ttl_seconds: z.number().int().min(1).max(TTL_SECONDS_MAX).optional(),
};
export const grantCreate = z.strictObject({
  principal: principalIn.optional(),
  label: plainText(LABEL_LENGTH_MAX).optional(),
  ...lifetime,
});
export const grantClone = grantCreate.extend({
  policies: z
    .array(clonePolicy)
    .max(CLONE_POLICIES_MAX)
    .optional()
    .describe('made together with the clone, and applying to it'),
});
export const grantRevoke = z.strictObject({ reason: plainText(1024).optional() });
export const grantRevoked = grant.extend({ clones_revoked: z.array(id) });
export const grantQuery = pageQuery.extend({
  secret_id: uuid.optional(),
  principal: z
    .string()
    .max(LABEL_LENGTH_MAX + 16)
    .optional()
    .describe('a type, or type:id'),
  status: z.enum(LIFE_STATES).optional(),
  root: uuid.optional().describe('this grant and all that was cloned from it, each after its source'),
  tree: z
    .enum(['true', 'false'])
    .optional()
    .describe('true: each grant after the one it was cloned from, as a tree is drawn'),
  unused_days: unusedDays,
});

// Keyring

export const keyringKey = z.object({
  key_id: id,
  purpose: z.string(),
  state: z.string(),
  root_key_id: z.string(),
  created_at: timeOut,
  secret_versions: z.number().int(),
  sealed_rows: z.number().int().describe('what else is under it: secrets of channels, held calls'),
});
export const keyringState = z.object({ root_key_id: z.string(), keys: z.array(keyringKey) });
export const rootKeyRotated = z.object({ root_key_id: z.string(), rewrapped: z.number().int() });

// Audit

const csvOfText = (max: number) => z.string().max(max).optional();
export const auditFilters = {
  from: time.optional(),
  to: time.optional(),
  kind: csvOfText(64),
  grant_id: uuid.optional(),
  secret_id: uuid.optional(),
  agent_id: uuid.optional(),
  key_id: uuid.optional(),
  caller: csvOfText(256),
  method: csvOfText(32),
  host: csvOfText(300),
  url_prefix: csvOfText(2048),
  decision: z.enum(['allow', 'deny', 'hold']).optional(),
  code: csvOfText(64),
  status_code: z.coerce.number().int().min(100).max(999).optional(),
  mode: z.enum(['request', 'proxy']).optional(),
  approval_id: uuid.optional(),
  flag: csvOfText(64),
  q: csvOfText(256),
};
/** Besides the named filters, any `context.<key>`. */
export const auditQuery = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z
    .object(shape)
    .catchall(z.string().max(1024))
    .superRefine((query, check) => {
      const keys = Object.keys(query).filter(
        (name) => !Object.hasOwn(shape, name) && !/^context\..{1,256}$/s.test(name),
      );
      if (keys.length > 0) check.addIssue({ code: 'unrecognized_keys', keys, input: query });
    });
export const auditActor = z.object({
  key_id: id.nullable(),
  key_prefix: z.string().nullable(),
  agent_id: id.nullable(),
  member_id: id.nullable(),
  caller: z.string().nullable(),
  ip: z.string().nullable(),
});
export const auditEvent = z.object({
  event_id: id,
  at: timeOut,
  kind: z.string(),
  request_id: id,
  actor: auditActor,
  grant_id: id.nullable(),
  secret_id: id.nullable(),
  provider: z.string().nullable(),
  mode: z.string().nullable(),
  method: z.string().nullable(),
  url: z.string().nullable(),
  reason: z.string().nullable(),
  context: z.record(z.string(), z.unknown()).nullable(),
  decision: z.string().nullable(),
  code: z.string().nullable(),
  policy_id: id.nullable(),
  status_code: z.number().int().nullable(),
  latency_ms: z.number().nullable(),
  bytes_in: z.number().int().nullable(),
  bytes_out: z.number().int().nullable(),
  flags: z.array(z.string()),
  approval_id: id.nullable(),
  epoch: z.number().int().nullable(),
  leaf_index: z.number().int().nullable(),
  leaf_hash: z.string(),
});
export const auditProof = z.object({
  kind: z.enum(['inclusion', 'consistency']),
  leaf_index: z.number().int().optional(),
  leaf_hash: z.string().optional(),
  from_size: z.number().int().optional(),
  tree_size: z.number().int(),
  hashes: z.array(z.string()),
  checkpoint: z.string(),
});

// Data plane, request mode

export const releaseRequest = z.strictObject({
  grant_id: uuid,
  method: z.string().min(1).max(32),
  url: z.string().min(1).max(16_384),
  headers: z.record(z.string(), z.string()).optional(),
  body_sha256: z
    .string()
    .max(64)
    .optional()
    .describe('hex SHA-256 of the body, or UNSIGNED-PAYLOAD (S3 over https only)'),
  presign: z
    .strictObject({ expires_in_seconds: z.number().int().min(1).max(PRESIGN_SECONDS_MAX) })
    .optional()
    .describe(
      'AWS only: answer a URL that whoever has it can call until it expires, instead of headers for one call',
    ),
  reason: z.string().max(2048).optional(),
  context: z.record(z.string(), z.unknown()).optional(),
  caller: z.string().max(256).optional(),
});
const namedValue = z.tuple([z.string(), z.string()]);
export const released = z.object({
  request_id: id,
  inject: z.object({
    headers: z.array(namedValue).describe('values as they are sent: one character for each byte'),
    remove_headers: z
      .array(z.string())
      .optional()
      .describe("the client's own headers, of those it named, that it must drop before it adds these"),
    query: z.array(namedValue).describe('names and values as text: the client percent-encodes them'),
    url: z
      .string()
      .optional()
      .describe('the whole URL to call, where the path holds the credential, or presigned'),
  }),
  expires_at: timeOut,
});
export const outcomes = z.strictObject({
  outcomes: z
    .array(
      z.strictObject({
        request_id: uuid,
        status_code: z.number().int().min(100).max(999).optional(),
        error: z.string().max(256).optional(),
        latency_ms: z.number().min(0).max(1e9),
        bytes_in: z.number().int().min(0).optional(),
        bytes_out: z.number().int().min(0).optional(),
      }),
    )
    .min(1)
    .max(500),
});
