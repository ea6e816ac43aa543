/**
 * The stores of counters, each as a real server: what they let pass is compared with a model that remembers every call,
 * under sequences that fast-check makes up, and under connections that all want the same counter.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { Client } from 'pg';
import { Limits } from '../packages/server/src/access/limits/limits.ts';
import type { LimitTerm } from '../packages/server/src/access/policies/types.ts';
import type { Counted, Counter, CounterStore } from '../packages/server/src/store/counters.ts';
import { Database } from '../packages/server/src/store/database.ts';
import type { KeyRow } from '../packages/server/src/store/deciding.ts';
import { PostgresCounters } from '../packages/server/src/store/limits.ts';
import { RedisCounters } from '../packages/server/src/store/limits-redis.ts';
import { newId } from '../packages/server/src/ids.ts';
import { silentLog, sql } from './postgres.ts';
import { redisMissing, startRedis, type TestRedis } from './redis.ts';
import { stopPostgres, testPostgres } from './vault.ts';

interface Store {
  open(connections?: number): Promise<CounterStore>;
  close(): Promise<void>;
}

async function postgresStore(): Promise<Store> {
  const { runtimeUrl } = await (await testPostgres()).fresh();
  return {
    open: (connectionsMax = 3) =>
      Promise.resolve(
        new PostgresCounters(new Database({ url: runtimeUrl, log: silentLog, connectionsMax })),
      ),
    close: () => Promise.resolve(),
  };
}

async function redisStore(): Promise<Store> {
  const redis: TestRedis = await startRedis();
  return {
    open: async () => {
      const counters = new RedisCounters({ url: redis.url, log: silentLog });
      await counters.start();
      return counters;
    },
    close: () => redis.stop(),
  };
}

const STORES = [
  { name: 'PostgreSQL', start: postgresStore, skip: false },
  { name: 'Redis', start: redisStore, skip: redisMissing },
] as const;

const HOUR_US = 3_600_000_000;
const sliding = (limit: number, lengthUs: number, grainUs = 1): Counter => ({
  id: newId(),
  limit,
  isEnforced: true,
  window: { kind: 'sliding', lengthUs, grainUs },
});
const fixed = (limit: number, bordersUs: readonly [number, number, number, number]): Counter => ({
  id: newId(),
  limit,
  isEnforced: true,
  window: { kind: 'borders', bordersUs },
});

after(stopPostgres);

for (const { name, start, skip } of STORES) {
  describe(`counters in ${name}`, { skip }, () => {
    let running: Store;
    let store: CounterStore;
    const appId = newId();

    before(async () => {
      running = await start();
      store = await running.open();
    });
    after(async () => {
      await store.close();
      await running.close();
    });

    const outcomes = async (counters: readonly Counter[], times: number): Promise<string[]> => {
      const seen: string[] = [];
      for (let i = 0; i < times; i += 1) seen.push((await store.take(appId, counters)).outcome);
      return seen;
    };

    test('A13: takes exactly the limit, and tells what was counted when it refuses', async () => {
      const counter = sliding(3, HOUR_US);
      assert.deepEqual(await outcomes([counter], 5), ['taken', 'taken', 'taken', 'refused', 'refused']);
      const { counts, nowUs } = await store.take(appId, [counter]);
      assert.equal(counts[0]?.used, 3);
      assert.equal(counts[0].cells.length, 3);
      for (const { atUs } of counts[0].cells) assert.ok(atUs <= nowUs && atUs > nowUs - 60_000_000);
      const peeked = await store.peek(appId, [counter]);
      assert.deepEqual([peeked.outcome, peeked.counts[0]?.used], ['refused', 3]);
    });

    test('A13: all terms of a call are taken or none, whichever of them is full', async () => {
      const narrow = sliding(1, HOUR_US);
      const wide = sliding(10, HOUR_US);
      const watched: Counter = { ...sliding(1, HOUR_US), isEnforced: false };
      assert.deepEqual(await outcomes([wide, narrow, watched], 4), [
        'taken',
        'refused',
        'refused',
        'refused',
      ]);
      const used = async (counter: Counter) => (await store.peek(appId, [counter])).counts[0]?.used;
      assert.deepEqual([await used(wide), await used(narrow), await used(watched)], [1, 1, 1]);
      // A monitored counter that is full refuses nothing, and counts what it would have let pass.
      assert.deepEqual(await outcomes([wide, watched], 3), ['taken', 'taken', 'taken']);
      assert.deepEqual([await used(wide), await used(watched)], [4, 1]);
    });

    test('A5, A13: periods are chosen by the clock of the store; without the right one nothing is taken', async () => {
      const nowUs = (await store.peek(appId, [sliding(1, HOUR_US)])).nowUs;
      const around = (from: number): [number, number, number, number] => [
        from,
        from + HOUR_US,
        from + 2 * HOUR_US,
        from + 3 * HOUR_US,
      ];
      const base = fixed(2, around(nowUs - HOUR_US - 60_000_000));
      const late: Counter = { ...base, window: { kind: 'borders', bordersUs: around(nowUs - 60_000_000) } };
      const early: Counter = {
        ...base,
        window: { kind: 'borders', bordersUs: around(nowUs - 2 * HOUR_US - 60_000_000) },
      };
      const lost: Counter = { ...base, window: { kind: 'borders', bordersUs: around(nowUs + HOUR_US) } };
      const past: Counter = { ...base, window: { kind: 'borders', bordersUs: around(nowUs - 30 * HOUR_US) } };
      assert.equal((await store.take(appId, [lost])).outcome, 'stale');
      assert.equal((await store.take(appId, [past])).outcome, 'stale');
      // Whatever a process takes for the current period, it is the same hour of the store.
      assert.deepEqual(
        [...(await outcomes([base], 1)), ...(await outcomes([late], 1)), ...(await outcomes([early], 1))],
        ['taken', 'taken', 'refused'],
      );
      assert.equal((await store.take(appId, [lost])).outcome, 'stale');
    });

    test('A13: no window of its length holds more calls than the limit, as a model that remembers each call', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: 4_000, max: 30_000 }),
          fc.constantFrom(1, 700, 2_000),
          async (limit, lengthUs, grainUs) => {
            const counter = sliding(limit, lengthUs, grainUs);
            const taken: { from: number; to: number }[] = [];
            const endsAt = performance.now() + 60;
            // On a slow machine it takes longer; a window that stands still is seen below.
            while (performance.now() < endsAt || taken.length <= limit) {
              const { outcome, nowUs } = await store.take(appId, [counter]);
              if (outcome === 'taken') taken.push({ from: nowUs, to: nowUs });
              else {
                // Strict by no more than a grain: what was refused had the limit's calls in a window longer by one.
                const recent = taken.filter(({ from }) => from > nowUs - lengthUs - grainUs);
                assert.ok(recent.length >= limit, `refused with ${recent.length} of ${limit} calls`);
              }
              const inWindow = taken.filter(({ to }) => to > nowUs - lengthUs).length;
              assert.ok(inWindow <= limit, `${inWindow} calls in a window of ${limit}`);
            }
          },
        ),
        { numRuns: 12 },
      );
    });

    test('A13: calls that wait together get what they would get one after the other, whatever their counters', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 4 }),
          fc.array(
            fc.record({
              of: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 4 }),
              // Another limit for what is already counted, as after a policy was changed.
              less: fc.constantFrom(0, 0, 0, 0, 1),
              turns: fc.constantFrom(0, 0, 0, 1, 3),
            }),
            { minLength: 1, maxLength: 60 },
          ),
          async (limits, calls) => {
            // The last one is only monitored.
            const counters = [...limits, 3].map((limit, at) => ({
              ...sliding(limit, HOUR_US),
              isEnforced: at < limits.length,
            }));
            const used = counters.map(() => 0);
            const expected: string[] = [];
            const seen: Promise<Counted>[] = [];
            for (const { of, less, turns } of calls) {
              const asked = of.map((at) => ({ at, counter: lowered(must(counters[at]), less) }));
              const hasRoom = asked.every(
                ({ at, counter }) => !counter.isEnforced || must(used[at]) < counter.limit,
              );
              expected.push(hasRoom ? 'taken' : 'refused');
              for (const { at, counter } of hasRoom ? asked : []) {
                used[at] = Math.max(must(used[at]), Math.min(must(used[at]) + 1, counter.limit));
              }
              const counted = store.take(
                appId,
                asked.map(({ counter }) => counter),
              );
              seen.push(counted);
              for (let i = 0; i < turns; i += 1) await nextTurn();
            }
            const answers = await Promise.all(seen);
            assert.deepEqual(
              answers.map(({ outcome }) => outcome),
              expected,
            );
            // Who is refused is told of a counter that is full.
            for (const [at, { outcome, counts }] of answers.entries()) {
              const { of, less } = must(calls[at]);
              const isFull = of.some((which, i) => {
                const counter = lowered(must(counters[which]), less);
                return counter.isEnforced && must(counts[i]).used >= counter.limit;
              });
              assert.equal(isFull, outcome === 'refused');
            }
            const { counts } = await store.peek(appId, counters);
            assert.deepEqual(
              counts.map((count) => count.used),
              used,
            );
          },
        ),
        { numRuns: 150 },
      );
    });

    test('A13: a counter stays small, whatever its limit', async () => {
      const counter = sliding(1_000_000, 64_000, 1_000);
      for (let i = 0; i < 300; i += 1) await store.take(appId, [counter]);
      const { counts } = await store.peek(appId, [counter]);
      assert.ok((counts[0]?.cells.length ?? Infinity) <= 66, `${counts[0]?.cells.length} cells`);
    });

    test('A13, F21: 64 connections on crossing sets of counters never take one too many, and none waits for ever', async () => {
      const LIMIT = 500;
      const shared = sliding(LIMIT, HOUR_US, HOUR_US / 64);
      const others = Array.from({ length: 6 }, () => sliding(100_000, HOUR_US, HOUR_US / 64));
      const stores = await Promise.all([running.open(16), running.open(16)]);
      let taken = 0;
      const one = async (at: number): Promise<void> => {
        for (let i = 0; i < 15; i += 1) {
          // In every order: what is locked in the order asked for would deadlock.
          const asked = [shared, ...others].toSorted(() => ((at * 7 + i * 3) % 5) - 2);
          const { outcome } = await must(stores[at % 2]).take(appId, asked);
          if (outcome === 'taken') taken += 1;
        }
      };
      await Promise.all(Array.from({ length: 64 }, (_, at) => one(at)));
      assert.equal(taken, LIMIT);
      const { counts } = await store.peek(appId, [shared, ...others]);
      assert.deepEqual(
        counts.map(({ used }) => used),
        Array.from({ length: 7 }, () => LIMIT),
      );
      await Promise.all(stores.map((each) => each.close()));
    });
  });
}

describe('rows of counters in PostgreSQL', () => {
  test('I12, A13: a call that is decided again counts on the limits that are new, and on the others once', async () => {
    const urls = await (await testPostgres()).fresh();
    const store = new PostgresCounters(new Database({ url: urls.runtimeUrl, log: silentLog }));
    const limits = new Limits(store);
    const key = { key_id: newId(), agent_id: null, lineage_id: null, requests_per_minute: null };
    // Only what limits look at.
    const call = { appId: newId(), key: key as unknown as KeyRow, grantId: newId(), caller: null };
    const term = (limit: number): LimitTerm => ({
      policyId: newId(),
      name: 'p',
      mode: 'enforce',
      kind: 'rate',
      per: 'grant',
      limit,
      window: { type: 'sliding', seconds: 3600 },
    });
    const [old, added] = [term(5), term(1)];
    const taken = new Set<string>();
    // A server that has not heard of the second policy yet, and then has.
    await limits.take(call, [old], Date.now(), taken);
    await limits.take(call, [old, added], Date.now(), taken);
    await limits.take(call, [old, added], Date.now(), taken);
    const used = (await limits.usage(call, [old, added], Date.now())).map((one) => one.used);
    assert.deepEqual(used, [1, 1]);
    await assert.rejects(limits.take(call, [old, added], Date.now()), {
      code: 'rate_limited',
      policyId: added.policyId,
    });
    await store.close();
  });

  test('F3, A13: a call that waits for a counter that is held is refused in time, and the next one is counted', async () => {
    const urls = await (await testPostgres()).fresh();
    const store = new PostgresCounters(new Database({ url: urls.runtimeUrl, log: silentLog }));
    const appId = newId();
    const counter = sliding(100, HOUR_US);
    await store.take(appId, [counter]);
    const other = new Client({ connectionString: urls.ownerUrl });
    await other.connect();
    await other.query('BEGIN');
    await other.query('SELECT FROM limit_counters WHERE counter = $1 FOR UPDATE', [counter.id]);
    const startedAt = performance.now();
    await assert.rejects(store.take(appId, [counter]), { code: 'unavailable' });
    assert.ok(performance.now() - startedAt < 4_000);
    await other.query('COMMIT');
    await other.end();
    assert.equal((await store.take(appId, [counter])).outcome, 'taken');
    await store.close();
  });

  test('ended counters are deleted, live ones stay, and a clock that went back gives nothing back', async () => {
    const urls = await (await testPostgres()).fresh();
    const store = new PostgresCounters(new Database({ url: urls.runtimeUrl, log: silentLog }));
    const appId = newId();
    const live = sliding(2, HOUR_US);
    const ended = sliding(2, HOUR_US);
    for (const counter of [live, live, ended]) await store.take(appId, [counter]);
    await sql(
      urls.ownerUrl,
      "UPDATE limit_counters SET expires_at = now() - interval '1 hour' WHERE counter = $1",
      [ended.id],
    );
    assert.equal(await store.clean(), 1);
    const taken: Counted = await store.take(appId, [live]);
    assert.equal(taken.outcome, 'refused');
    assert.equal((await store.take(appId, [ended])).outcome, 'taken');
    // As if written by a clock that was a day ahead: it counts as made now, and ends with the window.
    await sql(
      urls.ownerUrl,
      'UPDATE limit_counters SET times = ARRAY(SELECT t + 86400000000 FROM unnest(times) AS t) WHERE counter = ANY ($1)',
      [[live.id, ended.id]],
    );
    assert.equal((await store.take(appId, [live])).outcome, 'refused');
    assert.equal((await store.take(appId, [ended])).outcome, 'taken');
    assert.equal((await store.take(appId, [ended])).outcome, 'refused');
    const [row] = await sql(
      urls.ownerUrl,
      'SELECT times[1] <= extract(epoch FROM now()) * 1000000 + 1 AS back FROM limit_counters WHERE counter = $1',
      [ended.id],
    );
    assert.equal(row?.['back'], true);
    await store.close();
  });
});

const lowered = (counter: Counter, by: number): Counter => ({
  ...counter,
  limit: Math.max(0, counter.limit - by),
});

function must<T>(value: T | undefined): T {
  assert.ok(value !== undefined);
  return value;
}
