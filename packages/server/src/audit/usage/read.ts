/**
 * Reading what was counted of the log: series, totals, and who was used most. Costs what the span has five minutes for, not
 * what it has calls for. Must never read without the app's id (I10).
 */
import type { Queryable } from '../../store/database.ts';
import { percentile, type Latencies } from './latencies.ts';

/** What may be narrowed; times half-open and of whole five minutes. */
export interface CountedSpan {
  readonly appId: string;
  readonly from: Date;
  readonly to: Date;
  readonly secretId?: string | undefined;
  readonly agentId?: string | undefined;
}

export interface Counts {
  readonly calls: number;
  readonly held: number;
  readonly denials: number;
  readonly errors: number;
  readonly completed: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface Timing {
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
}

export type CountedBucket = Counts & { readonly start: Date };
export type CountedGrant = Counts & { readonly grantId: string; readonly secretId: string };

const NIL = '00000000-0000-0000-0000-000000000000';

const SUMS = `
  sum(u.calls)::float8 AS calls, sum(u.held)::float8 AS held, sum(u.denials)::float8 AS denials,
  sum(u.errors)::float8 AS errors, sum(u.completed)::float8 AS completed,
  sum(u.bytes_in)::float8 AS "bytesIn", sum(u.bytes_out)::float8 AS "bytesOut"`;
const SPAN = `
  u.start >= $2 AND u.start < $3
  AND ($4::uuid IS NULL OR u.secret_id = $4) AND ($5::uuid IS NULL OR u.agent_id = $5)`;
const SERIES_SQL = `
SELECT date_bin(make_interval(secs => $6), u.start, $7) AS start, ${SUMS} FROM usage_counts AS u WHERE u.app_id = $1 AND ${SPAN} GROUP BY 1 ORDER BY 1`;
const GRANTS_SQL = `
SELECT u.grant_id AS "grantId", u.secret_id AS "secretId", ${SUMS} FROM usage_counts AS u WHERE u.app_id = $1 AND ${SPAN} AND u.grant_id <> '${NIL}'
GROUP BY 1, 2 ORDER BY sum(u.calls) DESC, 1 LIMIT $6`;
const DENIALS_SQL = `
SELECT code, sum(count)::float8 AS count FROM usage_denials WHERE app_id = $1 AND start >= $2 AND start < $3
GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT $4`;
const LATENCIES_SQL = `
SELECT date_bin(make_interval(secs => $4), start, $2) AS start, class, sum(count)::float8 AS count
FROM usage_latencies WHERE app_id = $1 AND start >= $2 AND start < $3 GROUP BY 1, 2`;

/** Oldest first; those in which nothing happened are left out. `origin` is where a bucket begins. */
export function selectSeries(
  db: Queryable,
  span: CountedSpan,
  bucketSeconds: number,
  origin: Date,
): Promise<CountedBucket[]> {
  return db.query<CountedBucket>('usage.series', SERIES_SQL, [...valuesOf(span), bucketSeconds, origin]);
}

/** Most calls first. */
export function selectTopGrants(db: Queryable, span: CountedSpan, limit: number): Promise<CountedGrant[]> {
  return db.query<CountedGrant>('usage.grants', GRANTS_SQL, [...valuesOf(span), limit]);
}

export function selectTopDenials(
  db: Queryable,
  { appId, from, to }: CountedSpan,
  limit: number,
): Promise<{ code: string; count: number }[]> {
  return db.query('usage.denials', DENIALS_SQL, [appId, from, to, limit]);
}

/** Whether anything was ever counted of the app, a refusal too. */
export async function hasCounts(db: Queryable, appId: string): Promise<boolean> {
  const rows = await db.query('usage.any', 'SELECT 1 FROM usage_counts WHERE app_id = $1 LIMIT 1', [appId]);
  return rows.length > 0;
}

/** Of all calls of the app, by the start of their bucket in ms, and of all buckets together. */
export async function selectTimings(
  db: Queryable,
  { appId, from, to }: CountedSpan,
  bucketSeconds: number,
): Promise<{ readonly all: Timing; readonly byStart: ReadonlyMap<number, Timing> }> {
  const rows = await db.query<{ start: Date; class: number; count: number }>(
    'usage.latencies',
    LATENCIES_SQL,
    [appId, from, to, bucketSeconds],
  );
  const buckets = Map.groupBy(rows, (row) => row.start.getTime());
  return {
    all: timingOf(rows),
    byStart: new Map([...buckets].map(([start, latencies]) => [start, timingOf(latencies)])),
  };
}

const timingOf = (latencies: Latencies): Timing => ({
  p50Ms: percentile(latencies, 0.5),
  p95Ms: percentile(latencies, 0.95),
});

export const NOTHING: Counts = {
  calls: 0,
  held: 0,
  denials: 0,
  errors: 0,
  completed: 0,
  bytesIn: 0,
  bytesOut: 0,
};

export function sumOf(all: readonly Counts[]): Counts {
  return all.reduce(
    (sum, one) => ({
      calls: sum.calls + one.calls,
      held: sum.held + one.held,
      denials: sum.denials + one.denials,
      errors: sum.errors + one.errors,
      completed: sum.completed + one.completed,
      bytesIn: sum.bytesIn + one.bytesIn,
      bytesOut: sum.bytesOut + one.bytesOut,
    }),
    NOTHING,
  );
}

const valuesOf = (span: CountedSpan): unknown[] => [
  span.appId,
  span.from,
  span.to,
  span.secretId ?? null,
  span.agentId ?? null,
];
