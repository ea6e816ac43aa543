import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { IntegrityError } from './integrity.ts';
import { Keyring } from './keyring.ts';
import { RootKey } from './root-key.ts';
import { blobKeyId, openBlob, resealBlob, sealBlob } from './seal-blob.ts';
import { Secret } from './secret.ts';

const { root } = RootKey.generate();
const deploymentId = randomUUID();
const row = Keyring.mint(root, deploymentId, 'wrap', 'primary');
const next = Keyring.mint(root, deploymentId, 'wrap', 'active');
const keyring = Keyring.open(root, undefined, deploymentId, [row, next]);
const context = Buffer.from('member 1');
const blob = sealBlob(keyring, 'totp', context, Secret.fromText('JBSWY3DP'));

test('a blob opens as what it was sealed as, and names its key', () => {
  assert.equal(openBlob(keyring, 'totp', context, blob).revealText(), 'JBSWY3DP');
  assert.equal(blobKeyId(blob), row.keyId);
  assert.equal(
    openBlob(keyring, 'held', context, sealBlob(keyring, 'held', context, Secret.fromText(''))).byteLength,
    0,
  );
});

test('I6: a blob opens for no other label, context or deployment', () => {
  assert.throws(() => openBlob(keyring, 'held', context, blob), IntegrityError);
  assert.throws(() => openBlob(keyring, 'totp', Buffer.from('member 2'), blob), IntegrityError);
  assert.throws(() => openBlob(keyring, 'tot', Buffer.from('pmember 1'), blob), IntegrityError);
});

function assertRefused(bad: Buffer): void {
  assert.throws(() => openBlob(keyring, 'totp', context, bad), IntegrityError);
}

test('F14: every bit and every truncation of a blob', () => {
  for (let bit = 0; bit < 8 * blob.length; bit += 1) {
    const bad = Buffer.from(blob);
    bad.writeUInt8(bad.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assertRefused(bad);
  }
  for (let length = 0; length < blob.length; length += 1) assertRefused(blob.subarray(0, length));
  assertRefused(Buffer.concat([blob, Buffer.of(0)]));
});

test('F12: a blob is sealed anew under the primary key', () => {
  const rotated = Keyring.open(root, undefined, deploymentId, [
    { ...row, state: 'active' },
    { ...next, state: 'primary' },
  ]);
  const moved = resealBlob(rotated, 'totp', context, blob);
  assert.equal(blobKeyId(moved), next.keyId);
  const after = Keyring.open(root, undefined, deploymentId, [
    { ...row, state: 'disabled' },
    { ...next, state: 'primary' },
  ]);
  assert.equal(openBlob(after, 'totp', context, moved).revealText(), 'JBSWY3DP');
  assert.throws(() => openBlob(after, 'totp', context, blob), IntegrityError);
});
