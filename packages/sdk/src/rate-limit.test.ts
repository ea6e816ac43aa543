import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseRateLimits } from './rate-limit.ts';

const parse = (state: string | undefined, policy?: string): unknown => {
  const headers = new Headers();
  if (state !== undefined) headers.set('ratelimit', state);
  if (policy !== undefined) headers.set('ratelimit-policy', policy);
  return parseRateLimits(headers);
};

test('both fields are joined by the name of the limit', () => {
  assert.deepEqual(
    parse('"calls";r=0;t=12, "a \\"b\\", c";r=5', '"calls";q=60;w=60;pk=:a=:,"daily";q=1000;w=86400'),
    [
      { name: 'calls', limit: 60, windowMs: 60_000, remaining: 0, resetMs: 12_000 },
      { name: 'a "b", c', limit: undefined, windowMs: undefined, remaining: 5, resetMs: undefined },
      { name: 'daily', limit: 1000, windowMs: 86_400_000, remaining: undefined, resetMs: undefined },
    ],
  );
});

test('lines of the same field are one list', () => {
  const headers = new Headers([
    ['RateLimit', 'a;r=1'],
    ['RateLimit', 'b; r=2 ;t=3'],
  ]);
  assert.deepEqual(
    parseRateLimits(headers)?.map(({ name, remaining, resetMs }) => [name, remaining, resetMs]),
    [
      ['a', 1, undefined],
      ['b', 2, 3_000],
    ],
  );
});

test('what can not be read is left out', () => {
  assert.equal(parse(undefined), undefined);
  for (const text of ['', ',', '=', '"open', '"a";r=-1', '"a";r=1.5', '"a";r=99999999999999999']) {
    const limits = parse(text);
    assert.ok(limits === undefined || !JSON.stringify(limits).includes('remaining'), text);
  }
});

test('A9: any field is read in time that grows no faster than the field', () => {
  const startedAt = performance.now();
  for (const text of [
    '"a' + '\\"'.repeat(1e5),
    `a${';a=1'.repeat(1e5)}!`,
    ';'.repeat(1e5),
    ' '.repeat(1e5),
    `a;b=${'"'.repeat(1e5)}`,
  ])
    parse(text.trim());
  assert.ok(performance.now() - startedAt < 500);
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('"', '\\', ';', ',', '=', 'a', '1', ' ') }),
      (text) => void parse(text),
    ),
  );
});
