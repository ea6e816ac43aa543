/** What the portal shows first of an app, and what secrets and agents were used for, on the wire. */
import { z } from 'zod';
import { id, nullableTime, time, timeOut } from './pieces.ts';
import { count, counts } from './usage.ts';

export const overviewQuery = z.strictObject({
  from: time.optional().describe('RFC 3339; by default a day before `to`'),
  to: time.optional().describe('RFC 3339, exclusive; by default now; at most 31 days after `from`'),
});

const latency = z.number().int().min(0).nullable().describe('ms, of completed calls, to within 5 %');

const totals = z.object({
  ...counts,
  completed: count,
  latency_p50_ms: latency,
  latency_p95_ms: latency,
});

const traffic = z.object({
  totals,
  before: totals.describe('of the span of the same length just before'),
  series: z
    .array(
      z.object({
        start: timeOut,
        calls: count,
        held: count,
        denials: count,
        errors: count,
        latency_p50_ms: latency,
        latency_p95_ms: latency,
      }),
    )
    .describe('oldest first, every bucket, also empty ones'),
  top_grants: z
    .array(
      z.object({
        grant_id: id,
        secret_id: id,
        secret_name: z.string(),
        label: z.string().nullable(),
        calls: count,
        denials: count,
        errors: count,
      }),
    )
    .describe('at most 10, most calls first'),
  top_denials: z
    .array(z.object({ code: z.string(), message: z.string(), hint: z.string(), count }))
    .describe('at most 10, most first; in the words of the error'),
});

const nullableCount = count.nullable();

export const overview = z.object({
  app_id: id,
  from: timeOut.describe('whole five minutes'),
  to: timeOut,
  counted_until: nullableTime.describe('the figures hold what the log had integrated by then'),
  bucket_seconds: z.number().int(),
  traffic: traffic.nullable().describe('null without the scope audit:read'),
  has_calls: z
    .boolean()
    .nullable()
    .describe('whether the app was ever called; null without the scope audit:read'),
  counts: z
    .object({
      pending_approvals: nullableCount,
      secrets: nullableCount,
      secrets_rotation_due: nullableCount.describe('within 14 days, or over'),
      secrets_unused: nullableCount.describe('for 90 days'),
      active_grants: nullableCount,
      api_keys: nullableCount.describe('neither revoked nor expired'),
      agents: nullableCount,
    })
    .describe('each null without the scope to read it'),
  warnings: z.array(
    z.object({
      kind: z.enum(['deployment', 'rotation_overdue', 'any_host', 'log_behind']),
      message: z.string(),
    }),
  ),
});

const usage = {
  from: timeOut.describe('whole five minutes'),
  to: timeOut,
  counted_until: nullableTime.describe('the figures hold what the log had integrated by then'),
  bucket: z.enum(['hour', 'day']),
  totals: z.object(counts),
  buckets: z
    .array(z.object({ start: timeOut, ...counts }))
    .describe('oldest first; those without events are left out'),
  grants: z
    .array(
      z.object({
        grant_id: id,
        label: z.string().nullable(),
        secret_id: id,
        secret_name: z.string(),
        ...counts,
      }),
    )
    .describe('at most 100, most calls first'),
};
export const secretUsage = z.object({ secret_id: id, ...usage });
export const agentUsage = z.object({ agent_id: id, ...usage });
