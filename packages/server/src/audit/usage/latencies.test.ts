import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LATENCY_BASE, percentile } from './latencies.ts';

const classOf = (ms: number): number => Math.floor(Math.log(ms + 1) / Math.log(LATENCY_BASE));

test('a percentile is within 5 % of the exact one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000_000 }), { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 1),
      (latencies, share) => {
        const exact = latencies.toSorted((a, b) => a - b)[Math.ceil(latencies.length * share) - 1] ?? 0;
        const found = percentile(
          latencies.map((ms) => ({ class: classOf(ms), count: 1 })),
          share,
        );
        assert.ok(
          found !== null && Math.abs(found - exact) <= 0.05 * (exact + 1) + 0.5,
          `${found}, ${exact}`,
        );
      },
    ),
  );
});

test('of nothing there is no percentile', () => {
  assert.equal(percentile([], 0.5), null);
});
