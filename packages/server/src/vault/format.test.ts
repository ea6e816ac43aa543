import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { decodeFields, encodeFields, FIELDS_MAX, orderFields, type SealedField } from './format.ts';
import { randomBytes, randomUUID } from 'node:crypto';
import { openCredential, sealCredential, type Binding } from './envelope.ts';
import { IntegrityError } from './integrity.ts';
import { Keyring } from './keyring.ts';
import { lengthPrefixed } from './parts.ts';
import { RootKey } from './root-key.ts';
import { Secret } from './secret.ts';

const field = (name: string, byteLength = 16): SealedField => ({
  name,
  nonce: Buffer.alloc(12, 1),
  ciphertext: Buffer.alloc(byteLength, 2),
});

test('F14: the decoder takes what the encoder makes, and nothing that it would not', () => {
  const good = [field('a'), field('b', 20), field('bb'), field('é')];
  assert.deepEqual(decodeFields(encodeFields(good)), good);
  const bad: SealedField[][] = [
    [],
    [field('b'), field('a')],
    [field('a'), field('a')],
    [field('')],
    [field('a', 15)],
    [field('a', 64 * 1024 + 17)],
    Array.from({ length: FIELDS_MAX + 1 }, (_, i) => field(String(i).padStart(3, '0'))),
  ];
  for (const fields of bad) assert.throws(() => decodeFields(encodeFields(fields)), IntegrityError);
  const invalidUtf8 = encodeFields([field('a')]);
  invalidUtf8.writeUInt8(0xff, 6);
  assert.throws(() => decodeFields(invalidUtf8), IntegrityError);
  const otherVersion = encodeFields(good);
  otherVersion.writeUInt8(2, 3);
  assert.throws(() => decodeFields(otherVersion), IntegrityError);
});

test('the order of fields is that of their UTF-8 bytes', () => {
  assert.deepEqual(orderFields(['\u{1f600}', '\ufb33', 'b', 'a', 'B']), [
    'B',
    'a',
    'b',
    '\ufb33',
    '\u{1f600}',
  ]);
});

test('property: length prefixes keep lists of parts apart', () => {
  const list = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.string()), { maxLength: 4 });
  fc.assert(
    fc.property(list, list, (a, b) => {
      fc.pre(a.every((part) => part.isWellFormed()) && b.every((part) => part.isWellFormed()));
      const isSame = a.length === b.length && a.every((part, i) => part === b[i]);
      assert.equal(lengthPrefixed(a).equals(lengthPrefixed(b)), isSame);
      assert.ok(lengthPrefixed(a).equals(lengthPrefixed(a.map((part) => Buffer.from(part)))));
    }),
  );
  assert.equal(lengthPrefixed(['ab', Buffer.of(255), '']).toString('hex'), '00000002616200000001ff00000000');
  assert.throws(() => lengthPrefixed(['\ud800']), TypeError);
});

test('F15: a field dropped, added, renamed, reordered or exchanged is found', () => {
  const { root } = RootKey.generate();
  const deploymentId = randomUUID();
  const keyring = Keyring.open(root, undefined, deploymentId, [
    Keyring.mint(root, deploymentId, 'wrap', 'primary'),
  ]);
  const binding: Binding = {
    deploymentId,
    appId: randomUUID(),
    secretId: randomUUID(),
    version: 1,
    credentialType: 'api_key',
    destinations: randomBytes(32),
  };
  const stored = sealCredential(
    keyring,
    binding,
    new Map(['a', 'b', 'c'].map((name) => [name, Secret.fromText(`value ${name}`)])),
  );
  const [a, b, c] = decodeFields(stored.sealed);
  assert.ok(a !== undefined && b !== undefined && c !== undefined);
  const forged: SealedField[][] = [
    [a, b],
    [b, c],
    [a, c],
    [a],
    [c],
    [a, b, c, { ...c, name: 'd' }],
    [{ ...a, name: '0' }, b, c],
    [{ ...b, name: 'a' }, { ...a, name: 'b' }, c],
    [a, { ...a, name: 'b' }, c],
    [a, { ...b, ciphertext: c.ciphertext }, c],
    [a, { ...b, nonce: c.nonce }, c],
    [c, b, a],
    [a, a, b, c],
  ];
  for (const fields of forged)
    assert.throws(
      () => openCredential(keyring, binding, { ...stored, sealed: encodeFields(fields) }),
      IntegrityError,
    );
  assert.equal(openCredential(keyring, binding, { ...stored, sealed: encodeFields([a, b, c]) }).size, 3);
});

test('HAZARDS 17: a tag of 4, 8 or 12 bytes is refused, with the length field made to fit', () => {
  const { root } = RootKey.generate();
  const keyring = Keyring.open(root, undefined, 'd', [Keyring.mint(root, 'd', 'wrap', 'primary')]);
  const binding = {
    deploymentId: 'd',
    appId: 'a',
    secretId: 's',
    version: 1,
    credentialType: 'bearer',
    destinations: randomBytes(32),
  };
  const stored = sealCredential(keyring, binding, new Map([['token', Secret.fromText('x'.repeat(40))]]));
  const [token] = decodeFields(stored.sealed);
  assert.ok(token !== undefined);
  for (const cut of [1, 4, 8, 12]) {
    const short = encodeFields([{ ...token, ciphertext: token.ciphertext.subarray(0, -cut) }]);
    assert.throws(() => openCredential(keyring, binding, { ...stored, sealed: short }), IntegrityError);
  }
});
