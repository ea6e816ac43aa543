/** Held calls on the wire (WIRE §9): their states, what the requester sees, and what an approver sees. */
import { z } from 'zod';
import { id, nullableTime, pageQuery, plainText, timeOut, uuid } from './pieces.ts';

/** `pending` → `approved` → `executing` → `executed` | `failed`; or `denied`, `expired`, `cancelled`. */
export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'executing',
  'executed',
  'failed',
  'denied',
  'expired',
  'cancelled',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** The longest that a status is waited for: below the idle timeouts of proxies on the way. */
export const APPROVAL_WAIT_MS_MAX = 50_000;
const REASON_LENGTH_MAX = 2048;

const status = z.enum(APPROVAL_STATUSES);
const digest = z
  .string()
  .describe('hex SHA-256 over what will be sent, less the credential (docs/approvals.md)');

export const approvalOf = z.object({ approval_id: uuid });
export const approvalQuery = pageQuery.extend({ status: status.optional() });
export const approvalWait = z.strictObject({
  wait_ms: z.coerce.number().int().min(0).max(APPROVAL_WAIT_MS_MAX).default(0),
});

export const approvalFailure = z.object({
  code: z.string(),
  message: z.string(),
  hint: z.string(),
  policy_id: id.optional(),
  may_have_been_sent: z.boolean().describe('whether the upstream may have seen the call'),
});

export const approval = z.object({
  approval_id: id,
  status,
  request_id: id.describe('of the held call; the audit log has its events under it'),
  request_digest: digest,
  grant_id: id,
  method: z.string(),
  host: z.string(),
  approval_url: z.string(),
  created_at: timeOut,
  expires_at: timeOut,
  decided_at: nullableTime,
  decision_reason: z.string().nullable(),
  executed_at: nullableTime,
  has_result: z.boolean(),
  result_truncated: z.boolean(),
  error: approvalFailure.optional(),
});

const term = z.object({
  policy_id: id,
  name: z.string(),
  approvers: z.array(z.string()).describe('member ids and roles'),
  quorum: z.number().int(),
  approved_by: z.array(id).describe('distinct members whose approval counts here'),
});

const hint = z.object({
  kind: z.enum([
    'first_call',
    'first_host',
    'first_path',
    'first_method',
    'unusual_hour',
    'large_body',
    'destructive_method',
  ]),
  calls: z
    .number()
    .int()
    .nullable()
    .describe(
      "the calls of the grant, among the app's newest 20000 events, that it is judged by; null: by none",
    ),
});

/** For approvers, in the control plane. */
export const approvalDetail = approval.extend({
  app_id: id,
  key_id: id,
  secret_id: id,
  secret_name: z.string(),
  key_name: z.string(),
  agent_id: id.nullable(),
  agent_name: z.string().nullable(),
  caller: z.string().nullable().describe('in the words of whoever called'),
  hints: z.array(hint).describe('what is unlike before or grave by its kind, while the call waits'),
  may_decide: z.boolean().describe('whether you may'),
  cannot_decide_because: z
    .enum(['ended', 'scope', 'not_named', 'own_call', 'decided'])
    .nullable()
    .describe('why you may not'),
  terms: z.array(term),
  decisions: z.array(
    z.object({
      member_id: id,
      decision: z.enum(['approve', 'deny']),
      reason: z.string().nullable(),
      decided_at: timeOut,
    }),
  ),
});

const textual = z.object({ encoding: z.literal('text'), text: z.string() });
const binary = z.object({ encoding: z.literal('base64'), base64: z.string() });

export const heldRequest = z.object({
  approval: approvalDetail,
  request: z.object({
    method: z.string(),
    url: z.string().describe('ASCII: an international name is in its punycode form'),
    host: z.string(),
    host_unicode: z
      .string()
      .optional()
      .describe('what the punycode stands for; never to be trusted by sight'),
    headers: z.array(z.tuple([z.string(), z.string()])).describe('in order, one character for each byte'),
    injected: z
      .array(z.object({ in: z.enum(['header', 'query', 'path', 'signature']), name: z.string() }))
      .describe('where the credential will be put'),
    role_arn: z.string().nullable().describe('the role of AWS that is assumed to sign it'),
    body: z
      .discriminatedUnion('encoding', [textual, binary])
      .nullable()
      .describe('all of it; text where it is UTF-8'),
    body_bytes: z.number().int(),
    body_sha256: z.string(),
  }),
  said: z.object({
    reason: z.string().nullable(),
    caller: z.string().nullable(),
    context: z.record(z.string(), z.unknown()).nullable(),
    ip: z.string(),
  }),
  warnings: z
    .array(
      z.object({
        where: z.enum(['url', 'host', 'headers', 'body', 'reason', 'caller', 'context']),
        what: z.enum([
          'control_characters',
          'direction_characters',
          'invisible_characters',
          'not_ascii',
          'punycode',
        ]),
      }),
    )
    .describe('what may look different from what it is'),
});

export const approvalDecision = z.strictObject({
  decision: z.enum(['approve', 'deny']),
  reason: plainText(REASON_LENGTH_MAX).optional(),
  request_digest: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .optional()
    .describe('of the request that was looked at; another one is refused'),
});
