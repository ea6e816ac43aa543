import assert from 'node:assert/strict';
import { createSecretKey, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { FingerprintIndex, fingerprintsOf } from './fingerprint.ts';
import { Secret } from './secret.ts';

const key = createSecretKey(randomBytes(32));
const APP = '00000000-0000-7000-8000-000000000001';
const K = 'sk-live_4eC39HqLyjWDarjtT1zdp7dc';
const index = (...values: string[]): FingerprintIndex =>
  new FingerprintIndex(
    key,
    APP,
    values.flatMap((value) => fingerprintsOf(key, APP, Secret.fromText(value))),
  );

test('I8: a stored value is replaced wherever it stands as a word', () => {
  const found = index(K);
  for (const text of [K, `leak ${K} here`, `https://h/p/${K}/x?a=${K}&b=1`, `{"k":"${K}"}`, `Bearer ${K}`]) {
    assert.ok(!found.redact(text).includes(K), text);
  }
});

test('I8: other text stays as it is, also of the same length', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      assert.equal(index(K).redact(text), text);
    }),
  );
  assert.equal(index(K).redact('x'.repeat(K.length)), 'x'.repeat(K.length));
});

test('I8: words of a value with other characters are replaced each', () => {
  assert.equal(index('abcdefgh/12345678+zz').redact('abcdefgh/12345678+zz'), '[redacted]/[redacted]+zz');
});

test('I6: a fingerprint is of its key and app', () => {
  const value = Secret.fromText(K);
  assert.notDeepEqual(fingerprintsOf(key, APP, value), fingerprintsOf(key, APP.replace('1', '2'), value));
  assert.notDeepEqual(
    fingerprintsOf(key, APP, value),
    fingerprintsOf(createSecretKey(randomBytes(32)), APP, value),
  );
});
