/**
 * What only the owner of the tables may do: make partitions ahead, drop old ones, erase details.
 * Must never touch `audit_groups` or the canonical bytes: the log goes on verifying after a month is dropped or a detail erased.
 */
import type { Database, Queryable } from '../store/database.ts';

const NAME = /^audit_events_(\d{4})_(\d{2})$/;

/**
 * A month that is written to is not vacuumed for its inserts: nothing in it is dead, and freezing its rows while calls wait costs
 * each of them (measured: 4 µs of CPU). PostgreSQL does it once the month is over. Its statistics are made anew when it
 * has grown by half, not by each tenth.
 */
const WHILE_WRITTEN = [
  ['autovacuum_vacuum_insert_threshold', '-1'],
  ['autovacuum_analyze_scale_factor', '0.5'],
] as const;

/** Makes the partitions of this and the next month, and of last month for outcomes that come late. Run at start and daily. */
export async function ensurePartitions(
  owner: Pick<Database, 'transaction'>,
  now: Date = new Date(),
): Promise<void> {
  await oneByOne(owner, async (tx) => {
    for (const offset of [-1, 0, 1]) {
      const [from, to] = [monthStart(now, offset), monthStart(now, offset + 1)];
      const name = nameOf(from);
      const sql = `CREATE TABLE IF NOT EXISTS ${name} PARTITION OF audit_events FOR VALUES FROM ('${from}') TO ('${to}')`;
      await tx.query(`audit.create.${name}`, sql, []);
    }
  });
  // By itself: it waits for a VACUUM under way, and if in vain, the months are there all the same.
  await oneByOne(owner, (tx) => setVacuuming(tx, nameOf(monthStart(now, 0))));
}

/** Servers that start together wait for each other. */
function oneByOne(
  owner: Pick<Database, 'transaction'>,
  work: (tx: Queryable) => Promise<void>,
): Promise<void> {
  return owner.transaction(async (tx) => {
    await tx.query('audit.partitions_lock', PARTITIONS_LOCK_SQL, []);
    await work(tx);
  });
}

async function setVacuuming(tx: Queryable, current: string): Promise<void> {
  const rows = await tx.query<{ name: string; is_set: boolean }>('audit.vacuuming', VACUUMING_SQL, []);
  for (const { name, is_set: isSet } of rows.filter((row) => NAME.test(row.name))) {
    const isWritten = name >= current;
    if (isWritten === isSet) continue;
    const sql = isWritten
      ? `SET (${WHILE_WRITTEN.map((parameter) => parameter.join(' = ')).join(', ')})`
      : `RESET (${WHILE_WRITTEN.map(([parameter]) => parameter).join(', ')})`;
    const what = isWritten ? 'written' : 'over';
    await tx.query(`audit.${what}.${name}`, `ALTER TABLE ${name} ${sql}`, []);
  }
}

/** Whether this and the next month have their partitions: where the runtime role may not make them, `/readyz` warns early. */
export async function missingPartitions(db: Queryable, now: Date = new Date()): Promise<string[]> {
  const have = new Set(await partitionNames(db));
  const wanted = [0, 1].map((offset) => nameOf(monthStart(now, offset)));
  return wanted.filter((name) => !have.has(name));
}

/** Drops whole months that ended at least `months` months ago; answers what was dropped. */
export async function dropOldPartitions(
  owner: Queryable,
  months: number,
  now: Date = new Date(),
): Promise<string[]> {
  if (!Number.isInteger(months) || months < 1) throw new RangeError('retention is at least one month');
  const oldestKept = nameOf(monthStart(now, -months));
  const dropped = (await partitionNames(owner)).filter((name) => NAME.test(name) && name < oldestKept);
  for (const name of dropped) await owner.query(`audit.drop.${name}`, `DROP TABLE ${name}`, []);
  return dropped;
}

/** The start of the oldest month that a retention of so many months keeps. */
export const keptSince = (months: number, now: Date = new Date()): Date =>
  new Date(`${monthStart(now, -months)}T00:00:00Z`);

export interface DetailFilter {
  readonly from?: Date | undefined;
  readonly to?: Date | undefined;
  readonly grantId?: string | undefined;
  readonly caller?: string | undefined;
  readonly requestId?: string | undefined;
}

/**
 * Erases context, reason and query, and the salts without which their digests can't be guessed at; answers of how many events.
 * The caller logs `audit.detail_erased` in the same transaction (`AuditWriter.appendInTransaction`).
 */
export async function eraseDetail(tx: Queryable, appId: string, filter: DetailFilter): Promise<number> {
  const values = [
    appId,
    filter.from ?? null,
    filter.to ?? null,
    filter.grantId ?? null,
    filter.caller ?? null,
    filter.requestId ?? null,
  ];
  const [row] = await tx.query<{ erased: number }>('audit.erase', ERASE_SQL, values);
  return row?.erased ?? 0;
}

async function partitionNames(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ name: string }>('audit.partitions', PARTITIONS_SQL, []);
  return rows.map(({ name }) => name);
}

/** Of the partition of the month that begins on this day. */
function nameOf(start: string): string {
  return `audit_events_${start.slice(0, 7).replace('-', '_')}`;
}

/** The first day of the month `offset` months from now, UTC. */
function monthStart(now: Date, offset: number): string {
  const start = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1));
  return start.toISOString().slice(0, 10);
}

const PARTITIONS_SQL = `
SELECT c.relname::text AS name FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
WHERE i.inhparent = 'audit_events'::regclass ORDER BY c.relname`;
const PARTITIONS_LOCK_SQL = "SELECT pg_advisory_xact_lock(hashtextextended('alter-vault partitions', 0))";
const VACUUMING_SQL = `
SELECT c.relname::text AS name, coalesce('autovacuum_vacuum_insert_threshold=-1' = ANY(c.reloptions), false) AS is_set
FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit_events'::regclass`;
const ERASE_SQL = `
WITH erased AS (
  UPDATE audit_events SET context = NULL, reason = NULL, url_query = NULL, salts = decode(repeat('00', 48), 'hex')
  WHERE app_id = $1 AND ($2::timestamptz IS NULL OR at >= $2) AND ($3::timestamptz IS NULL OR at < $3)
    AND ($4::uuid IS NULL OR grant_id = $4) AND ($5::text IS NULL OR caller = $5) AND ($6::uuid IS NULL OR request_id = $6)
    AND (context IS NOT NULL OR reason IS NOT NULL OR url_query IS NOT NULL)
  RETURNING 1
)
SELECT count(*)::int AS erased FROM erased`;
