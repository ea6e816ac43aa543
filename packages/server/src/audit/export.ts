/**
 * Streaming the log out: NDJSON that anybody can verify offline, CSV for people (docs/audit.md).
 * Must never hold more than one batch in memory, and never show another app's events: their leaves are hashes only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Database, Queryable } from '../store/database.ts';
import { TAG_BYTES, manifestOf, uuidBytes } from './commit.ts';
import { hash } from 'node:crypto';
import { storedSubtrees, type AuditLog } from './log.ts';
import { alignedSubtrees } from './merkle.ts';
import {
  EVENT_COLUMNS,
  FILTER_SQL,
  filterValues,
  groupBounds,
  saltsOf,
  searchEvents,
  toItem,
  type AuditFilters,
  type AuditItem,
  type EventRow,
} from './search.ts';
import { timeMsOf } from './uuid.ts';

const GROUPS_PER_BATCH = 32;
const ROWS_PER_PAGE = 500;
const INTEGRATION_WAIT_MS = 2_000;

interface GroupRow {
  readonly group_id: string;
  readonly first_leaf: bigint;
  readonly leaf_hashes: Buffer;
  readonly tags: Buffer;
}

type ExportRow = EventRow & { readonly matches: boolean };

/** One line per leaf, in the order of the log. With `from` or `to` the leaves outside are given as roots of subtrees. */
export async function* exportNdjson(
  db: Database,
  log: AuditLog,
  appId: string,
  filters: AuditFilters,
): AsyncGenerator<string> {
  await integrateWithin(log, INTEGRATION_WAIT_MS);
  const [{ size }, checkpoint] = [await log.head(), await log.checkpoint()];
  const range = await leafRange(db, filters, size);
  const values = filterValues(appId, filters);
  const isWhole = range.from === 0 && range.to === size;
  const oldestMs = await oldestPartitionMs(db);
  yield* skippedLines(db, 0, range.from);
  for (let next = range.from; next < range.to;) {
    const groups = await db.query<GroupRow>('audit.export_groups', GROUPS_SQL, [
      next,
      range.to,
      GROUPS_PER_BATCH,
    ]);
    const last = groups.at(-1);
    if (!last) break;
    const rows = await db.query<ExportRow>('audit.export_events', EVENTS_SQL, [
      ...values,
      groups.map((group) => group.group_id),
    ]);
    const byGroup = Map.groupBy(rows, (row) => row.group_id);
    for (const group of groups) {
      const isDropped = timeMsOf(group.group_id) < oldestMs;
      yield groupLines(appId, group, byGroup.get(group.group_id) ?? [], isDropped)
        .map(toLine)
        .join('');
    }
    next = Number(last.first_leaf) + last.leaf_hashes.length / 32;
  }
  yield* skippedLines(db, range.to, size);
  if (isWhole) yield* strayLines(db, appId);
  yield toLine({ checkpoint });
}

