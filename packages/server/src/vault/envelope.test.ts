import assert from 'node:assert/strict';
import { randomBytes, randomUUID, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { sealCommitted } from './committed.ts';
import { unwrapDataKey, wrapDataKey } from './data-key.ts';
import { DataKeyCache, openCredential, rewrapCredential, sealCredential } from './envelope.ts';
import type { Binding, SealedCredential } from './envelope.ts';
import { dataKeyContext, FIELD_BYTES_MAX, FIELD_NAME_BYTES_MAX, FIELDS_MAX } from './format.ts';
import { IntegrityError } from './integrity.ts';
import { Keyring, type KeyringRow } from './keyring.ts';
import { RootKey } from './root-key.ts';
import { Secret } from './secret.ts';

const DEPLOYMENT = randomUUID();
const { root } = RootKey.generate();
const row = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
const nextRow = Keyring.mint(root, DEPLOYMENT, 'wrap', 'active');
const macRow = Keyring.mint(root, DEPLOYMENT, 'mac', 'primary');
const keyring = open([row, nextRow, macRow]);

function open(rows: readonly KeyringRow[]): Keyring {
  return Keyring.open(root, undefined, DEPLOYMENT, rows);
}

function newBinding(): Binding {
  return {
    deploymentId: DEPLOYMENT,
    appId: randomUUID(),
    secretId: randomUUID(),
    version: 2,
    credentialType: 'basic',
    destinations: randomBytes(32),
  };
}

function secretsOf(fields: Readonly<Record<string, string>>): Map<string, Secret> {
  return new Map(Object.entries(fields).map(([name, value]) => [name, Secret.fromText(value)]));
}

function textsOf(fields: ReadonlyMap<string, Secret>): Record<string, string> {
  return Object.fromEntries([...fields].map(([name, value]) => [name, value.revealText()]));
}

const binding = newBinding();
const FIELDS = { username: 'ada', password: 'correct horse', note: '' };
const sealed = sealCredential(keyring, binding, secretsOf(FIELDS));

/** Without a cache, and with one that knows the genuine credential already. */
function assertRefused(of: Binding, stored: SealedCredential, by: Keyring = keyring): void {
  const cache = new DataKeyCache();
  openCredential(keyring, binding, sealed, cache);
  assert.throws(() => openCredential(by, of, stored), IntegrityError);
  assert.throws(() => openCredential(by, of, stored, cache), IntegrityError);
}

test('I1: what was sealed opens, with and without a cache, and is stored nowhere in clear', () => {
  const cache = new DataKeyCache();
  for (const use of [undefined, cache, cache])
    assert.deepEqual(textsOf(openCredential(keyring, binding, sealed, use)), FIELDS);
  const stored = Buffer.concat([sealed.wrappedKey, sealed.sealed]).toString('latin1');
  assert.ok(!stored.includes('correct horse') && !stored.includes('ada'));
});

test('I1: sealing keeps the values that the caller holds, and opens to copies of its own', () => {
  const fields = secretsOf({ token: 'abc' });
  const stored = sealCredential(keyring, binding, fields);
  for (const secret of openCredential(keyring, binding, stored).values()) secret.destroy();
  assert.deepEqual(textsOf(fields), { token: 'abc' });
  assert.deepEqual(textsOf(openCredential(keyring, binding, stored)), { token: 'abc' });
});

test('property: any fields and any bytes come back; no two sealings share a byte string', () => {
  const name = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 20 })
    .filter((text) => text.isWellFormed());
  const value = fc.uint8Array({ maxLength: 200 });
  fc.assert(
    fc.property(fc.dictionary(name, value, { minKeys: 1, maxKeys: 8 }), (raw) => {
      const given = new Map(
        Object.entries(raw).map(([field, bytes]) => [field, Secret.fromBytes(Buffer.from(bytes))]),
      );
      const of = newBinding();
      const one = sealCredential(keyring, of, given);
      const two = sealCredential(keyring, of, given);
      assert.ok(!one.sealed.equals(two.sealed) && !one.wrappedKey.equals(two.wrappedKey));
      const opened = openCredential(keyring, of, one);
      assert.deepEqual(new Set(opened.keys()), new Set(given.keys()));
      for (const [field, secret] of given) assert.ok(opened.get(field)?.reveal().equals(secret.reveal()));
    }),
    { numRuns: 60 },
  );
});

