/** The gathering alone, over a store that does what each test says. What real stores grant: test/limits-stores.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../refusal.ts';
import type { Counter } from './counters.ts';
import { Taking, type Ask, type Shared } from './taking.ts';

const counter = (id: string, limit = 1_000): Counter => ({
  id,
  limit,
  isEnforced: true,
  window: { kind: 'sliding', lengthUs: 1_000_000, grainUs: 1 },
});
const grantAll = (asks: readonly Ask[]): Shared => ({
  nowUs: 1,
  shares: asks.map(({ calls, counters }) => ({
    granted: calls,
    rest: 'again',
    before: counters.map(() => ({ used: 0, cells: [] })),
    after: [],
  })),
});
const [a, b] = [counter('a'), counter('b')];

test('what waits while a group is under way goes into one next group, in the order of its arrival', async () => {
  const groups: (readonly Ask[])[] = [];
  const first = Promise.withResolvers<void>();
  const taking = new Taking(async (asks) => {
    groups.push(asks);
    if (groups.length === 1) await first.promise;
    return grantAll(asks);
  });
  const started = taking.take('app', [a]);
  while (groups.length === 0) await new Promise(setImmediate);
  const waiting = [[a], [a], [a, b], [b], [a], [a]].map((counters) => taking.take('app', counters));
  waiting.push(taking.take('other', [a]), taking.take('app', [counter('a', 5)]), taking.take('app', [b]));
  first.resolve();
  await Promise.all([started, ...waiting]);
  const shown = groups.map((asks) =>
    asks.map(({ appId, counters, calls }) => `${appId} ${counters.map(({ id }) => id).join('')} ${calls}`),
  );
  assert.deepEqual(shown, [
    ['app a 1'],
    ['app a 2', 'app ab 1', 'app b 1', 'app a 2', 'other a 1'],
    // Another limit of a counter waits for the next group, and so does what came after it.
    ['app a 1', 'app b 1'],
  ]);
});

test('F3: who waits too long is refused, is not asked for any more, and holds up nobody afterwards', async () => {
  const hung = Promise.withResolvers<void>();
  let asked = 0;
  const taking = new Taking(
    async (asks) => {
      asked += asks.reduce((sum, { calls }) => sum + calls, 0);
      if (asked === 1) await hung.promise;
      return grantAll(asks);
    },
    { deadlineMs: 30 },
  );
  const first = taking.take('app', [a]);
  while (asked === 0) await new Promise(setImmediate);
  const results = await Promise.allSettled([first, taking.take('app', [b])]);
  assert.deepEqual(
    results.map((one) => one.status === 'rejected' && one.reason instanceof Refusal && one.reason.code),
    ['unavailable', 'unavailable'],
  );
  const next = taking.take('app', [a]);
  hung.resolve();
  assert.equal((await next).outcome, 'taken');
  assert.equal(asked, 2);
});

test('F3: the queue is bounded', async () => {
  const hung = Promise.withResolvers<void>();
  const taking = new Taking(async (asks) => hung.promise.then(() => grantAll(asks)), { waitingMax: 3 });
  const waiting = Array.from({ length: 3 }, () => taking.take('app', [a]));
  await assert.rejects(taking.take('app', [a]), { code: 'overloaded' });
  hung.resolve();
  for (const { outcome } of await Promise.all(waiting)) assert.equal(outcome, 'taken');
});

test('a store that can not be reached refuses all, and an ask that it can not take refuses only its own', async () => {
  const taking = new Taking((asks) => {
    if (asks.some(({ appId }) => appId === 'away')) return Promise.reject(new Refusal('unavailable'));
    if (asks.some(({ counters }) => counters.includes(b))) return Promise.reject(new RangeError('b'));
    return Promise.resolve(grantAll(asks));
  });
  const away = await Promise.allSettled([taking.take('app', [a]), taking.take('away', [a])]);
  assert.deepEqual(
    away.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  const bad = await Promise.allSettled([taking.take('app', [a]), taking.take('app', [b])]);
  assert.deepEqual(
    bad.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  );
});
