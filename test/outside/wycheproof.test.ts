/**
 * The vault's own primitives against Project Wycheproof. Each file states which of its cases apply; cases outside what we
 * use (other key and nonce lengths) must be refused, not silently skipped. AES key wrap is not used and not held here.
 */
import assert from 'node:assert/strict';
import { createPublicKey, createSecretKey, verify, type webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { aeadOpen, aeadSeal, KEY_BYTES, NONCE_BYTES } from '../../packages/server/src/vault/aead.ts';
import { bytesEqual, hkdfSha256, hmacSha256 } from '../../packages/server/src/vault/hash.ts';
import { IntegrityError } from '../../packages/server/src/vault/integrity.ts';
import { skipWithoutVectors, vectorsDir } from '../vectors.ts';

type Texts<Name extends string> = { readonly [Each in Name]: string };
interface Case {
  readonly tcId: number;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

/** The shape is Wycheproof's published schema; a case that lacks a member fails its test. */
function readGroups<Group>(file: string): readonly Group[] {
  const content = JSON.parse(readFileSync(`${vectorsDir}wycheproof/${file}`, 'utf8')) as {
    testGroups: readonly Group[];
  };
  return content.testGroups;
}

const unhex = (text: string) => Buffer.from(text, 'hex');

test('Wycheproof AES-GCM: our seal and open, every case', { skip: skipWithoutVectors }, () => {
  type Aead = Case & Texts<'key' | 'iv' | 'aad' | 'msg' | 'ct' | 'tag'>;
  const counts = { valid: 0, invalid: 0, refused: 0 };
  for (const each of readGroups<{ tests: readonly Aead[] }>('aes_gcm_test.json').flatMap(
    (group) => group.tests,
  )) {
    const [keyBytes, nonce, aad, message] = [
      unhex(each.key),
      unhex(each.iv),
      unhex(each.aad),
      unhex(each.msg),
    ];
    const [key, sealed] = [createSecretKey(keyBytes), unhex(each.ct + each.tag)];
    if (keyBytes.length !== KEY_BYTES || nonce.length !== NONCE_BYTES) {
      assert.throws(() => aeadOpen(key, nonce, aad, sealed), `case ${each.tcId} is outside what we use`);
      assert.throws(() => aeadSeal(key, nonce, aad, message), `case ${each.tcId} is outside what we use`);
      counts.refused += 1;
    } else if (each.result === 'valid') {
      assert.deepEqual(aeadOpen(key, nonce, aad, sealed), message, `case ${each.tcId}`);
      assert.deepEqual(aeadSeal(key, nonce, aad, message), sealed, `case ${each.tcId}`);
      for (const tagBytes of [0, 4, 8, 12, 15])
        assert.throws(
          () => aeadOpen(key, nonce, aad, sealed.subarray(0, sealed.length - 16 + tagBytes)),
          IntegrityError,
        );
      counts.valid += 1;
    } else {
      assert.throws(() => aeadOpen(key, nonce, aad, sealed), IntegrityError, `case ${each.tcId}`);
      counts.invalid += 1;
    }
  }
  assert.deepEqual(counts, { valid: 39, invalid: 27, refused: 250 });
});

test('Wycheproof HKDF-SHA-256: our derivation, every case', { skip: skipWithoutVectors }, () => {
  type Hkdf = Case & Texts<'ikm' | 'salt' | 'info' | 'okm'> & { readonly size: number };
  const cases = readGroups<{ tests: readonly Hkdf[] }>('hkdf_sha256_test.json').flatMap(
    (group) => group.tests,
  );
  for (const each of cases) {
    const derive = () =>
      hkdfSha256(createSecretKey(unhex(each.ikm)), unhex(each.salt), unhex(each.info), each.size);
    if (each.result === 'valid') assert.equal(derive().toString('hex'), each.okm, `case ${each.tcId}`);
    else assert.throws(derive, `case ${each.tcId}`);
  }
  assert.equal(cases.length, 86);
});

test('Wycheproof HMAC-SHA-256: our MAC and comparison, every case', { skip: skipWithoutVectors }, () => {
  type Mac = Case & Texts<'key' | 'msg' | 'tag'>;
  const groups = readGroups<{ tests: readonly Mac[]; tagSize: number }>('hmac_sha256_test.json');
  let seen = 0;
  for (const group of groups)
    for (const each of group.tests) {
      const mac = hmacSha256(createSecretKey(unhex(each.key)), unhex(each.msg));
      const tag = unhex(each.tag);
      // A cut tag is right in its bytes, and ours never takes one.
      assert.equal(
        bytesEqual(mac, tag),
        each.result === 'valid' && group.tagSize === 256,
        `case ${each.tcId}`,
      );
      assert.equal(
        bytesEqual(mac.subarray(0, group.tagSize / 8), tag),
        each.result === 'valid',
        `case ${each.tcId}`,
      );
      seen += 1;
    }
  assert.equal(seen, 174);
});

test(
  'Wycheproof Ed25519: the verification that checkpoints rest on, every case',
  { skip: skipWithoutVectors },
  () => {
    interface Group {
      readonly tests: readonly (Case & Texts<'msg' | 'sig'>)[];
      readonly publicKeyJwk: webcrypto.JsonWebKey;
    }
    let seen = 0;
    for (const group of readGroups<Group>('ed25519_test.json')) {
      const publicKey = createPublicKey({ key: group.publicKeyJwk, format: 'jwk' });
      for (const each of group.tests) {
        const isValid = verify(null, unhex(each.msg), publicKey, unhex(each.sig));
        assert.equal(isValid, each.result === 'valid', `case ${each.tcId}`);
        seen += 1;
      }
    }
    assert.equal(seen, 151);
  },
);
