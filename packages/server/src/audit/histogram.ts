/**
 * How many events of each outcome there were, over time. Where the filters allow it out of what was counted of the log before,
 * else by looking through the newest events of the span, and no more than a bound. Must never read without the app's id (I10).
 */
import type { Queryable } from '../store/database.ts';
import { Refusal } from '../refusal.ts';
import {
  FILTER_SQL,
  filterValues,
  findPlaceBack,
  groupBounds,
  narrowedBy,
  narrowingOf,
  type AuditFilters,
  type Narrowing,
} from './search.ts';
import { BUCKET_SECONDS } from './usage/count.ts';
import { timeMsOf } from './uuid.ts';

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;

export interface OutcomeCounts {
  readonly allowed: number;
  readonly held: number;
  readonly denied: number;
  readonly failed: number;
  readonly changes: number;
}

export type OutcomeBucket = OutcomeCounts & { readonly start: Date };

export interface Histogram {
  readonly buckets: readonly OutcomeBucket[];
  /** Events before this were not looked through: there were too many. */
  readonly countedFrom: Date | null;
}

export interface HistogramSpan {
  readonly from: Date;
  readonly to: Date;
  readonly bucketSeconds: number;
}

/** Lengths of a bucket that people read well; from a second to four weeks. */
const STEPS_SECONDS = [1, 5, 15, 60, 300, 900, 3600, 10_800, 21_600, 43_200, 86_400, 604_800, 2_419_200];

/** The span of the filters, from the first event of the app and until now where they leave it open, in whole buckets. */
export function spanOf(
  filters: AuditFilters,
  oldest: Date | undefined,
  now: number,
  bucketsMax: number,
): HistogramSpan {
  const to = filters.to?.getTime() ?? now;
  const from = filters.from?.getTime() ?? Math.min(oldest?.getTime() ?? to - HOUR_MS, to - SECOND_MS);
  if (from >= to)
    throw new Refusal('invalid_request', { issues: [{ path: 'from', message: 'is not before `to`' }] });
  const seconds = (to - from) / SECOND_MS;
  const step = STEPS_SECONDS.find((one) => seconds / one <= bucketsMax) ?? Math.ceil(seconds / bucketsMax);
  return { from: new Date(from), to: new Date(to), bucketSeconds: step };
}

/** Looked through in well under a second. */
const LOOKED_THROUGH_MAX = 100_000;

/** From this on a bucket is made of whole counted ones. */
const isCoarse = ({ bucketSeconds }: HistogramSpan): boolean => bucketSeconds % BUCKET_SECONDS === 0;

/** What the counted log can be narrowed by. */
const COUNTED_FILTERS = new Set(['from', 'to', 'secretId', 'agentId']);

/** Whether the counted log knows these. */
export const isCounted = (filters: AuditFilters, span: HistogramSpan): boolean =>
  isCoarse(span) &&
  Object.entries(filters).every(([name, value]) => value === undefined || COUNTED_FILTERS.has(name));

const COUNTED = `
  u.start >= $2 AND u.start < $3
  AND ($5::uuid IS NULL OR u.secret_id = $5) AND ($6::uuid IS NULL OR u.agent_id = $6)`;
const COUNTED_SQL = `
SELECT date_bin(make_interval(secs => $4), start, 'epoch') AS start, sum(allowed)::float8 AS allowed, sum(held)::float8 AS held,
       sum(denied)::float8 AS denied, sum(failed)::float8 AS failed, sum(changes)::float8 AS changes
  FROM (SELECT u.start, u.calls + u.completed - u.errors AS allowed, u.held, u.denials AS denied, u.errors AS failed, 0 AS changes
          FROM usage_counts AS u WHERE u.app_id = $1 AND ${COUNTED}
        UNION ALL
        SELECT u.start, 0, 0, 0, 0, u.count FROM usage_changes AS u WHERE u.app_id = $1 AND ${COUNTED}) AS counted
 GROUP BY 1 ORDER BY 1`;

/** Out of the counted log, by whole five minutes. */
export async function countedHistogram(
  db: Queryable,
  appId: string,
  filters: AuditFilters,
  { from, to, bucketSeconds }: HistogramSpan,
): Promise<Histogram> {
  const first = new Date(Math.floor(from.getTime() / (BUCKET_SECONDS * 1000)) * BUCKET_SECONDS * 1000);
  const values = [appId, first, to, bucketSeconds, filters.secretId ?? null, filters.agentId ?? null];
  const buckets = await db.query<OutcomeBucket>('audit.histogram_counted', COUNTED_SQL, values);
  return { buckets, countedFrom: null };
}

const isFailed = "e.kind = 'call.completed' AND (e.code IS NOT NULL OR e.status_code >= 500)";
const lookedSql = (narrowing: Narrowing): string => `
SELECT date_bin(make_interval(secs => $25), e.at, 'epoch') AS start,
       count(*) FILTER (WHERE e.kind IN ('call.authorized', 'call.completed') AND NOT (${isFailed}))::float8 AS allowed,
       count(*) FILTER (WHERE e.kind = 'call.held')::float8 AS held,
       count(*) FILTER (WHERE e.kind = 'call.denied')::float8 AS denied,
       count(*) FILTER (WHERE ${isFailed})::float8 AS failed,
       count(*) FILTER (WHERE e.kind NOT LIKE 'call.%')::float8 AS changes
  FROM audit_events AS e
 WHERE ${FILTER_SQL} ${narrowedBy(narrowing)} AND (e.group_id, e.position) >= ($22::uuid, $23::int) AND e.group_id < $24
 GROUP BY 1 ORDER BY 1`;

/** By looking through the newest events of the span. */
export async function lookedHistogram(
  db: Queryable,
  appId: string,
  filters: AuditFilters,
  { from, to, bucketSeconds }: HistogramSpan,
  eventsMax = LOOKED_THROUGH_MAX,
): Promise<Histogram> {
  const { low, high } = groupBounds({ from, to });
  const before = { group_id: high, position: 0 };
  const end = await findPlaceBack(db, appId, filters, { low, before, events: eventsMax });
  const narrowing = narrowingOf(filters);
  const name = `audit.histogram_${narrowing}`;
  const buckets = await db.query<OutcomeBucket>(name, lookedSql(narrowing), [
    ...filterValues(appId, { ...filters, from, to }),
    end?.group_id ?? low,
    end?.position ?? 0,
    high,
    bucketSeconds,
  ]);
  const endAt = end === undefined ? undefined : new Date(timeMsOf(end.group_id));
  return { buckets, countedFrom: endAt !== undefined && endAt > from ? endAt : null };
}

const OLDEST_SQL = `
SELECT e.at FROM audit_events AS e WHERE e.app_id = $1 ORDER BY e.group_id, e.position LIMIT 1`;

/** When the log of the app begins, as far as it is kept. */
export async function oldestEventAt(db: Queryable, appId: string): Promise<Date | undefined> {
  const [row] = await db.query<{ at: Date }>('audit.oldest_event', OLDEST_SQL, [appId]);
  return row?.at;
}