for (const part of ['wrappedKey', 'sealed'] as const) {
  test(`F14: every bit of ${part} flipped, every truncation and extensions are refused`, () => {
    const good = sealed[part];
    const refused = (bad: Buffer) =>
      assert.throws(() => openCredential(keyring, binding, { ...sealed, [part]: bad }), IntegrityError);
    for (let bit = 0; bit < 8 * good.length; bit += 1) {
      const bad = Buffer.from(good);
      bad.writeUInt8(bad.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      refused(bad);
    }
    for (let length = 0; length < good.length; length += 1) refused(good.subarray(0, length));
    for (const more of [Buffer.of(0), Buffer.alloc(16), good]) refused(Buffer.concat([good, more]));
    for (const less of [1, 4, 12]) refused(good.subarray(less));
  });
}

test('F14: a refused credential leaves a warm cache usable, and the cache no way round', () => {
  const cache = new DataKeyCache();
  openCredential(keyring, binding, sealed, cache);
  const bad = Buffer.from(sealed.wrappedKey);
  bad.writeUInt8(bad.readUInt8(40) ^ 1, 40);
  assertRefused(binding, { ...sealed, wrappedKey: bad });
  assert.throws(
    () => openCredential(keyring, binding, { ...sealed, wrappedKey: bad }, cache),
    IntegrityError,
  );
  assert.deepEqual(textsOf(openCredential(keyring, binding, sealed, cache)), FIELDS);
  assert.equal(cache.size, 1);
});

test('F14: random bytes are never taken for an envelope', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.boolean(), (bytes, hasHeader) => {
      const stored = hasHeader ? Buffer.concat([sealed.sealed.subarray(0, 4), bytes]) : Buffer.from(bytes);
      assert.throws(() => openCredential(keyring, binding, { ...sealed, sealed: stored }), IntegrityError);
    }),
  );
});

test('F14: another key id is refused: unknown, for another purpose, another wrapping key', () => {
  for (const keyId of [randomUUID(), macRow.keyId, nextRow.keyId, '', row.keyId.toUpperCase()])
    assertRefused(binding, { ...sealed, keyId });
});

test('I6: a key for another purpose unwraps nothing, even what it wrapped itself', () => {
  const context = dataKeyContext(macRow.keyId, binding);
  const bytes = unwrapDataKey(keyring, binding, sealed);
  const wrap = (key: KeyObject) => sealCommitted(key, { label: 'alter-vault/v1/data-key', context }, bytes);
  assertRefused(binding, { ...sealed, keyId: macRow.keyId, wrappedKey: wrap(keyring.primary('mac').key) });
});

test('I6, F15: a credential opens for no other secret, app, version, type, deployment or destinations', () => {
  const other = newBinding();
  const changes: Partial<Binding>[] = [
    { secretId: other.secretId },
    { appId: other.appId },
    { version: 1 },
    { version: 3 },
    { credentialType: 'bearer' },
    { deploymentId: randomUUID() },
    { destinations: other.destinations },
    { appId: binding.secretId, secretId: binding.appId },
  ];
  for (const change of changes) assertRefused({ ...binding, ...change }, sealed);
});

test('I6: each field carries the binding by itself, even when the wrap is made anew to match', () => {
  const bytes = unwrapDataKey(keyring, binding, sealed);
  const destinations = randomBytes(32);
  const wrappedFor = (of: Binding) => ({ ...wrapDataKey(keyring, of, bytes), sealed: sealed.sealed });
  const changes = [
    { secretId: randomUUID() },
    { appId: randomUUID() },
    { version: 9 },
    { credentialType: 'bearer' },
    { deploymentId: randomUUID() },
  ];
  for (const change of changes)
    assertRefused({ ...binding, ...change }, wrappedFor({ ...binding, ...change }));
  // The control: the same forging with what the fields are not bound to does open.
  const moved = { ...binding, destinations };
  assert.deepEqual(textsOf(openCredential(keyring, moved, wrappedFor(moved))), FIELDS);
});

test('F15: two versions of one secret, whole or in part, are not exchanged', () => {
  const older = { ...binding, version: 1 };
  const old = sealCredential(keyring, older, secretsOf(FIELDS));
  assert.deepEqual(textsOf(openCredential(keyring, older, old)), FIELDS);
  assertRefused(binding, old);
  assertRefused(binding, { ...sealed, wrappedKey: old.wrappedKey });
  assertRefused(binding, { ...sealed, sealed: old.sealed });
});

