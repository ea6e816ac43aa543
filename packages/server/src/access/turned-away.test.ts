import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import type { AuditEvent } from '../audit/event.ts';
import type { KeyRow } from '../store/deciding.ts';
import type { TurnedAway } from './authenticate.ts';
import { TurnedAwayLog } from './turned-away.ts';

const APP = '01939f00-0000-7000-8000-000000000001';

function turned(keyId: string, why: TurnedAway['why'] = 'key_revoked'): TurnedAway {
  return { appId: APP, key: { key_id: keyId, prefix: 'p', agent_id: null } as KeyRow, why };
}
const from = { mode: 'proxy', ip: '203.0.113.9' } as const;

function started() {
  const events: AuditEvent[] = [];
  const log = new TurnedAwayLog({
    record: async (event) => events.push(event),
    clock: { now: () => Date.now() },
    log: pino({ level: 'silent' }),
  });
  const counts = (): unknown[] => events.map((event) => event.context?.['calls'] ?? 'first');
  return { log, events, counts };
}

test('A15: a denial is written behind the answer, not within it', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
  const { log, events } = started();
  log.note(turned('a'), from);
  assert.equal(events.length, 0);
  t.mock.timers.tick(0);
  assert.equal(events.length, 1);
  assert.equal(events[0]?.actor.keyId, 'a');
  assert.deepEqual(events[0]?.flags, ['key_revoked']);
});

test('whoever holds a revoked key makes one event a minute, which tells how many calls it stands for', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
  const { log, counts } = started();
  for (let n = 0; n < 1_000; n += 1) log.note(turned('a'), from);
  t.mock.timers.tick(59_999);
  assert.deepEqual(counts(), ['first']);
  t.mock.timers.tick(1);
  assert.deepEqual(counts(), ['first', 999]);
  for (let n = 0; n < 600; n += 1) {
    log.note(turned('a'), from);
    t.mock.timers.tick(1_000);
  }
  assert.deepEqual(counts().slice(2), Array(10).fill(60));
  // Quiet for two minutes: the next is a first one again.
  t.mock.timers.tick(120_000);
  assert.equal(counts().length, 12);
  log.note(turned('a'), from);
  t.mock.timers.tick(0);
  assert.equal(counts().at(-1), 'first');
});

test('each key and each cause is written by itself, and what is left at the end is written too', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setImmediate', 'Date'] });
  const { log, events } = started();
  for (let n = 0; n < 3; n += 1) {
    log.note(turned('a'), from);
    log.note(turned('a', 'key_address'), from);
    log.note(turned('b'), from);
  }
  t.mock.timers.tick(0);
  assert.equal(events.length, 3);
  log.flush();
  assert.deepEqual(
    events.slice(3).map((event) => [event.actor.keyId, event.flags[0], event.context?.['calls']]),
    [
      ['a', 'key_revoked', 2],
      ['a', 'key_address', 2],
      ['b', 'key_revoked', 2],
    ],
  );
  t.mock.timers.tick(600_000);
  assert.equal(events.length, 6);
});
