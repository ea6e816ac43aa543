/**
 * Counters in PostgreSQL. The calls that wait (taking.ts) are taken by one statement: it locks their counters in the order of
 * their ids (so that no two statements wait for each other), reads the clock when it has them all, judges, and writes.
 */
import type { Cell, Count, Counted, Counter, CounterStore } from './counters.ts';
import type { Database, Queryable } from './database.ts';
import {
  isAnyFull,
  planOf,
  Taking,
  type Ask,
  type Member,
  type Place,
  type Share,
  type Shared,
} from './taking.ts';

/**
 * $1–$10 the counters, an array each; a window has either length and grain or four borders. The sub-select keeps
 * the planner from counting the first array: a plan for any number costs the same, so one is made and kept.
 */
const ASKED = `unnest((SELECT $1::uuid[]), $2::uuid[], $3::bigint[], $4::boolean[], $5::bigint[], $6::bigint[],
    $7::bigint[], $8::bigint[], $9::bigint[], $10::bigint[])
    WITH ORDINALITY AS a (app, counter, quota, is_enforced, length, grain, b0, b1, b2, b3, place)`;

/**
 * From the rows in `held` and the moment in `clock`:
 * `label` is under which time a call is written (null: in no period), `floor` up to which time counts are over. A stored time
 * after `label` was written by a clock that has gone back since; it counts as if written now, so that nothing is given back.
 */
const COUNTED = `
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
)`;

/**
 * $11–$14: which ask has which counter, how many calls the ask has, and how many were asked ahead of it at that counter.
 * An ask gets what every counter still has after all that was asked ahead: never too much, whatever becomes of that. Where
 * it gets less than it asked, `sharesOf` tells what is refused and what depends on those ahead.
 * The commit does not wait for the disk, so that a counter is held for microseconds only. Nothing is lost by it: a call
 * goes on only after its audit event is durably committed, and what was committed before that lies before it in the
 * write-ahead log.
 */
const TAKE = `
WITH asked AS MATERIALIZED (
  SELECT a.*, (SELECT set_config('synchronous_commit', 'off', true)) AS commits FROM ${ASKED}
), held AS MATERIALIZED (
  SELECT asked.*, row.times, row.counts
    FROM asked CROSS JOIN LATERAL (
         SELECT c.times, c.counts FROM limit_counters AS c WHERE c.app_id = asked.app AND c.counter = asked.counter FOR UPDATE) AS row
), clock AS MATERIALIZED (
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
    FROM (SELECT count(*) FROM held) AS all_held
), ${COUNTED}, asks AS MATERIALIZED (
  SELECT * FROM unnest((SELECT $11::int[]), $12::int[], $13::int[], $14::int[]) AS m (ask, place, calls, ahead)
), granted AS MATERIALIZED (
  SELECT ask, greatest(0, min(CASE WHEN label IS NULL THEN 0 WHEN is_enforced THEN least(calls, quota - used - ahead) ELSE calls END)) AS n
    FROM asks LEFT JOIN counted USING (place) GROUP BY ask
), gained AS MATERIALIZED (
  SELECT place, sum(n)::bigint AS gain, bool_or(n < calls) AS is_short FROM asks JOIN granted USING (ask) GROUP BY place
), written AS (
  UPDATE limit_counters AS c
     SET times = CASE WHEN over = cells OR j.times[cells] < label THEN j.times[over + 1:] || label
                      WHEN j.times[cells] = label THEN j.times[over + 1:]
                      ELSE ARRAY(SELECT least(at, label) FROM unnest(j.times[over + 1:]) AS at) END,
         counts = CASE WHEN over = cells OR j.times[cells] < label THEN j.counts[over + 1:] || more
                       ELSE j.counts[over + 1:cells - 1] || (j.counts[cells] + more) END,
         expires_at = to_timestamp(ends / 1000000.0)
    FROM (SELECT counted.*, least(gain, quota - used)::int AS more FROM counted JOIN gained USING (place)) AS j
   WHERE j.more > 0 AND c.app_id = j.app AND c.counter = j.counter
)
SELECT place::int, now, used, label IS NULL AS is_stale,
       CASE WHEN is_short THEN times END AS times, CASE WHEN is_short THEN counts END AS counts,
       (SELECT array_agg(n::int ORDER BY ask) FROM granted) AS granted
  FROM counted JOIN gained USING (place)`;

const PEEK = `
WITH held AS MATERIALIZED (
  SELECT a.*, coalesce(c.times, '{}') AS times, coalesce(c.counts, '{}') AS counts
    FROM ${ASKED} LEFT JOIN limit_counters AS c ON c.app_id = a.app AND c.counter = a.counter
), clock AS MATERIALIZED (
  SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now
), ${COUNTED}
SELECT place::int, now, used, label IS NULL AS is_stale, times, counts FROM counted`;

/** A new counter must outlive the call that is about to be taken from it. */
const MAKE = `
INSERT INTO limit_counters (app_id, counter, expires_at)
SELECT app, counter, clock_timestamp() + interval '5 minutes' FROM unnest($1::uuid[], $2::uuid[]) AS a (app, counter)
 ORDER BY app, counter
ON CONFLICT (app_id, counter) DO NOTHING`;

