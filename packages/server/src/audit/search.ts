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
AND (cardinality($20::text[]) = 0 OR NOT EXISTS (SELECT FROM unnest($20::text[], $21::text[]) AS wanted (key, value)
                WHERE (e.context ->> wanted.key) IS DISTINCT FROM wanted.value))`;

/**
 * So many events are looked through for a page: one that little fits takes as long as any other, and the next one goes on from
 * there.
 */
const LOOKED_THROUGH_MAX = 50_000;

/**
 * What an index leads to: said without a way around it, as a plan for any values has to know. Each is a statement of its own;
 * `secret` and `agent` are the places of their values.
 */
const NARROWINGS = {
  all: () => '',
  secret: (secret: number) => `AND e.secret_id = $${secret}::uuid`,
  agent: (_secret: number, agent: number) => `AND e.agent_id = $${agent}::uuid`,
} as const;
export type Narrowing = keyof typeof NARROWINGS;

export const narrowingOf = ({ secretId, agentId }: AuditFilters): Narrowing =>
  secretId !== undefined ? 'secret' : agentId !== undefined ? 'agent' : 'all';

/** To be added to `FILTER_SQL`. */
export const narrowedBy = (narrowing: Narrowing): string => NARROWINGS[narrowing](6, 7);

/** The rows are found before what is of their groups is read: only those that are shown. */
const searchSql = (narrowing: Narrowing): string => `
SELECT ${EVENT_COLUMNS}
  FROM (SELECT * FROM audit_events AS e
         WHERE ${FILTER_SQL} ${narrowedBy(narrowing)} AND e.group_id >= $22
           AND (e.group_id, e.position) < ($23::uuid, $24::int) AND (e.group_id, e.position) >= ($25::uuid, $26::int)
         ORDER BY e.group_id DESC, e.position DESC LIMIT $27) AS e LEFT JOIN audit_groups AS g USING (group_id)
 ORDER BY e.group_id DESC, e.position DESC`;

const placeBackSql = (narrowing: Narrowing): string => `
SELECT e.group_id, e.position FROM audit_events AS e
 WHERE e.app_id = $1 ${NARROWINGS[narrowing](6, 6)} AND e.group_id >= $2 AND (e.group_id, e.position) < ($3::uuid, $4::int)
 ORDER BY e.group_id DESC, e.position DESC OFFSET $5 LIMIT 1`;

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
  const before = page.cursor === undefined ? { group_id: high, position: 0 } : parseCursor(page.cursor);
  const isNarrowed = Object.entries(filters).some(
    ([name, value]) => value !== undefined && name !== 'from' && name !== 'to',
  );
  // Where everything fits, nothing is looked through in vain.
  const lookedTo = isNarrowed
    ? await findPlaceBack(db, appId, filters, { low, before, events: LOOKED_THROUGH_MAX })
    : undefined;
  const end = lookedTo ?? { group_id: low, position: 0 };
  const narrowing = narrowingOf(filters);
  const rows = await db.query<EventRow>(`audit.search_${narrowing}`, searchSql(narrowing), [
    ...filterValues(appId, filters),
    low,
    before.group_id,
    before.position,
    end.group_id,
    end.position,
    page.limit + 1,
  ]);
  const shown = rows.slice(0, page.limit);
  const last = rows.length > page.limit ? shown.at(-1) : lookedTo;
  return { items: shown.map(toItem), nextCursor: cursorOf(last) };
}

/** The last of so many events before a place, of those that an index leads to, where there are that many. */
export async function findPlaceBack(
  db: Queryable,
  appId: string,
  filters: AuditFilters,
  { low, before, events }: { readonly low: string; readonly before: Place; readonly events: number },
): Promise<Place | undefined> {
  const narrowing = narrowingOf(filters);
  const id = filters.secretId ?? filters.agentId;
  const values = [appId, low, before.group_id, before.position, events - 1];
  const [row] = await db.query<Place>(`audit.place_back_${narrowing}`, placeBackSql(narrowing), [
    ...values,
    ...(id === undefined ? [] : [id]),
  ]);
  return row;
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
export interface Place {
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
