import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { anyKeyFor } from '../explain.ts';
import type { LimitTerm } from '../policies/types.ts';
import { counterOf, EXACT_MAX, type LimitedCall } from './counters.ts';
import { LimitReplay } from './replay.ts';

const key = anyKeyFor({
  app_id: 'a',
  grant_id: 'g',
  secret_id: 's',
  cloned_from: null,
  principal_type: 'system',
  principal_id: null,
  label: null,
  expires_at: null,
  revoked_at: null,
  revoke_reason: null,
  created_by: null,
  created_at: new Date(0),
  epoch: 0n,
  mac: Buffer.alloc(0),
});
const callOf = (grantId: string): LimitedCall => ({ appId: 'a', key, grantId, caller: null });
const START = Date.parse('2026-10-24T20:00:00Z');

const window = fc.oneof(
  fc.record({ type: fc.constant('sliding' as const), seconds: fc.constantFrom(1, 10, 100) }),
  fc.record({ type: fc.constant('fixed' as const), seconds: fc.constantFrom(1, 10, 100) }),
  fc.record({
    type: fc.constant('period' as const),
    period: fc.constantFrom('hour' as const, 'day' as const),
    timezone: fc.constantFrom('UTC', 'Europe/Berlin', 'Australia/Lord_Howe'),
  }),
);
const calls = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 4_000_000 })),
    grantId: fc.constantFrom('g', 'h'),
    isCounted: fc.constantFrom(true, true, true, false),
  }),
  { maxLength: 60 },
);

describe('limits over past calls', () => {
  test('each verdict is that of counting again from the first call on', () => {
    fc.assert(
      fc.property(window, fc.integer({ min: 1, max: 6 }), calls, (one, limit, list) => {
        const term: LimitTerm = {
          policyId: 'p',
          name: 'p',
          mode: 'enforce',
          kind: 'rate',
          per: 'grant',
          limit,
          window: one,
        };
        const replay = new LimitReplay(term);
        const passed: { readonly grantId: string; readonly atMs: number }[] = [];
        let atMs = START;
        for (const { afterMs, grantId, isCounted } of list) {
          atMs += afterMs;
          const counter = counterOf(term, callOf(grantId), atMs);
          assert.ok(counter !== undefined && limit <= EXACT_MAX);
          // Its own count: calls of this grant after the window's beginning.
          const since =
            counter.window.kind === 'sliding'
              ? atMs - counter.window.lengthUs / 1000
              : counter.window.bordersUs[1] / 1000 - 1;
          const used = passed.filter((before) => before.grantId === grantId && before.atMs > since).length;
          const expected = used < limit ? 'pass' : 'deny';
          assert.equal(replay.judge(callOf(grantId), atMs, isCounted), expected);
          if (expected === 'pass' && isCounted) passed.push({ grantId, atMs });
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a large sliding window never lets more through than its limit', () => {
    const limit = 1000;
    const term: LimitTerm = {
      policyId: 'p',
      name: 'p',
      mode: 'enforce',
      kind: 'rate',
      per: 'grant',
      limit,
      window: { type: 'sliding', seconds: 60 },
    };
    const replay = new LimitReplay(term);
    const passed: number[] = [];
    for (let atMs = START; atMs < START + 600_000; atMs += 7) {
      if (replay.judge(callOf('g'), atMs, true) === 'pass') passed.push(atMs);
    }
    assert.ok(passed.every((atMs, i) => atMs - (passed[i - limit] ?? -Infinity) >= 60_000));
    assert.ok(passed.length > limit * 9, 'and hardly less');
  });
});
