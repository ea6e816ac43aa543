/**
 * Counts what the log says, five minutes a row: each integrated group once, in the order of the log, so that an event
 * that comes late is counted where it belongs. Off the path of calls; must never count what is not numbered in the log.
 */
import { setTimeout } from 'node:timers/promises';
import type { Database, Queryable } from '../../store/database.ts';
import { LATENCY_BASE } from './latencies.ts';

/** One statement each: small enough to be over long before its deadline. */
const GROUPS_AT_ONCE = 500;
export const BUCKET_SECONDS = 300;

/** Up to where the log is counted. */
export interface Progress {
  readonly countedTo: number;
  readonly countedUntil: Date | null;
}

/**
 * Counts what was integrated since, until all is counted or the time is over. Another server that is at it already is
 * left to it. Answers whether all is counted.
 */
export async function countUsage(db: Database, msMax: number): Promise<boolean> {
  const until = performance.now() + msMax;
  for (;;) {
    const counted = await db.transaction(countSome);
    if (counted !== 'more') return counted === 'all';
    if (performance.now() > until) return false;
  }
}

async function countSome(tx: Queryable): Promise<'all' | 'more' | 'busy'> {
  const [progress] = await tx.query<{ counted_to: bigint }>('usage.lock', LOCK_SQL, []);
  if (progress === undefined) return 'busy';
  const groups = await tx.query<GroupRow>('usage.groups', GROUPS_SQL, [progress.counted_to, GROUPS_AT_ONCE]);
  const last = groups.at(-1);
  if (last === undefined) return 'all';
  await tx.query('usage.count', COUNT_SQL, [
    progress.counted_to,
    last.first_leaf,
    BUCKET_SECONDS,
    LATENCY_BASE,
  ]);
  await tx.query('usage.advance', ADVANCE_SQL, [last.first_leaf + BigInt(last.leaf_count), last.created_at]);
  return groups.length === GROUPS_AT_ONCE ? 'more' : 'all';
}

export async function usageProgress(db: Queryable): Promise<Progress> {
  const [row] = await db.query<{ counted_to: bigint; counted_until: Date | null }>(
    'usage.progress',
    'SELECT counted_to, counted_until FROM usage_progress',
    [],
  );
  return { countedTo: Number(row?.counted_to ?? 0n), countedUntil: row?.counted_until ?? null };
}

/** What the log itself does not keep any longer. */
export async function forgetUsage(db: Queryable, before: Date): Promise<void> {
  await db.query('usage.forget_counts', 'DELETE FROM usage_counts WHERE start < $1', [before]);
  await db.query('usage.forget_denials', 'DELETE FROM usage_denials WHERE start < $1', [before]);
  await db.query('usage.forget_changes', 'DELETE FROM usage_changes WHERE start < $1', [before]);
  await db.query('usage.forget_latencies', 'DELETE FROM usage_latencies WHERE start < $1', [before]);
}

interface GroupRow {
  readonly first_leaf: bigint;
  readonly leaf_count: number;
  readonly created_at: Date;
}

const LOCK_SQL = 'SELECT counted_to FROM usage_progress FOR UPDATE SKIP LOCKED';
const GROUPS_SQL = `
SELECT first_leaf, leaf_count, created_at FROM audit_groups WHERE first_leaf >= $1 ORDER BY first_leaf LIMIT $2`;
const ADVANCE_SQL = 'UPDATE usage_progress SET counted_to = $1, counted_until = greatest(counted_until, $2)';

/**
 * A caller may name any grant: one that was not found is counted as none, so that nobody fills the table. What is
 * conflicted on is added to.
 */