/** What another holds is left for the next time: cleaning waits for nobody. */
const CLEAN = `
DELETE FROM limit_counters WHERE (app_id, counter) IN (
  SELECT app_id, counter FROM limit_counters WHERE expires_at < clock_timestamp() - interval '1 minute'
   LIMIT $1 FOR UPDATE SKIP LOCKED)`;
const CLEAN_ROWS = 2_000;
const CLEAN_ROUNDS_MAX = 500;

interface Row {
  readonly place: number;
  readonly now: bigint;
  readonly used: bigint;
  readonly is_stale: boolean;
  readonly times: readonly bigint[] | null;
  readonly counts: readonly number[] | null;
}

interface TakenRow extends Row {
  readonly granted: readonly number[];
}

export class PostgresCounters implements CounterStore {
  /** That of the database, which `/readyz` looks at itself. */
  readonly trouble = undefined;
  readonly #db: Database;
  readonly #taking = new Taking((asks) => this.#takeGroup(asks));

  /** `db` is for this alone: calls that wait for a counter hold up nothing else. It is closed with this. */
  constructor(db: Database) {
    this.#db = db;
  }

  take(appId: string, counters: readonly Counter[]): Promise<Counted> {
    return this.#taking.take(appId, counters);
  }

  async peek(appId: string, counters: readonly Counter[]): Promise<Counted> {
    const places = counters.map((counter) => ({ appId, counter }));
    const rows = await this.#db.query<Row>('limits.peek', PEEK, valuesOf(places));
    const nowUs = Number(rows[0]?.now ?? 0n);
    if (rows.some(({ is_stale }) => is_stale)) return { outcome: 'stale', nowUs, counts: [] };
    const byPlace = new Map(rows.map((row) => [row.place, countOf(row)]));
    const counts = counters.map((_, at) => byPlace.get(at + 1) ?? { used: 0, cells: [] });
    return { outcome: isAnyFull(counters, counts) ? 'refused' : 'taken', nowUs, counts };
  }

  /** A counter that is not there yet is made, and its calls are asked again. */
  async #takeGroup(asks: readonly Ask[]): Promise<Shared> {
    const { places, members } = planOf(asks);
    const values = [...valuesOf(places), ...valuesOfMembers(members)];
    const rows = await this.#db.query<TakenRow>('limits.take', TAKE, values);
    if (rows.length < places.length) {
      const there = new Set(rows.map(({ place }) => place));
      const missing = places.filter((_, at) => !there.has(at + 1));
      await this.#db.query('limits.make', MAKE, [
        missing.map(({ appId }) => appId),
        missing.map(({ counter }) => counter.id),
      ]);
    }
    return { nowUs: Number(rows[0]?.now ?? 0n), shares: sharesOf(asks, members, rows) };
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

/** What the statement granted, ask by ask in their order, and what becomes of the calls for which it had no room. */
function sharesOf(
  asks: readonly Ask[],
  members: readonly Member[],
  rows: readonly TakenRow[],
): readonly Share[] {
  const byPlace = new Map(rows.map((row) => [row.place, { row, count: countOf(row) }]));
  const granted = rows[0]?.granted ?? [];
  const byAsk = Map.groupBy(members, ({ ask }) => ask);
  return asks.map(({ counters }, ask): Share => {
    const own = (byAsk.get(ask) ?? []).map(({ place }) => byPlace.get(place));
    const gain = granted[ask] ?? 0;
    const before: Count[] = [];
    const after: Count[] = [];
    for (const one of own) {
      if (one === undefined) return { granted: 0, rest: 'again', before: [], after: [] };
      before.push(one.count);
      one.count = grown(one.count, gain, Number(one.row.now));
      after.push(one.count);
    }
    // Counters are known to be full when what was certainly granted fills them; otherwise those ahead may leave room.
    const rest = isAnyFull(counters, after) ? 'refused' : 'again';
    const isStale = own.some((one) => one?.row.is_stale);
    return { granted: gain, rest: isStale ? 'stale' : rest, before, after };
  });
}

function grown({ used, cells }: Count, gain: number, nowUs: number): Count {
  return gain === 0
    ? { used, cells }
    : { used: used + gain, cells: [...cells, { atUs: nowUs, count: gain }] };
}

function valuesOf(places: readonly Place[]): unknown[] {
  const sliding = (pick: 'lengthUs' | 'grainUs') =>
    places.map(({ counter: { window } }) => (window.kind === 'sliding' ? window[pick] : null));
  const border = (index: 0 | 1 | 2 | 3) =>
    places.map(({ counter: { window } }) => (window.kind === 'borders' ? window.bordersUs[index] : null));
  return [
    places.map(({ appId }) => appId),
    places.map(({ counter }) => counter.id),
    places.map(({ counter }) => counter.limit),
    places.map(({ counter }) => counter.isEnforced),
    sliding('lengthUs'),
    sliding('grainUs'),
    border(0),
    border(1),
    border(2),
    border(3),
  ];
}

function valuesOfMembers(members: readonly Member[]): unknown[] {
  const column = (name: keyof Member) => members.map((member) => member[name]);
  return [column('ask'), column('place'), column('calls'), column('ahead')];
}

function countOf({ used, times, counts }: Row): Count {
  const cells: Cell[] = (times ?? []).map((at, index) => ({ atUs: Number(at), count: counts?.[index] ?? 0 }));
  return { used: Number(used), cells };
}
