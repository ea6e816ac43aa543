/**
 * Reading events back: every filter of WIRE §7, newest first in the order of the log, a page at a time.
 * Must never read without the app's id (I10).
 */
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import type { JsonObject } from './context.ts';
import { SALT_BYTES } from './event.ts';
import { eventIdOf, lowestIdAt, monthOf, requestIdOf } from './uuid.ts';

export interface AuditFilters {
  /** Half-open: from ≤ at < to. */
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly kind?: string | undefined;
  readonly grantId?: string | undefined;
  readonly secretId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly keyId?: string | undefined;
  readonly caller?: string | undefined;
  readonly method?: string | undefined;
  readonly host?: string | undefined;
  readonly urlPrefix?: string | undefined;
  readonly decision?: string | undefined;
  readonly code?: string | undefined;
  readonly statusCode?: number | undefined;
  readonly mode?: string | undefined;
  readonly approvalId?: string | undefined;
  readonly flag?: string | undefined;
  /** `context.<key>=<value>`: the top-level value as text equals. */
  readonly context?: ReadonlyMap<string, string> | undefined;
  /** Found anywhere in reason, URL or caller, whatever the case. */
  readonly q?: string | undefined;
}

/** One item of the answer, in the words of the wire. */
export interface AuditItem {
  readonly event_id: string;
  readonly at: string;
  readonly kind: string;
  readonly request_id: string;
  readonly actor: {
    readonly key_id: string | null;
    readonly key_prefix: string | null;
    readonly agent_id: string | null;
    readonly member_id: string | null;
    readonly caller: string | null;
    readonly ip: string | null;
  };
  readonly grant_id: string | null;
  readonly secret_id: string | null;
  readonly provider: string | null;
  readonly mode: string | null;
  readonly method: string | null;
  readonly url: string | null;
  readonly reason: string | null;
  readonly context: JsonObject | null;
  readonly decision: string | null;
  readonly code: string | null;
  readonly policy_id: string | null;
  readonly status_code: number | null;
  readonly latency_ms: number | null;
  readonly bytes_in: number | null;
  readonly bytes_out: number | null;
  readonly flags: readonly string[];
  readonly approval_id: string | null;
  readonly epoch: string | null;
  /** Null until integrated. */
  readonly leaf_index: number | null;
  /** Hex. */
  readonly leaf_hash: string;
}

export interface EventRow extends Omit<
  AuditItem,
  'event_id' | 'at' | 'actor' | 'flags' | 'bytes_in' | 'bytes_out' | 'epoch' | 'leaf_index' | 'leaf_hash'
> {
  readonly app_id: string;
  readonly group_id: string;
  readonly position: number;
  readonly ordinal: number;
  readonly at: Date;
  readonly canonical: Buffer;
  readonly salts: Buffer;
  readonly url_query: string | null;
  readonly key_id: string | null;
  readonly key_prefix: string | null;
  readonly agent_id: string | null;
  readonly member_id: string | null;
  readonly caller: string | null;
  readonly ip: string | null;
  readonly bytes_in: bigint | null;
  readonly bytes_out: bigint | null;
  readonly flags: readonly string[] | null;
  readonly epoch: bigint | null;
  readonly first_leaf: bigint | null;
  readonly leaf_hash: Buffer | null;
}

export const EVENT_COLUMNS = `
e.app_id, e.group_id, e.position, e.ordinal, e.request_id, e.kind, e.at, e.canonical, e.salts, e.context, e.reason, e.url_query,
e.key_id, e.key_prefix, e.agent_id, e.member_id, e.caller, e.ip, e.grant_id, e.secret_id, e.provider, e.mode, e.method, e.url,
e.decision, e.code, e.policy_id, e.status_code, e.latency_ms, e.bytes_in, e.bytes_out, e.flags, e.approval_id, e.epoch,
g.first_leaf, substring(g.leaf_hashes FROM e.position * 32 + 1 FOR 32) AS leaf_hash`;