const COUNT_SQL = `
WITH events AS MATERIALIZED (
  SELECT e.app_id, date_bin(make_interval(secs => $3), e.at, 'epoch') AS start, e.kind, e.code, e.latency_ms,
    e.status_code, e.bytes_in, e.bytes_out, coalesce(e.secret_id, nil.id) AS secret_id,
    CASE WHEN e.secret_id IS NULL THEN nil.id ELSE coalesce(e.grant_id, nil.id) END AS grant_id,
    coalesce(e.agent_id, nil.id) AS agent_id
  FROM audit_groups AS g JOIN audit_events AS e ON e.app_id = ANY(g.app_ids) AND e.group_id = g.group_id,
    (VALUES ('00000000-0000-0000-0000-000000000000'::uuid)) AS nil (id)
  WHERE g.first_leaf >= $1 AND g.first_leaf <= $2
), counts AS (
  INSERT INTO usage_counts AS u
    (app_id, start, secret_id, grant_id, agent_id, calls, held, denials, errors, completed, bytes_in, bytes_out)
  SELECT app_id, start, secret_id, grant_id, agent_id,
    count(*) FILTER (WHERE kind = 'call.authorized'), count(*) FILTER (WHERE kind = 'call.held'),
    count(*) FILTER (WHERE kind = 'call.denied'),
    count(*) FILTER (WHERE kind = 'call.completed' AND (code IS NOT NULL OR status_code >= 500)),
    count(*) FILTER (WHERE kind = 'call.completed'), coalesce(sum(bytes_in), 0), coalesce(sum(bytes_out), 0)
  FROM events WHERE kind IN ('call.authorized', 'call.held', 'call.denied', 'call.completed') GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (app_id, start, secret_id, grant_id, agent_id) DO UPDATE SET
    calls = u.calls + excluded.calls, held = u.held + excluded.held, denials = u.denials + excluded.denials,
    errors = u.errors + excluded.errors, completed = u.completed + excluded.completed,
    bytes_in = u.bytes_in + excluded.bytes_in, bytes_out = u.bytes_out + excluded.bytes_out
), denials AS (
  INSERT INTO usage_denials AS u (app_id, start, code, count)
  SELECT app_id, start, coalesce(code, ''), count(*) FROM events WHERE kind = 'call.denied' GROUP BY 1, 2, 3
  ON CONFLICT (app_id, start, code) DO UPDATE SET count = u.count + excluded.count
), changes AS (
  INSERT INTO usage_changes AS u (app_id, start, secret_id, agent_id, count)
  SELECT app_id, start, secret_id, agent_id, count(*) FROM events WHERE kind NOT LIKE 'call.%' GROUP BY 1, 2, 3, 4
  ON CONFLICT (app_id, start, secret_id, agent_id) DO UPDATE SET count = u.count + excluded.count
)
INSERT INTO usage_latencies AS u (app_id, start, class, count)
SELECT app_id, start, floor(ln(greatest(latency_ms, 0) + 1) / ln($4::float8))::smallint, count(*)
FROM events WHERE kind = 'call.completed' AND latency_ms IS NOT NULL GROUP BY 1, 2, 3
ON CONFLICT (app_id, start, class) DO UPDATE SET count = u.count + excluded.count`;

/** How long whoever looks at figures waits for the counting; what is left is counted behind. */
const CATCH_UP_MS = 1_500;

/** Counts once for all who ask at the same time. */
export class UsageCounter {
  readonly #db: Database;
  #running: Promise<boolean> | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  /** For whoever reads the figures. Answers whether all is counted that was integrated, as far as is known in that time. */
  async catchUp(): Promise<boolean> {
    const isOver = new AbortController();
    try {
      return await Promise.race([
        this.countBehind(CATCH_UP_MS),
        // A count for the upkeep may be under way, and that one is patient.
        setTimeout(CATCH_UP_MS, false, { signal: isOver.signal }),
      ]);
    } finally {
      isOver.abort();
    }
  }

  /** For the upkeep. Answers whether all is counted. */
  countBehind(msMax: number): Promise<boolean> {
    this.#running ??= countUsage(this.#db, msMax).finally(() => (this.#running = undefined));
    return this.#running;
  }
}
