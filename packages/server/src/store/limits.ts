/**
 * Counters in PostgreSQL. A call is taken by one statement that locks its counters in the order of their ids (so that
 * no two calls wait for each other), reads the clock when it has them all, judges, and writes all or none.
 */
import type { Cell, Count, Counted, Counter, CounterStore } from './counters.ts';
import type { Database, Queryable } from './database.ts';
import { Refusal } from '../refusal.ts';

/**
 * $1 app; $2–$10 the counters, an array each; a window has either length and grain or four borders. The sub-select keeps
 * the planner from counting the first array: a plan for any number costs the same, so one is made and kept.
 */
const ASKED = `unnest((SELECT $2::uuid[]), $3::bigint[], $4::boolean[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
    WITH ORDINALITY AS a (counter, quota, is_enforced, length, grain, b0, b1, b2, b3, place)`;

/**
 * From the rows in `held` and the moment in `clock`:
 * `label` is under which time the call is written, `floor` up to which time counts are over. A stored time after
 * `label` was written by a clock that has gone back since; it counts as if written now, so that nothing is given back.
 */
const JUDGED = `
windowed AS (
  SELECT held.*, clock.now,
         CASE WHEN length IS NOT NULL THEN now - length WHEN now < b1 THEN b0 - 1 WHEN now < b2 THEN b1 - 1 ELSE b2 - 1 END AS floor,
         CASE WHEN length IS NOT NULL THEN (now + grain - 1) / grain * grain
              WHEN now < b0 OR now >= b3 THEN NULL WHEN now < b1 THEN b0 WHEN now < b2 THEN b1 ELSE b2 END AS label,
         CASE WHEN length IS NOT NULL THEN now + grain + length WHEN now < b1 THEN b1 WHEN now < b2 THEN b2 ELSE b3 END AS ends
    FROM held CROSS JOIN clock
), counted AS MATERIALIZED (
  SELECT windowed.*, cardinality(times) AS cells, over, used
    FROM windowed CROSS JOIN LATERAL (
         SELECT count(*) FILTER (WHERE least(at, label) <= floor)::int AS over,
                coalesce(sum(n) FILTER (WHERE least(at, label) > floor), 0)::bigint AS used
           FROM unnest(times, counts) AS cell (at, n)) AS cells
), verdict AS MATERIALIZED (
  SELECT CASE WHEN count(*) < cardinality($2::uuid[]) THEN 'missing'
              WHEN bool_or(label IS NULL) THEN 'stale'
              WHEN bool_and(used < quota OR NOT is_enforced) THEN 'taken'
              ELSE 'refused' END AS outcome
    FROM counted
)`;

/**
 * The commit does not wait for the disk, so that a counter is held for microseconds only. Nothing is lost by it: a call
 * goes on only after its audit event is durably committed, and what was committed before that lies before it in the
 * write-ahead log.
 */
const TAKE = `
WITH asked AS MATERIALIZED (
  SELECT a.*, set_config('synchronous_commit', 'off', true) AS commits FROM ${ASKED}
), held AS MATERIALIZED (
  SELECT asked.*, row.times, row.counts
    FROM asked CROSS JOIN LATERAL (
         SELECT c.times, c.counts FROM limit_counters AS c WHERE c.app_id = $1 AND c.counter = asked.counter FOR UPDATE) AS row
), clock AS MATERIALIZED (
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    FROM (SELECT count(*) FROM held) AS all_held
), ${JUDGED}, written AS (
  UPDATE limit_counters AS c
     SET times = CASE WHEN over = cells OR j.times[cells] < label THEN j.times[over + 1:] || label
                      WHEN j.times[cells] = label THEN j.times[over + 1:]
                      ELSE ARRAY(SELECT least(at, label) FROM unnest(j.times[over + 1:]) AS at) END,
         counts = CASE WHEN over = cells OR j.times[cells] < label THEN j.counts[over + 1:] || 1
                       ELSE j.counts[over + 1:cells - 1] || (j.counts[cells] + 1) END,
         expires_at = to_timestamp(ends / 1000000.0)
    FROM counted AS j CROSS JOIN verdict
   WHERE verdict.outcome = 'taken' AND j.used < j.quota AND c.app_id = $1 AND c.counter = j.counter
)
SELECT outcome, clock.now, used,
       CASE WHEN outcome = 'refused' THEN times END AS times, CASE WHEN outcome = 'refused' THEN counts END AS counts
  FROM verdict CROSS JOIN clock LEFT JOIN counted ON true ORDER BY place`;

