/** What the pages of the audit log need beside its search, on the wire: one event with its hashed bytes, figures over time, saved views. */
import { z } from 'zod';
import { id, nullableTime, plainText, timeOut } from './pieces.ts';
import { auditEvent, auditFilters, auditQuery } from './schemas.ts';
import { count } from './usage.ts';

export const auditEventDetail = z.object({
  event: auditEvent,
  app_id: id,
  canonical: z.string().describe('base64 of the hashed bytes: leaf = SHA-256(0x00 || canonical)'),
  salts: z
    .object({ context: z.string().nullable(), reason: z.string().nullable(), query: z.string().nullable() })
    .describe('base64url; null when erased'),
  related: z.array(auditEvent).describe('the other events of the same request, in their order'),
});

const BUCKETS_MAX = 400;
export const auditHistogramQuery = auditQuery({
  ...auditFilters,
  buckets: z.coerce
    .number()
    .int()
    .min(1)
    .max(BUCKETS_MAX)
    .default(120)
    .describe('at most so many; their length is a round one'),
});

export const auditHistogram = z.object({
  from: timeOut.describe('by default the first event of the app'),
  to: timeOut,
  bucket_seconds: z.number().int(),
  counted_from: nullableTime.describe(
    'what lies before was not counted, because it is too much; a shorter span is counted whole',
  ),
  buckets: z
    .array(
      z.object({
        start: timeOut,
        allowed: count.describe('authorised, and completed without failure'),
        held: count,
        denied: count,
        failed: count.describe('completed with a code, or with a status of 5xx from the upstream'),
        changes: count.describe('everything that is no call'),
      }),
    )
    .describe('oldest first; those without events are left out'),
});

/** Spans that end now, as the portal offers them. */
export const AUDIT_RANGES = ['15m', '1h', '24h', '7d', '30d'] as const;

const FILTERS_MAX = 40;
const VIEW_NAME_LENGTH_MAX = 64;
const viewFilters = z
  .record(z.string().max(300), z.string().min(1).max(2048))
  .superRefine((filters, check) => {
    const names = Object.keys(filters);
    if (names.length > FILTERS_MAX) check.addIssue({ code: 'custom', message: 'are too many' });
    for (const name of names)
      if (!Object.hasOwn(auditFilters, name) && !/^context\..{1,256}$/s.test(name) && name !== 'range')
        check.addIssue({ code: 'custom', path: [name], message: 'is no filter of the search' });
    const { range } = filters;
    if (range !== undefined && !AUDIT_RANGES.some((one) => one === range))
      check.addIssue({
        code: 'custom',
        path: ['range'],
        message: `must be one of ${AUDIT_RANGES.join(', ')}`,
      });
  })
  .describe(
    'by their names in the search, as text; `range` is a span that ends now, instead of `from` and `to`',
  );

const viewName = plainText(VIEW_NAME_LENGTH_MAX);
export const auditViewCreate = z.strictObject({ name: viewName, filters: viewFilters });
export const auditViewChange = z.strictObject({
  name: viewName.optional(),
  filters: viewFilters.optional(),
});
export const auditView = z.object({
  view_id: id,
  name: z.string(),
  filters: z.record(z.string(), z.string()),
  created_at: timeOut,
  updated_at: timeOut,
});
