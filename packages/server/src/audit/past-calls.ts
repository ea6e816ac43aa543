/**
 * The calls of the past as policies see them, read out of the audit log: counted per distinct input, or one by one in the
 * order of their time. Must never hold more than a batch in memory, and never read without the app's id (I10).
 */
import { Refusal } from '../refusal.ts';
import type { Database, Queryable } from '../store/database.ts';
import { isOutOfTime } from '../store/failure.ts';
import { EVENT_COLUMNS, groupBounds, toItem, type AuditItem, type EventRow } from './search.ts';

/**
 * The calls that policies were asked about: those authorised or held, and those refused by a policy or what comes after
 * (WIRE §3). What was refused before never got to a policy; an approved call stands for itself once, as the one held.
 */
const CALLS = `
    e.app_id = $1 AND e.at >= $2 AND e.at < $3 AND e.group_id >= $4 AND e.group_id < $5
AND e.month >= date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC' - interval '1 day')::date AND e.month <= ($3::timestamptz AT TIME ZONE 'UTC')::date
AND (e.kind = 'call.held' OR (e.kind = 'call.authorized' AND e.approval_id IS NULL)
  OR (e.kind = 'call.denied' AND e.code IN ('policy_denied', 'proxy_required', 'rate_limited', 'quota_exceeded')))
AND ($6::uuid IS NULL OR e.secret_id = $6) AND ($7::uuid[] IS NULL OR e.grant_id = ANY($7)) AND ($8::uuid IS NULL OR e.agent_id = $8)`;

/** One row for each distinct input. What is not asked for is null throughout, and so parts nothing. */
const CALL_GROUPS = `
SELECT CASE WHEN $9 THEN e.method END AS method,
  CASE $10 WHEN 'url' THEN e.url WHEN 'origin' THEN split_part(e.url, '/', 1) || '//' || split_part(e.url, '/', 3) END AS url,
  CASE WHEN $11 THEN e.url_query END AS query,
  $11 AND e.url_query IS NULL AND substring(e.salts FROM 33 FOR 16) = decode(repeat('00', 16), 'hex') AS is_query_erased,
  CASE WHEN $12 THEN e.ip END AS ip, CASE WHEN $13 THEN date_trunc('minute', e.at) END AS minute,
  width_bucket(extract(epoch FROM e.at), extract(epoch FROM $2::timestamptz), extract(epoch FROM $3::timestamptz), $14::int) - 1 AS bucket,
  count(*) AS calls, min(e.request_id::text COLLATE "C") AS first, max(e.request_id::text COLLATE "C") AS last
FROM audit_events AS e WHERE ${CALLS} GROUP BY 1, 2, 3, 4, 5, 6, 7`;
const CALLS_IN_TURN = `
SELECT e.at, e.request_id::text AS request_id, e.kind <> 'call.denied' AS was_counted, e.key_id, e.grant_id, e.caller
FROM audit_events AS e WHERE ${CALLS} ORDER BY e.at, e.request_id`;
const CALLS_BY_REQUEST = `
SELECT ${EVENT_COLUMNS} FROM audit_events AS e LEFT JOIN audit_groups AS g USING (group_id)
WHERE ${CALLS} AND e.request_id = ANY($9::uuid[])`;

/** A month is sorted and grouped without going to the disk; for this transaction only. */
const SORT_MEMORY = "SET LOCAL work_mem = '64MB'";
/** For all batches together; each query has a deadline of its own. */
const SCAN_MS_MAX = 120_000;
const GROUPS_PER_FETCH = 2_000;
const CALLS_PER_FETCH = 10_000;

/** Which past calls: of a time, half-open, and of a secret, of any of some grants, or of an agent, where that is given. */
export interface PastCalls {
  readonly from: Date;
  readonly to: Date;
  readonly secretId?: string | undefined;
  readonly grantIds?: readonly string[] | undefined;
  readonly agentId?: string | undefined;
}

/** What distinguishes inputs; `url` is without its query, the origin is the URL up to its path. */
export interface CallInputs {
  readonly method: boolean;
  readonly url: 'url' | 'origin' | 'none';
  readonly query: boolean;
  readonly ip: boolean;
  /** Of `at`. */
  readonly minute: boolean;
}