/** $1–$21, as `filterValues` hands them out. */
export const FILTER_SQL = `
    e.app_id = $1
AND ($2::timestamptz IS NULL OR e.at >= $2) AND ($3::timestamptz IS NULL OR e.at < $3)
AND ($4::text IS NULL OR e.kind = $4) AND ($5::uuid IS NULL OR e.grant_id = $5) AND ($6::uuid IS NULL OR e.secret_id = $6)
AND ($7::uuid IS NULL OR e.agent_id = $7) AND ($8::uuid IS NULL OR e.key_id = $8) AND ($9::text IS NULL OR e.caller = $9)
AND ($10::text IS NULL OR e.method = $10) AND ($11::text IS NULL OR e.host = $11)
AND ($12::text IS NULL OR starts_with(concat_ws('?', e.url, e.url_query), $12))
AND ($13::text IS NULL OR e.decision = $13) AND ($14::text IS NULL OR e.code = $14)
AND ($15::integer IS NULL OR e.status_code = $15) AND ($16::text IS NULL OR e.mode = $16)
AND ($17::uuid IS NULL OR e.approval_id = $17) AND ($18::text IS NULL OR $18 = ANY(e.flags))
AND ($19::text IS NULL OR strpos(lower(concat_ws(' ', e.reason, concat_ws('?', e.url, e.url_query), e.caller)), lower($19)) > 0)
AND NOT EXISTS (SELECT FROM unnest($20::text[], $21::text[]) AS wanted (key, value)
                WHERE (e.context ->> wanted.key) IS DISTINCT FROM wanted.value)`;

/**
 * So many events are looked through for a page: one that little fits takes as long as any other, and the next one goes on from
 * there.
 */
const LOOKED_THROUGH_MAX = 50_000;

const BEFORE_SQL = `e.app_id = $1 AND e.group_id >= $22 AND (e.group_id, e.position) < ($23::uuid, $24::int)
       ORDER BY e.group_id DESC, e.position DESC`;
const SEARCH_SQL = `
SELECT ${EVENT_COLUMNS}
  FROM (SELECT * FROM audit_events AS e WHERE ${BEFORE_SQL} LIMIT ${LOOKED_THROUGH_MAX}) AS e LEFT JOIN audit_groups AS g USING (group_id)
 WHERE ${FILTER_SQL}
 ORDER BY e.group_id DESC, e.position DESC LIMIT $25`;

/** The last event that was looked through, when there may be more behind it. */
const LOOKED_TO_SQL = `
SELECT e.group_id, e.position FROM audit_events AS e
 WHERE e.app_id = $1 AND e.group_id >= $2 AND (e.group_id, e.position) < ($3::uuid, $4::int)
 ORDER BY e.group_id DESC, e.position DESC OFFSET ${LOOKED_THROUGH_MAX - 1} LIMIT 1`;

/** How far an event may lie from the making of its group: clocks before, outcomes that waited for the database after. */
const EARLY_MS = 5 * 60_000;
const LATE_MS = 24 * 3_600_000;
const HIGHEST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

export interface AuditPage {
  /** May be fewer than asked for, even none, and the log go on all the same. */
  readonly items: readonly AuditItem[];
  readonly nextCursor: string | null;
}

export async function searchEvents(
  db: Queryable,
  appId: string,
  filters: AuditFilters,
  page: { readonly limit: number; readonly cursor?: string | undefined },
): Promise<AuditPage> {
  const { low, high } = groupBounds(filters);
  const after = page.cursor === undefined ? { group_id: high, position: 0 } : parseCursor(page.cursor);
  const values = [...filterValues(appId, filters), low, after.group_id, after.position, page.limit + 1];
  const rows = await db.query<EventRow>('audit.search', SEARCH_SQL, values);
  const shown = rows.slice(0, page.limit);
  if (rows.length > page.limit) return { items: shown.map(toItem), nextCursor: cursorOf(shown.at(-1)) };
  const [lookedTo] = await db.query<Place>('audit.looked_to', LOOKED_TO_SQL, [
    appId,
    low,
    after.group_id,
    after.position,
  ]);
  return { items: shown.map(toItem), nextCursor: cursorOf(lookedTo) };
}

