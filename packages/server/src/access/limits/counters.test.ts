import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyRow } from '../../store/deciding.ts';
import type { LimitTerm } from '../policies/types.ts';
import { counterOf, passesAtUs, type LimitedCall } from './counters.ts';

const key = { key_id: '019a0000-0000-7000-8000-000000000001', agent_id: null, lineage_id: null };
const call = (more: Partial<LimitedCall> = {}): LimitedCall => ({
  appId: '019a0000-0000-7000-8000-00000000000a',
  // Only what counters look at.
  key: key as unknown as KeyRow,
  grantId: '019a0000-0000-7000-8000-000000000002',
  caller: null,
  ...more,
});
const term = (more: Partial<LimitTerm> = {}): LimitTerm => ({
  policyId: '019a0000-0000-7000-8000-000000000003',
  name: 'p',
  mode: 'enforce',
  kind: 'rate',
  per: 'grant',
  limit: 10,
  window: { type: 'sliding', seconds: 64 },
  ...more,
});
const NOW = Date.parse('2026-06-15T12:00:00Z');
const idOf = (of: LimitTerm, by: LimitedCall = call()): string | undefined => counterOf(of, by, NOW)?.id;

test('a counter goes on under another limit, and begins anew with another window, mode, policy or subject', () => {
  const id = idOf(term());
  assert.match(id ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.equal(idOf(term({ limit: 11 })), id);
  const others = [
    idOf(term({ window: { type: 'fixed', seconds: 64 } })),
    idOf(term({ window: { type: 'sliding', seconds: 65 } })),
    idOf(term({ mode: 'monitor' })),
    idOf(term({ per: 'key' })),
    idOf(term({ policyId: '019a0000-0000-7000-8000-000000000004' })),
    idOf(term(), call({ grantId: '019a0000-0000-7000-8000-000000000005' })),
  ];
  assert.equal(new Set([id, ...others]).size, others.length + 1);
});

test('a clone counts with the grant that the policy was made for', () => {
  const bound = term({ grantId: '019a0000-0000-7000-8000-000000000002' });
  assert.equal(idOf(bound, call({ grantId: '019a0000-0000-7000-8000-000000000009' })), idOf(bound));
});

test('made-up callers share a bounded number of counters', () => {
  const perCaller = term({ per: 'caller' });
  const ids = new Set(
    Array.from({ length: 200_000 }, (_, i) => idOf(perCaller, call({ caller: `made-up-${i}` }))),
  );
  assert.ok(ids.size <= 65_536 && ids.size > 60_000, `${ids.size} counters`);
  assert.notEqual(
    idOf(perCaller, call({ caller: 'email-bot' })),
    idOf(perCaller, call({ caller: 'report-bot' })),
  );
  assert.equal(
    idOf(perCaller, call({ caller: 'email-bot' })),
    idOf(perCaller, call({ caller: 'email-bot' })),
  );
});

test('a window up to 64 calls is exact, a larger one has grains of a 64th', () => {
  assert.deepEqual(counterOf(term({ limit: 64 }), call(), NOW)?.window, {
    kind: 'sliding',
    lengthUs: 64e6,
    grainUs: 1,
  });
  assert.deepEqual(counterOf(term({ limit: 65 }), call(), NOW)?.window, {
    kind: 'sliding',
    lengthUs: 64e6,
    grainUs: 1e6,
  });
});

test('a call may pass when enough of the calls before it are over', () => {
  const counter = counterOf(term({ limit: 3 }), call(), NOW);
  assert.ok(counter !== undefined);
  const now = NOW * 1000;
  const cells = [
    { atUs: now - 70e6, count: 5 }, // over already
    { atUs: now - 30e6, count: 1 },
    { atUs: now - 20e6, count: 2 },
  ];
  assert.equal(passesAtUs(counter, { used: 3, cells }, now), now + 34e6);
  // The limit was lowered since: one must wait for more of them.
  assert.equal(passesAtUs({ ...counter, limit: 1 }, { used: 3, cells }, now), now + 44e6);
  assert.equal(passesAtUs({ ...counter, limit: 4 }, { used: 3, cells }, now), now);
});

test('a term in a zone that does not exist has no counter', () => {
  const window = { type: 'period', period: 'day', timezone: 'Mars/Olympus_Mons' } as const;
  assert.equal(counterOf(term({ kind: 'quota', window }), call(), NOW), undefined);
});