const PEEK = `
WITH held AS MATERIALIZED (
  SELECT a.*, coalesce(c.times, '{}') AS times, coalesce(c.counts, '{}') AS counts
    FROM ${ASKED} LEFT JOIN limit_counters AS c ON c.app_id = $1 AND c.counter = a.counter
), clock AS MATERIALIZED (
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
), ${JUDGED}
SELECT outcome, clock.now, used, times, counts
  FROM verdict CROSS JOIN clock LEFT JOIN counted ON true ORDER BY place`;

/** A new counter must outlive the call that is about to be taken from it. */
const MAKE = `
INSERT INTO limit_counters (app_id, counter, expires_at)
SELECT $1, counter, clock_timestamp() + interval '5 minutes' FROM unnest($2::uuid[]) AS counter ORDER BY counter
ON CONFLICT (app_id, counter) DO NOTHING`;

/** What another holds is left for the next time: cleaning waits for nobody. */
const CLEAN = `
DELETE FROM limit_counters WHERE (app_id, counter) IN (
  SELECT app_id, counter FROM limit_counters WHERE expires_at < clock_timestamp() - interval '1 minute'
   LIMIT $1 FOR UPDATE SKIP LOCKED)`;
const CLEAN_ROWS = 2_000;
const CLEAN_ROUNDS_MAX = 500;

/** Between making a counter and taking from it, somebody may delete it: with a lifetime of minutes, never twice. */
const ATTEMPTS_MAX = 3;

interface Row {
  readonly outcome: 'taken' | 'refused' | 'stale' | 'missing';
  readonly now: bigint;
  readonly used: bigint | null;
  readonly times: readonly bigint[] | null;
  readonly counts: readonly number[] | null;
}

export class PostgresCounters implements CounterStore {
  readonly #db: Database;

  /** `db` is for this alone: calls that wait for a counter hold up nothing else. It is closed with this. */
  constructor(db: Database) {
    this.#db = db;
  }

  async take(appId: string, counters: readonly Counter[]): Promise<Counted> {
    const ordered = counters.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
      const rows = await this.#db.query<Row>('limits.take', TAKE, valuesOf(appId, ordered));
      const outcome = rows[0]?.outcome ?? 'missing';
      if (outcome !== 'missing') return countedOf(rows, outcome, ordered, counters);
      await this.#db.query('limits.make', MAKE, [appId, ordered.map(({ id }) => id)]);
    }
    throw new Refusal('unavailable', { detail: 'the counters of limits vanish as soon as they are made' });
  }

  async peek(appId: string, counters: readonly Counter[]): Promise<Counted> {
    const rows = await this.#db.query<Row>('limits.peek', PEEK, valuesOf(appId, counters));
    const outcome = rows[0]?.outcome ?? 'missing';
    if (outcome === 'missing') throw new Error('counters that are only read can not be missing');
    return countedOf(rows, outcome, counters, counters);
  }

  clean(): Promise<number> {
    return cleanCounters(this.#db);
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

async function cleanCounters(db: Queryable): Promise<number> {
  let deleted = 0;
  for (let round = 0; round < CLEAN_ROUNDS_MAX; round += 1) {
    const rows = await db.query<{ counter: string }>('limits.clean', `${CLEAN} RETURNING counter`, [
      CLEAN_ROWS,
    ]);
    deleted += rows.length;
    if (rows.length < CLEAN_ROWS) break;
  }
  return deleted;
}

function valuesOf(appId: string, counters: readonly Counter[]): unknown[] {
  const sliding = (pick: 'lengthUs' | 'grainUs') =>
    counters.map(({ window }) => (window.kind === 'sliding' ? window[pick] : null));
  const border = (index: 0 | 1 | 2 | 3) =>
    counters.map(({ window }) => (window.kind === 'borders' ? window.bordersUs[index] : null));
  return [
    appId,
    counters.map(({ id }) => id),
    counters.map(({ limit }) => limit),
    counters.map(({ isEnforced }) => isEnforced),
    sliding('lengthUs'),
    sliding('grainUs'),
    border(0),
    border(1),
    border(2),
    border(3),
  ];
}

function countedOf(
  rows: readonly Row[],
  outcome: Counted['outcome'],
  asked: readonly Counter[],
  order: readonly Counter[],
): Counted {
  const nowUs = Number(rows[0]?.now ?? 0n);
  if (outcome === 'stale') return { outcome, nowUs, counts: [] };
  const byId = new Map(rows.map((row, index) => [asked[index]?.id, countOf(row)]));
  return { outcome, nowUs, counts: order.map(({ id }) => byId.get(id) ?? { used: 0, cells: [] }) };
}

function countOf({ used, times, counts }: Row): Count {
  const cells: Cell[] = (times ?? []).map((at, index) => ({ atUs: Number(at), count: counts?.[index] ?? 0 }));
  return { used: Number(used ?? 0n), cells };
}