const OF_REQUEST_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_events AS e LEFT JOIN audit_groups AS g USING (group_id)
WHERE e.app_id = $1 AND e.month = $2::date AND e.request_id = $3 ORDER BY e.ordinal`;

export interface FoundEvent {
  readonly item: AuditItem;
  readonly canonical: Buffer;
  readonly salts: ReturnType<typeof saltsOf>;
  /** The others of its request, in their order. */
  readonly related: readonly AuditItem[];
}

export async function findEvent(
  db: Queryable,
  appId: string,
  eventId: string,
): Promise<FoundEvent | undefined> {
  const { requestId, ordinal } = requestIdOf(eventId);
  const rows = await db.query<EventRow>('audit.of_request', OF_REQUEST_SQL, [
    appId,
    monthOf(requestId),
    requestId,
  ]);
  const row = rows.find((one) => one.ordinal === ordinal);
  if (row === undefined) return undefined;
  const related = rows.filter((one) => one !== row).map(toItem);
  return { item: toItem(row), canonical: row.canonical, salts: saltsOf(row), related };
}

/** The ids between which groups with events of that time lie. */
export function groupBounds({ from, to }: AuditFilters): { low: string; high: string } {
  return {
    low: lowestIdAt(from === undefined ? 0 : from.getTime() - EARLY_MS),
    high: to === undefined ? HIGHEST_ID : lowestIdAt(to.getTime() + LATE_MS),
  };
}

export function filterValues(appId: string, filters: AuditFilters): unknown[] {
  const texts = [
    filters.kind,
    filters.caller,
    filters.method,
    filters.host,
    filters.urlPrefix,
    filters.decision,
    filters.code,
  ];
  texts.push(
    filters.mode,
    filters.flag,
    filters.q,
    ...(filters.context ?? new Map<string, string>()).entries().toArray().flat(),
  );
  if (texts.some((text) => text !== undefined && (text.includes('\0') || !text.isWellFormed()))) {
    throw new Refusal('invalid_request', {
      issues: [{ path: 'filter', message: 'holds a NUL character or a lone surrogate' }],
    });
  }
  return [
    appId,
    filters.from ?? null,
    filters.to ?? null,
    filters.kind ?? null,
    filters.grantId ?? null,
    filters.secretId ?? null,
    filters.agentId ?? null,
    filters.keyId ?? null,
    filters.caller ?? null,
    filters.method ?? null,
    filters.host ?? null,
    filters.urlPrefix ?? null,
    filters.decision ?? null,
    filters.code ?? null,
    filters.statusCode ?? null,
    filters.mode ?? null,
    filters.approvalId ?? null,
    filters.flag ?? null,
    filters.q ?? null,
    [...(filters.context?.keys() ?? [])],
    [...(filters.context?.values() ?? [])],
  ];
}

export function toItem(row: EventRow): AuditItem {
  return {
    event_id: eventIdOf(row.request_id, row.ordinal),
    at: row.at.toISOString(),
    kind: row.kind,
    request_id: row.request_id,
    actor: {
      key_id: row.key_id,
      key_prefix: row.key_prefix,
      agent_id: row.agent_id,
      member_id: row.member_id,
      caller: row.caller,
      ip: row.ip,
    },
    grant_id: row.grant_id,
    secret_id: row.secret_id,
    provider: row.provider,
    mode: row.mode,
    method: row.method,
    url: row.url_query === null ? row.url : `${row.url ?? ''}?${row.url_query}`,
    reason: row.reason,
    context: row.context,
    decision: row.decision,
    code: row.code,
    policy_id: row.policy_id,
    status_code: row.status_code,
    latency_ms: row.latency_ms,
    bytes_in: row.bytes_in === null ? null : Number(row.bytes_in),
    bytes_out: row.bytes_out === null ? null : Number(row.bytes_out),
    flags: row.flags ?? [],
    approval_id: row.approval_id,
    epoch: row.epoch === null ? null : String(row.epoch),
    leaf_index: row.first_leaf === null ? null : Number(row.first_leaf) + row.position,
    leaf_hash: row.leaf_hash?.toString('hex') ?? '',
  };
}

/** The salts as an export shows them: an erased one is null. */
export function saltsOf({ salts }: EventRow): {
  context: string | null;
  reason: string | null;
  query: string | null;
} {
  const slot = (index: number): string | null => {
    const salt = salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES);
    return salt.every((byte) => byte === 0) ? null : salt.toString('base64url');
  };
  return { context: slot(0), reason: slot(1), query: slot(2) };
}

/** Where in the log, as its events are ordered. */
interface Place {
  readonly group_id: string;
  readonly position: number;
}

function cursorOf(place: Place | undefined): string | null {
  return place === undefined
    ? null
    : Buffer.from(`${place.group_id}.${place.position}`).toString('base64url');
}

function parseCursor(cursor: string): Place {
  const match = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{1,4})$/.exec(
    Buffer.from(cursor, 'base64url').toString(),
  );
  if (!match?.[1] || !match[2])
    throw new Refusal('invalid_request', { issues: [{ path: 'cursor', message: 'is not one of ours' }] });
  return { group_id: match[1], position: Number(match[2]) };
}

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
