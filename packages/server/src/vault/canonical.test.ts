import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { CANONICAL_DEPTH_MAX, canonicalJson, NotCanonical } from './canonical.ts';

test('canonical JSON: the form of RFC 8785', () => {
  assert.equal(canonicalJson({ b: 1, a: [true, null, 'x'] }), '{"a":[true,null,"x"],"b":1}');
  assert.equal(canonicalJson('€$\u000f\nA\'B"\\\\"/'), '"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"');
  assert.equal(
    canonicalJson([Number('333333333.33333329'), 1e30, 4.5, 2e-3, 1e-27, -0]),
    '[333333333.3333333,1e+30,4.5,0.002,1e-27,0]',
  );
  // Code units, not code points: U+1F600 (D83D DE00) stands before U+FB33.
  assert.equal(
    canonicalJson({ '\ufb33': 1, '\u{1f600}': 2, '\u20ac': 3, '\r': 4, 1: 5 }),
    '{"\\r":4,"1":5,"€":3,"😀":2,"\ufb33":1}',
  );
  assert.equal(canonicalJson(JSON.parse('{"__proto__":{"b":1},"a":2}')), '{"__proto__":{"b":1},"a":2}');
});

test('A11: what has no exact JSON form is refused', () => {
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const bad: unknown[] = [
    undefined,
    { a: undefined },
    [undefined],
    Object.assign([], { length: 1 }),
    NaN,
    Infinity,
    -Infinity,
    1n,
    Symbol('x'),
    () => 1,
  ];
  bad.push(
    '\ud800',
    { '\udc00': 1 },
    new Date(0),
    Buffer.of(1),
    new Map(),
    new URL('https://a.example'),
    new String('x'),
    cyclic,
  );
  for (const value of bad) assert.throws(() => canonicalJson(value), NotCanonical);
});

test('F19: depth is bounded at exactly the stated limit', () => {
  const nest = (depth: number): unknown => (depth === 0 ? 0 : [nest(depth - 1)]);
  assert.equal(canonicalJson(nest(CANONICAL_DEPTH_MAX)).length, 2 * CANONICAL_DEPTH_MAX + 1);
  assert.throws(() => canonicalJson(nest(CANONICAL_DEPTH_MAX + 1)), NotCanonical);
});

test('canonical JSON: keeps the value, whatever order the members came in', () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
      const text = canonicalJson(value);
      assert.deepEqual(JSON.parse(text), JSON.parse(JSON.stringify(value)));
      assert.equal(canonicalJson(reversed(value)), text);
    }),
  );
});

/** The same value with the members of every object the other way round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([name, member]) => [name, reversed(member)]),
  );
}
