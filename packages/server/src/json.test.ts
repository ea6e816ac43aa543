import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseJson } from './json.ts';
import { Refusal } from './refusal.ts';

const parse = (text: string): unknown => parseJson(Buffer.from(text));

/** The path of the only issue that the text is refused with. */
function refusedAt(input: string | Uint8Array): string | undefined {
  try {
    parseJson(typeof input === 'string' ? Buffer.from(input) : input);
  } catch (thrown) {
    assert.ok(thrown instanceof Refusal && thrown.code === 'invalid_request');
    assert.equal(thrown.issues?.length, 1);
    return thrown.issues?.[0]?.path;
  }
  return assert.fail('it was not refused');
}

test('A11: what JSON.stringify writes is read as it was', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const text = JSON.stringify(value);
      if (text.includes('\\u0000') || /"(?:__proto__|constructor|prototype)"/.test(text)) return;
      assert.deepEqual(parse(text), JSON.parse(text));
    }),
  );
});

test('A11: a key that is there twice is refused with its path, however it is written', () => {
  assert.equal(refusedAt('{"a":1,"a":2}'), 'a');
  assert.equal(refusedAt('{"a":1,"\\u0061":1}'), 'a');
  assert.equal(refusedAt('{"x":[{},{"b" :{"c":1, "c"\n:1}}]}'), 'x.1.b.c');
  assert.deepEqual(parse('{"a":{"a":["a","a",{"a":"a"}]},"b":"a"}'), {
    a: { a: ['a', 'a', { a: 'a' }] },
    b: 'a',
  });
});

test('A10: keys that reach a prototype are refused, however they are written', () => {
  assert.equal(refusedAt('{"__proto__":{"admin":true}}'), '__proto__');
  assert.equal(refusedAt('{"a":{"\\u005f_proto__":1}}'), 'a.__proto__');
  assert.equal(refusedAt('{"constructor":{"prototype":{}}}'), 'constructor');
  assert.equal(refusedAt('[{"prototype":1}]'), '0.prototype');
});

test('A11: strings that the database can not store are refused', () => {
  assert.equal(refusedAt('{"a":["x","\\u0000"]}'), 'a.1');
  assert.equal(refusedAt('{"a":"\\ud800"}'), 'a');
  assert.equal(refusedAt('{"\\udc00":1}'), 'body');
  assert.deepEqual(parse('{"a":"\\ud83d\\ude00"}'), { a: '😀' });
});

test('A11: depth is bounded, and a bomb costs no stack', () => {
  assert.equal(refusedAt('['.repeat(65) + ']'.repeat(65)), 'body');
  assert.equal(refusedAt('['.repeat(100_000)), 'body');
  assert.equal(refusedAt('{"a":'.repeat(100_000)), 'body');
  assert.equal(refusedAt(`${'['.repeat(100_000)}${']'.repeat(100_000)}`), 'body');
  assert.ok(Array.isArray(parse('['.repeat(64) + ']'.repeat(64))));
});

test('A11: bytes that are no UTF-8, and a byte order mark, are refused', () => {
  assert.equal(refusedAt(Buffer.from([0x22, 0xe9, 0x22])), 'body');
  assert.equal(refusedAt(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])), 'body');
  assert.equal(refusedAt(Buffer.from([0x22, 0xc0, 0xaf, 0x22])), 'body');
  assert.equal(refusedAt('\ufeff{}'), 'body');
});
