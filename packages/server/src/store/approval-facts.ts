/** What the log and the store say beside held calls: callers, sizes, the calls before them, decisions; of a whole page at once. */
import type { ApprovalRow, DecisionRow } from './approvals.ts';
import { monthOf } from '../audit/uuid.ts';
import type { Queryable } from './database.ts';

/** So many of the app's newest events are looked through for calls of before. */
const LOOKED_THROUGH = 20_000;

export interface HeldFacts {
  readonly approvalId: string;
  readonly caller: string | null;
  /** Without its query. */
  readonly url: string | null;
  /** Of the sealed request, headers and all; null once it is shredded. */
  readonly bytes: number | null;
}

export interface PastCalls {
  readonly approvalId: string;
  /** Calls of the grant that went out before this one was held. */
  readonly calls: number;
  readonly toHost: number;
  readonly toUrl: number;
  readonly byMethod: number;
  /** At this hour of the day of UTC, or the one before or after it. */
  readonly atHour: number;
  readonly bytesMax: number | null;
}

export function selectHeldFacts(
  db: Queryable,
  appId: string,
  rows: readonly ApprovalRow[],
): Promise<HeldFacts[]> {
  return db.query<HeldFacts>('approval_held_facts', HELD_SQL, [
    appId,
    rows.map((row) => row.approval_id),
    rows.map((row) => monthOf(row.request_id)),
    rows.map((row) => row.request_id),
  ]);
}

export function selectPastCalls(
  db: Queryable,
  appId: string,
  rows: readonly { readonly row: ApprovalRow; readonly url: string | null }[],
): Promise<PastCalls[]> {
  return db.query<PastCalls>('approval_past_calls', PAST_SQL, [
    appId,
    LOOKED_THROUGH,
    rows.map(({ row }) => row.approval_id),
    rows.map(({ row }) => row.grant_id),
    rows.map(({ row }) => row.host),
    rows.map(({ url }) => url),
    rows.map(({ row }) => row.method),
    rows.map(({ row }) => row.created_at),
  ]);
}

/** Of several held calls of one app, each in the order of time. */
export function selectDecisionsOf(
  db: Queryable,
  appId: string,
  approvalIds: readonly string[],
): Promise<DecisionRow[]> {
  return db.query<DecisionRow>(
    'approvals_decisions',
    `SELECT app_id, approval_id, member_id, decision, reason, via, decided_at, mac FROM approval_decisions
     WHERE app_id = $1 AND approval_id = ANY($2::uuid[]) ORDER BY decided_at, member_id`,
    [appId, approvalIds],
  );
}

/** Which of these are of the app. */
export async function selectOwnApprovals(
  db: Queryable,
  appId: string,
  approvalIds: readonly string[],
): Promise<string[]> {
  const rows = await db.query<{ approval_id: string }>(
    'approvals_own',
    'SELECT approval_id FROM approvals WHERE app_id = $1 AND approval_id = ANY($2::uuid[])',
    [appId, approvalIds],
  );
  return rows.map((row) => row.approval_id);
}

const HELD_SQL = `
SELECT w.approval_id AS "approvalId", e.caller, e.url, octet_length(b.sealed) AS bytes
FROM unnest($2::uuid[], $3::date[], $4::uuid[]) AS w (approval_id, month, request_id)
LEFT JOIN audit_events AS e
  ON e.app_id = $1 AND e.month = w.month AND e.request_id = w.request_id AND e.kind = 'call.held'
LEFT JOIN approval_blobs AS b ON b.app_id = $1 AND b.approval_id = w.approval_id AND b.kind = 'request'`;
const PAST_SQL = `
WITH recent AS (
  SELECT kind, grant_id, host, url, method, at, bytes_in FROM audit_events
  WHERE app_id = $1 ORDER BY group_id DESC, position DESC LIMIT $2
)
SELECT w.approval_id AS "approvalId", count(r.at) FILTER (WHERE r.kind = 'call.authorized')::int AS calls,
  count(*) FILTER (WHERE r.kind = 'call.authorized' AND r.host = w.host)::int AS "toHost",
  count(*) FILTER (WHERE r.kind = 'call.authorized' AND r.url = w.url)::int AS "toUrl",
  count(*) FILTER (WHERE r.kind = 'call.authorized' AND r.method = w.method)::int AS "byMethod",
  count(*) FILTER (WHERE r.kind = 'call.authorized' AND
    (24 + extract(hour FROM r.at AT TIME ZONE 'UTC') - extract(hour FROM w.at AT TIME ZONE 'UTC'))::int % 24 IN (0, 1, 23))::int AS "atHour",
  max(r.bytes_in)::float8 AS "bytesMax"
FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
  AS w (approval_id, grant_id, host, url, method, at)
LEFT JOIN recent AS r ON r.grant_id = w.grant_id AND r.at < w.at AND r.kind IN ('call.authorized', 'call.completed')
GROUP BY 1`;