/** For people: newest first, not verifiable. Cells that a spreadsheet would run are defused, control characters escaped (W8). */
export async function* exportCsv(
  db: Queryable,
  appId: string,
  filters: AuditFilters,
): AsyncGenerator<string> {
  yield `${CSV_COLUMNS.map(([name]) => name).join(',')}\r\n`;
  let cursor: string | undefined;
  do {
    const page = await searchEvents(db, appId, filters, { limit: ROWS_PER_PAGE, cursor });
    if (page.items.length > 0)
      yield page.items
        .map((item) => `${CSV_COLUMNS.map(([, of]) => csvCell(of(item))).join(',')}\r\n`)
        .join('');
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const visible = value.replaceAll(
    // oxlint-disable-next-line no-control-regex -- the control characters are the point
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const defused =
    /^\s*[=+\-@|%\uff0b\uff0d\uff1d\uff20]/.test(visible) || visible !== value ? `'${visible}` : visible;
  return /[",'\s;]/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

const CSV_COLUMNS: ReadonlyArray<readonly [string, (item: AuditItem) => string | number | null]> = [
  ['event_id', (i) => i.event_id],
  ['at', (i) => i.at],
  ['kind', (i) => i.kind],
  ['request_id', (i) => i.request_id],
  ['key_id', (i) => i.actor.key_id],
  ['key_prefix', (i) => i.actor.key_prefix],
  ['agent_id', (i) => i.actor.agent_id],
  ['member_id', (i) => i.actor.member_id],
  ['caller', (i) => i.actor.caller],
  ['ip', (i) => i.actor.ip],
  ['grant_id', (i) => i.grant_id],
  ['secret_id', (i) => i.secret_id],
  ['provider', (i) => i.provider],
  ['mode', (i) => i.mode],
  ['method', (i) => i.method],
  ['url', (i) => i.url],
  ['reason', (i) => i.reason],
  ['context', (i) => (i.context === null ? null : JSON.stringify(i.context))],
  ['decision', (i) => i.decision],
  ['code', (i) => i.code],
  ['policy_id', (i) => i.policy_id],
  ['status_code', (i) => i.status_code],
  ['latency_ms', (i) => i.latency_ms],
  ['bytes_in', (i) => i.bytes_in],
  ['bytes_out', (i) => i.bytes_out],
  ['flags', (i) => i.flags.join(' ')],
  ['approval_id', (i) => i.approval_id],
  ['leaf_index', (i) => i.leaf_index],
  ['leaf_hash', (i) => i.leaf_hash],
];

function groupLines(
  appId: string,
  group: GroupRow,
  rows: readonly ExportRow[],
  isDropped: boolean,
): object[] {
  const first = Number(group.first_leaf);
  const manifest = manifestOf(group.group_id, group.tags);
  const lines: object[] = [
    { leaf_index: first, leaf_hash: leafAt(group, 0), app_id: appId, group: manifest.toString('base64') },
  ];
  const own = hash('sha256', Buffer.concat([uuidBytes(appId), uuidBytes(group.group_id)]), 'buffer').subarray(
    0,
    TAG_BYTES,
  );
  const byPosition = Map.groupBy(rows, (row) => row.position);
  for (let position = 1; position < group.leaf_hashes.length / 32; position++) {
    const other = { leaf_index: first + position, leaf_hash: leafAt(group, position) };
    const events = byPosition.get(position);
    byPosition.delete(position);
    if (events)
      for (const row of events) lines.push(row.matches ? eventLine(row) : { ...other, withheld: 'filter' });
    else {
      const isOwn = group.tags.subarray((position - 1) * TAG_BYTES, position * TAG_BYTES).equals(own);
      lines.push(isOwn && isDropped ? { ...other, withheld: 'retention' } : other);
    }
  }
  // A row at a position that the group does not have was put there by SQL: shown, so that the verifier names it.
  for (const rest of byPosition.values()) lines.push(...rest.map(eventLine));
  return lines;
}

function leafAt(group: GroupRow, position: number): string {
  return group.leaf_hashes.toString('hex', position * 32, position * 32 + 32);
}

function eventLine(row: EventRow): object {
  return { ...toItem(row), canonical: row.canonical.toString('base64'), salts: saltsOf(row) };
}

async function* skippedLines(db: Queryable, from: number, to: number): AsyncGenerator<string> {
  const subtrees = storedSubtrees(db);
  for (const { level, index } of alignedSubtrees(from, to)) {
    const root = await subtrees(level, index);
    yield toLine({
      leaf_index: index * 2 ** level,
      leaf_count: 2 ** level,
      subtree_hash: root.toString('hex'),
    });
  }
}

/** Events whose group is not in the log, and is not about to be: nobody but SQL can have made them. */
async function* strayLines(db: Queryable, appId: string): AsyncGenerator<string> {
  const strays = await db.query<EventRow>('audit.export_strays', STRAYS_SQL, [appId, ROWS_PER_PAGE]);
  for (const row of strays) yield toLine({ ...eventLine(row), leaf_index: null });
}

async function leafRange(
  db: Queryable,
  filters: AuditFilters,
  size: number,
): Promise<{ from: number; to: number }> {
  if (filters.from === undefined && filters.to === undefined) return { from: 0, to: size };
  const { low, high } = groupBounds(filters);
  const [row] = await db.query<{ first: bigint | null; end: bigint | null }>(
    'audit.export_range',
    RANGE_SQL,
    [low, high],
  );
  const to = Math.min(size, Number(row?.end ?? 0n));
  return { from: Math.min(Number(row?.first ?? 0n), to), to };
}

async function oldestPartitionMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ month: string | null }>('audit.oldest_partition', OLDEST_PARTITION_SQL, []);
  return row?.month ? Date.parse(`${row.month.replace('_', '-')}-01T00:00:00Z`) : Number.POSITIVE_INFINITY;
}

async function integrateWithin(log: AuditLog, waitMs: number): Promise<void> {
  const end = performance.now() + waitMs;
  while (!(await log.integrate()) && performance.now() < end) await sleep(50);
}

function toLine(value: object): string {
  return `${JSON.stringify(value)}\n`;
}

const GROUPS_SQL = `
SELECT group_id, first_leaf, leaf_hashes, tags FROM audit_groups
WHERE first_leaf >= $1::bigint AND first_leaf < $2::bigint ORDER BY first_leaf LIMIT $3`;
const EVENTS_SQL = `
SELECT ${EVENT_COLUMNS}, (${FILTER_SQL}) AS matches FROM audit_events AS e JOIN audit_groups AS g USING (group_id)
WHERE e.app_id = $1 AND e.group_id = ANY($22::uuid[]) ORDER BY e.position`;
const STRAYS_SQL = `
SELECT ${EVENT_COLUMNS} FROM audit_events AS e LEFT JOIN audit_groups AS g USING (group_id)
WHERE e.app_id = $1 AND (g.group_id IS NULL OR (g.first_leaf IS NULL AND g.created_at < now() - interval '10 seconds'))
ORDER BY e.group_id, e.position LIMIT $2`;
const RANGE_SQL = `
SELECT (SELECT min(first_leaf) FROM audit_groups WHERE group_id >= $1 AND first_leaf IS NOT NULL) AS first,
       (SELECT max(first_leaf + leaf_count) FROM audit_groups WHERE group_id < $2 AND first_leaf IS NOT NULL) AS "end"`;
const OLDEST_PARTITION_SQL = `
SELECT min(right(c.relname, 7)) AS month FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'audit_events'::regclass`;
