/** What a grant was used for, and by whom, read from the events of its calls. Must never read without the app's id (I10). */
import type { Queryable } from '../../store/database.ts';
import { groupBounds } from '../search.ts';

/** What was done with a grant in a span of time. */
export interface GrantUsage {
  readonly start: Date;
  readonly calls: number;
  readonly held: number;
  readonly denials: number;
  readonly errors: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
}

export interface UsageSpan {
  readonly appId: string;
  readonly grantId: string;
  /** Half-open. */
  readonly from: Date;
  readonly to: Date;
}

const USAGE_SQL = `
SELECT date_trunc($7, e.at, 'UTC') AS start,
       count(*) FILTER (WHERE e.kind = 'call.authorized')::float8 AS calls,
       count(*) FILTER (WHERE e.kind = 'call.held')::float8 AS held,
       count(*) FILTER (WHERE e.kind = 'call.denied')::float8 AS denials,
       count(*) FILTER (WHERE e.kind = 'call.completed' AND (e.code IS NOT NULL OR e.status_code >= 500))::float8 AS errors,
       coalesce(sum(e.bytes_in), 0)::float8 AS "bytesIn", coalesce(sum(e.bytes_out), 0)::float8 AS "bytesOut"
  FROM audit_events AS e
 WHERE e.app_id = $1 AND e.grant_id = $2 AND e.at >= $3 AND e.at < $4 AND e.group_id >= $5 AND e.group_id <= $6
   AND e.kind IN ('call.authorized', 'call.held', 'call.denied', 'call.completed')
 GROUP BY 1 ORDER BY 1`;

/** Oldest first; an hour or day of UTC in which nothing happened is left out. */
export function usageOfGrant(db: Queryable, span: UsageSpan, bucket: 'hour' | 'day'): Promise<GrantUsage[]> {
  return db.query<GrantUsage>('audit.usage', USAGE_SQL, [...spanValues(span), bucket]);
}

const CALLERS_SQL = `
SELECT e.key_id AS "keyId", e.caller
  FROM audit_events AS e
 WHERE e.app_id = $1 AND e.grant_id = $2 AND e.at >= $3 AND e.at < $4 AND e.group_id >= $5 AND e.group_id <= $6
   AND e.kind IN ('call.authorized', 'call.held', 'call.denied') AND e.key_id IS NOT NULL
 GROUP BY 1, 2 ORDER BY count(*) DESC, 1, 2 LIMIT $7`;

/** Who called, by key and the client's own word; who called most comes first. */
export function callersOfGrant(
  db: Queryable,
  span: UsageSpan,
  limit: number,
): Promise<{ keyId: string; caller: string | null }[]> {
  return db.query('audit.callers', CALLERS_SQL, [...spanValues(span), limit]);
}

function spanValues({ appId, grantId, from, to }: UsageSpan): unknown[] {
  const { low, high } = groupBounds({ from, to });
  return [appId, grantId, from, to, low, high];
}
