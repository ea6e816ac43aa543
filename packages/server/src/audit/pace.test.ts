import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pace } from './pace.ts';

/** `at(ms)`: a pace whose latest group was begun so long ago, for `callers`, on an event loop that worked for this part of the time. */
const paceOf = (work: number, callers: number): { at: (ms: number) => Pace } => {
  let now = 1_000;
  const pace = new Pace({ now: () => now, work: () => work });
  pace.begin(callers);
  return {
    at: (ms) => {
      now = 1_000 + ms;
      return pace;
    },
  };
};

test('a crowd on a busy server is gathered until 8 ms after the group before', () => {
  const busy = paceOf(0.95, 64);
  assert.equal(busy.at(0).waitMs(40, 20), 8);
  assert.equal(busy.at(5).waitMs(40, 20), 3);
  assert.equal(busy.at(8).waitMs(40, 20), 0);
  assert.equal(busy.at(500).waitMs(40, 20), 0);
});

test('nobody is kept waiting where there is time, or where company is enough', () => {
  assert.equal(paceOf(0.5, 64).at(0).waitMs(40, 20), 0, 'the event loop rests');
  assert.equal(paceOf(0.95, 7).at(0).waitMs(10, 7), 0, 'few callers');
  assert.equal(paceOf(0.95, 64).at(0).waitMs(128, 64), 0, 'the group is large');
  assert.equal(new Pace({ work: () => 1 }).waitMs(1, 1), 0, 'the first call');
});

test('outcomes that nobody waits for wait for a call that takes them along, unless they are many', () => {
  assert.equal(paceOf(0, 0).at(0).waitMs(5, 0), 10);
  assert.equal(paceOf(0.95, 64).at(0).waitMs(5, 0), 10);
  assert.equal(paceOf(0, 0).at(0).waitMs(128, 0), 0);
});

test('unless told otherwise it asks the event loop that it runs in', async () => {
  await new Promise(setImmediate);
  const pace = new Pace({ now: () => 0 });
  const end = performance.now() + 20;
  while (performance.now() < end);
  pace.begin(64);
  assert.equal(pace.waitMs(1, 1), 8, 'it has worked all the time');
});