test('I6: another root or deployment does not open a restored row', () => {
  const deploymentId = randomUUID();
  const strange = Keyring.mint(root, deploymentId, 'wrap', 'primary');
  const elsewhere = Keyring.open(root, undefined, deploymentId, [strange]);
  assertRefused(binding, sealed, elsewhere);
  assertRefused({ ...binding, deploymentId }, { ...sealed, keyId: strange.keyId }, elsewhere);
});

test('F12: a disabled key neither opens nor moves, even when its data key is remembered', () => {
  const cache = new DataKeyCache();
  openCredential(keyring, binding, sealed, cache);
  const without = open([
    { ...row, state: 'disabled' },
    { ...nextRow, state: 'primary' },
  ]);
  assert.throws(() => openCredential(without, binding, sealed, cache), IntegrityError);
  assert.throws(() => rewrapCredential(without, binding, binding, sealed), IntegrityError);
});

test('F12: a re-wrap moves to the primary key and leaves the fields as they are', () => {
  const rotated = open([
    { ...row, state: 'active' },
    { ...nextRow, state: 'primary' },
  ]);
  const moved = rewrapCredential(rotated, binding, binding, sealed);
  assert.equal(moved.keyId, nextRow.keyId);
  assert.ok(moved.sealed.equals(sealed.sealed));
  assert.deepEqual(textsOf(openCredential(rotated, binding, sealed)), FIELDS);
  const after = open([
    { ...row, state: 'disabled' },
    { ...nextRow, state: 'primary' },
  ]);
  assert.deepEqual(textsOf(openCredential(after, binding, moved)), FIELDS);
});

test('I6: a re-wrap for other destinations opens for these only', () => {
  const narrower = { ...binding, destinations: randomBytes(32) };
  const moved = rewrapCredential(keyring, binding, narrower, sealed);
  assert.deepEqual(textsOf(openCredential(keyring, narrower, moved)), FIELDS);
  assertRefused(binding, moved);
  assertRefused(narrower, sealed);
});

test('I6: a re-wrap changes nothing but destinations, and needs the true ones', () => {
  const wrong = { ...binding, destinations: randomBytes(32) };
  assert.throws(() => rewrapCredential(keyring, wrong, binding, sealed), IntegrityError);
  for (const change of [
    { version: 3 },
    { appId: randomUUID() },
    { secretId: randomUUID() },
    { credentialType: 'bearer' },
    { deploymentId: randomUUID() },
  ])
    assert.throws(() => rewrapCredential(keyring, binding, { ...binding, ...change }, sealed), TypeError);
});

test('what no credential can be is refused before anything is sealed', () => {
  const seal = (fields: Map<string, Secret>, of: Binding = binding) => sealCredential(keyring, of, fields);
  const many = new Map(Array.from({ length: FIELDS_MAX + 1 }, (_, i) => [`f${i}`, Secret.fromText('x')]));
  assert.throws(() => seal(new Map()), TypeError);
  assert.throws(() => seal(many), TypeError);
  assert.throws(() => seal(secretsOf({ '': 'x' })), TypeError);
  assert.throws(() => seal(secretsOf({ ['n'.repeat(FIELD_NAME_BYTES_MAX + 1)]: 'x' })), TypeError);
  assert.throws(() => seal(secretsOf({ '\ud800': 'x' })), TypeError);
  assert.throws(() => seal(secretsOf({ token: 'x'.repeat(FIELD_BYTES_MAX + 1) })), TypeError);
  assert.throws(() => seal(secretsOf(FIELDS), { ...binding, version: 0 }), TypeError);
  assert.throws(() => seal(secretsOf(FIELDS), { ...binding, destinations: Buffer.alloc(31) }), TypeError);
  many.delete('f0');
  assert.equal(openCredential(keyring, binding, seal(many)).size, FIELDS_MAX);
});

test('the cache is bounded, drops the least recently used, and keeps nothing once destroyed', () => {
  const cache = new DataKeyCache(2);
  const stored = Array.from({ length: 3 }, () => ({ of: newBinding(), cacheKey: '' })).map(({ of }) => ({
    of,
    credential: sealCredential(keyring, of, secretsOf({ token: of.secretId })),
  }));
  for (const { of, credential } of stored) openCredential(keyring, of, credential, cache);
  assert.equal(cache.size, 2);
  for (const { of, credential } of stored)
    assert.deepEqual(textsOf(openCredential(keyring, of, credential, cache)), { token: of.secretId });
  cache.clear();
  assert.equal(cache.size, 0);
  cache.destroy();
  openCredential(keyring, binding, sealed, cache);
  assert.equal(cache.size, 0);
});
