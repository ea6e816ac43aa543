/** What a grant was used for, and how its limits stand, on the wire. */
import { z } from 'zod';
import { POLICY_MODES } from './policies.ts';
import { id, time, timeOut } from './pieces.ts';

export const count = z.number().int().min(0);

export const counts = {
  calls: count.describe('calls that went out or were released'),
  held: count.describe('calls that were held for an approval'),
  denials: count,
  errors: count.describe(
    'calls that failed after they were authorised, or that the upstream answered with 5xx',
  ),
  bytes_in: count.describe('of the bodies that callers sent'),
  bytes_out: count.describe('of the answers'),
};

export const grantUsageQuery = z.strictObject({
  from: time.optional().describe('RFC 3339; by default a day before `to`, or 30 days with `bucket=day`'),
  to: time.optional().describe('RFC 3339, exclusive; by default now'),
  bucket: z.enum(['hour', 'day']).default('hour').describe('of UTC; at most 31 days by hour, 366 by day'),
});

const limitWindow = z.union([
  z.object({ type: z.enum(['sliding', 'fixed']), seconds: count }),
  z.object({ type: z.literal('period'), period: z.enum(['hour', 'day', 'month']), timezone: z.string() }),
]);

export const limitUsage = z.object({
  policy_id: id.nullable().describe('null for the limit of a key'),
  name: z.string(),
  mode: z.enum(POLICY_MODES),
  kind: z.enum(['rate', 'quota']),
  per: z.enum(['grant', 'agent', 'key', 'caller']),
  subject: z
    .object({
      grant_id: id.nullable(),
      agent_id: id.nullable(),
      key_id: id.nullable(),
      caller: z.string().nullable(),
    })
    .describe('whose calls are counted'),
  limit: count,
  window: limitWindow,
  used: count,
  remaining: count,
  resets_at: timeOut.describe('when nothing of what is counted now counts any more'),
});

export const grantUsage = z.object({
  grant_id: id,
  from: timeOut,
  to: timeOut,
  bucket: z.enum(['hour', 'day']),
  totals: z.object(counts),
  buckets: z
    .array(z.object({ start: timeOut, ...counts }))
    .describe('oldest first; those without events are left out'),
  limits: z.array(limitUsage),
});