/** Calls that are alike in what was asked for; null is what was not. `first` and `last` are request ids of two of them. */
export interface CallGroup {
  readonly calls: bigint;
  readonly method: string | null;
  readonly url: string | null;
  readonly query: string | null;
  /** There may have been a query: it was erased. */
  readonly is_query_erased: boolean;
  readonly ip: string | null;
  readonly minute: Date | null;
  /** Which of the equal parts of the time, from 0. */
  readonly bucket: number;
  readonly first: string;
  readonly last: string;
}

/** One past call as limits see it. */
export interface CallInTurn {
  readonly at: Date;
  readonly request_id: string;
  /** Whether it was let through or held then. */
  readonly was_counted: boolean;
  readonly key_id: string | null;
  readonly grant_id: string | null;
  readonly caller: string | null;
}

/** Past calls, counted for each distinct input and part of the time by the database, and handed on in batches: never all at once. */
export function scanCalls(
  db: Database,
  appId: string,
  past: PastCalls,
  by: CallInputs & { readonly buckets: number },
  take: (groups: readonly CallGroup[]) => void,
): Promise<void> {
  const values = [...pastValues(appId, past), by.method, by.url, by.query, by.ip, by.minute, by.buckets];
  return streamRows(
    db,
    { name: 'audit_call_groups', sql: CALL_GROUPS, values, batch: GROUPS_PER_FETCH },
    (tx, name, text) => tx.query<CallGroup>(name, text, []),
    take,
  );
}

/** Past calls one by one in the order of their time, in batches. */
export function scanCallsInTurn(
  db: Database,
  appId: string,
  past: PastCalls,
  take: (calls: readonly CallInTurn[]) => void,
): Promise<void> {
  const values = pastValues(appId, past);
  return streamRows(
    db,
    { name: 'audit_calls', sql: CALLS_IN_TURN, values, batch: CALLS_PER_FETCH },
    (tx, name, text) => tx.query<CallInTurn>(name, text, []),
    take,
  );
}

/** The events of some past calls, in any order. */
export async function selectCalls(
  db: Queryable,
  appId: string,
  past: PastCalls,
  requestIds: readonly string[],
): Promise<AuditItem[]> {
  const rows = await db.query<EventRow>('audit.calls_by_request', CALLS_BY_REQUEST, [
    ...pastValues(appId, past),
    requestIds,
  ]);
  return rows.map(toItem);
}

function pastValues(appId: string, past: PastCalls): unknown[] {
  const { low, high } = groupBounds(past);
  return [
    appId,
    past.from,
    past.to,
    low,
    high,
    past.secretId ?? null,
    past.grantIds ?? null,
    past.agentId ?? null,
  ];
}

/** What a reading that took too long is answered with: only who asked can ask for less. */
export function tooMuch(thrown: unknown): unknown {
  const isLate = isOutOfTime(thrown) || (thrown instanceof Refusal && isOutOfTime(thrown.cause));
  return isLate ? outOfTime(thrown) : thrown;
}

const outOfTime = (cause?: unknown): Refusal =>
  new Refusal('unavailable', {
    message: 'There are more past calls than could be read in time.',
    hint: 'Narrow the range between "from" and "to", or ask about one secret, grant or agent.',
    cause,
  });

/** By a cursor, which lives as long as its transaction; a transaction that only reads is never run twice. */
function streamRows<R>(
  db: Database,
  of: {
    readonly name: string;
    readonly sql: string;
    readonly values: readonly unknown[];
    readonly batch: number;
  },
  read: (tx: Queryable, name: string, text: string) => Promise<R[]>,
  take: (rows: readonly R[]) => void,
): Promise<void> {
  const startedAt = performance.now();
  const scanned = db.transaction(async (tx) => {
    await tx.query('audit_calls.memory', SORT_MEMORY, []);
    await tx.query(`${of.name}.declare`, `DECLARE ${of.name} NO SCROLL CURSOR FOR ${of.sql}`, of.values);
    for (let count = of.batch; count === of.batch;) {
      const rows = await read(tx, `${of.name}.fetch`, `FETCH FORWARD ${of.batch} FROM ${of.name}`);
      take(rows);
      if (performance.now() - startedAt > SCAN_MS_MAX) throw outOfTime();
      count = rows.length;
    }
  });
  return scanned.catch((thrown: unknown) => {
    throw tooMuch(thrown);
  });
}
