import assert from 'node:assert/strict';
import { sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { IntegrityError, RootKeyMismatch } from './integrity.ts';
import { KEY_PURPOSES, Keyring, signingPair, type KeyringRow } from './keyring.ts';
import { RootKey } from './root-key.ts';

const DEPLOYMENT = '0199a3f0-0000-7000-8000-000000000001';
const { root, base64 } = RootKey.generate();

test('the root key: exactly 32 bytes in base64, one text for one key', () => {
  assert.equal(RootKey.fromBase64(`${base64}\n`).id, root.id);
  assert.match(root.id, /^[0-9a-f]{16}$/);
  const zeros = Buffer.alloc(32).toString('base64');
  const bad = [
    '',
    'x',
    Buffer.alloc(31).toString('base64'),
    Buffer.alloc(33).toString('base64'),
    zeros.slice(0, -1),
  ];
  bad.push(
    zeros.replace('A=', 'B='),
    zeros.replace('A', '-'),
    `${zeros.slice(0, 20)}\n${zeros.slice(20)}`,
    `${zeros}${zeros}`,
  );
  for (const text of bad) assert.throws(() => RootKey.fromBase64(text), TypeError);
});

test('I8: neither the root key nor its refusal prints the key', () => {
  const texts = [inspect(root, { showHidden: true, depth: 9 }), JSON.stringify(root), String(root)];
  const almost = base64.slice(0, -1);
  assert.throws(
    () => RootKey.fromBase64(almost),
    (error: Error) => texts.push(inspect(error)) > 0,
  );
  for (const text of texts) assert.ok(!text.includes(almost.slice(0, 12)));
});

test('a keyring opens what was minted, for every purpose', () => {
  const rows = KEY_PURPOSES.map((purpose) => Keyring.mint(root, DEPLOYMENT, purpose, 'primary'));
  const keyring = Keyring.open(root, undefined, DEPLOYMENT, rows);
  for (const row of rows) assert.equal(keyring.find(row.keyId)?.purpose, row.purpose);
  assert.equal(keyring.primary('wrap').keyId, rows[0]?.keyId);
  const { privateKey, publicKey } = keyring.primary('audit_sign');
  assert.ok(verify(null, Buffer.from('m'), publicKey, sign(null, Buffer.from('m'), privateKey)));
  const again = Keyring.open(root, undefined, DEPLOYMENT, rows);
  assert.ok(again.primary('mac').key.equals(keyring.primary('mac').key));
});

test('I6: an entry opens only with its id, purpose, deployment and root', () => {
  const row = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
  const other = Keyring.mint(root, DEPLOYMENT, 'wrap', 'active');
  const open = (changed: Partial<KeyringRow>, deployment = DEPLOYMENT) =>
    Keyring.open(root, undefined, deployment, [{ ...row, ...changed }]);
  assert.ok(open({}));
  assert.throws(() => open({ keyId: other.keyId }), IntegrityError);
  assert.throws(() => open({ purpose: 'mac' }), IntegrityError);
  assert.throws(() => open({ wrapped: other.wrapped }), IntegrityError);
  assert.throws(() => open({}, '0199a3f0-0000-7000-8000-000000000002'), IntegrityError);
  assert.throws(() => Keyring.open(RootKey.generate().root, undefined, DEPLOYMENT, [row]), RootKeyMismatch);
  assert.throws(() => open({ rootId: 'ffffffffffffffff' }), RootKeyMismatch);
  const stranger = RootKey.generate().root;
  // Another root that claims the entry: its id is right, its key is not.
  assert.throws(
    () => Keyring.open(stranger, undefined, DEPLOYMENT, [{ ...row, rootId: stranger.id }]),
    IntegrityError,
  );
});

test('F14: every bit of a wrapped entry, every truncation, an extension', () => {
  const row = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
  const refused = (wrapped: Buffer) =>
    assert.throws(() => Keyring.open(root, undefined, DEPLOYMENT, [{ ...row, wrapped }]), IntegrityError);
  for (let bit = 0; bit < 8 * row.wrapped.length; bit += 1) {
    const bad = Buffer.from(row.wrapped);
    bad.writeUInt8(bad.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    refused(bad);
  }
  for (let length = 0; length < row.wrapped.length; length += 1) refused(row.wrapped.subarray(0, length));
  refused(Buffer.concat([row.wrapped, Buffer.of(0)]));
});

test('F12: states: distributed and active open, only primary seals, disabled does neither', () => {
  const row = Keyring.mint(root, DEPLOYMENT, 'wrap', 'distributed');
  for (const state of ['distributed', 'active'] as const) {
    const keyring = Keyring.open(root, undefined, DEPLOYMENT, [{ ...row, state }]);
    assert.equal(keyring.find(row.keyId)?.state, state);
    assert.throws(() => keyring.primary('wrap'), IntegrityError);
  }
  const disabled = Keyring.open(root, undefined, DEPLOYMENT, [
    { ...row, state: 'disabled', wrapped: Buffer.alloc(0) },
  ]);
  assert.equal(disabled.find(row.keyId), undefined);
  assert.throws(() => disabled.primary('wrap'), IntegrityError);
});

test('a keyring with two primaries for one purpose, or one entry twice, is refused', () => {
  const a = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
  const b = Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary');
  assert.throws(() => Keyring.open(root, undefined, DEPLOYMENT, [a, b]), IntegrityError);
  assert.throws(
    () => Keyring.open(root, undefined, DEPLOYMENT, [a, { ...a, state: 'active' }]),
    IntegrityError,
  );
});

test('F13: entries move to another root key one by one, and open under both meanwhile', () => {
  const next = RootKey.generate().root;
  const rows = [
    Keyring.mint(root, DEPLOYMENT, 'wrap', 'primary'),
    Keyring.mint(root, DEPLOYMENT, 'mac', 'primary'),
  ];
  const before = Keyring.open(root, undefined, DEPLOYMENT, rows);
  const [first, second] = rows;
  assert.ok(first !== undefined && second !== undefined);
  const moved = Keyring.rewrapRow(first, root, next, DEPLOYMENT);
  assert.equal(moved.rootId, next.id);
  assert.equal(moved.keyId, first.keyId);
  const during = Keyring.open(next, root, DEPLOYMENT, [moved, second]);
  assert.ok(during.primary('wrap').key.equals(before.primary('wrap').key));
  assert.ok(during.primary('mac').key.equals(before.primary('mac').key));
  assert.throws(() => Keyring.open(next, undefined, DEPLOYMENT, [moved, second]), RootKeyMismatch);
  assert.throws(() => Keyring.rewrapRow(moved, root, next, DEPLOYMENT), RootKeyMismatch);
});

test('an Ed25519 pair comes from its seed as RFC 8032 §7.1 (test 2) has it, and the seed is zeroed', () => {
  const seed = Buffer.from('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb', 'hex');
  const { privateKey, publicKey } = signingPair(seed);
  const { x = '' } = publicKey.export({ format: 'jwk' });
  assert.equal(
    Buffer.from(x, 'base64url').toString('hex'),
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  );
  assert.equal(
    sign(null, Buffer.of(0x72), privateKey).toString('hex'),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  );
  assert.deepEqual(seed, Buffer.alloc(32));
});
