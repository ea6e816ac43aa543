import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { hmacSha256 } from './hash.ts';
import { IntegrityError } from './integrity.ts';
import { boundaryMac, macEquals, rowMac, SetDigest } from './mac.ts';
import { lengthPrefixed } from './parts.ts';

const key = createSecretKey(randomBytes(32));
const otherKey = createSecretKey(randomBytes(32));

function digestOf(macs: readonly Buffer[], by: KeyObject = key): Buffer {
  const set = SetDigest.empty(by);
  for (const mac of macs) set.add(mac);
  return set.bytes;
}

test('I6: the MAC of a row changes with its table, any column, a column more or less, and the key', () => {
  const row = { grant_id: 'g', app_id: 'a', expires_at: null };
  const mac = rowMac(key, 'grants', row);
  assert.ok(macEquals(mac, rowMac(key, 'grants', { expires_at: null, app_id: 'a', grant_id: 'g' })));
  const others = [
    rowMac(key, 'agents', row),
    rowMac(otherKey, 'grants', row),
    rowMac(key, 'grants', { ...row, expires_at: 'null' }),
    rowMac(key, 'grants', { ...row, extra: null }),
    rowMac(key, 'grants', { grant_id: 'g', app_id: 'a' }),
    rowMac(key, 'grants', { ...row, grant_id: 'a', app_id: 'g' }),
  ];
  for (const other of others) assert.ok(!macEquals(mac, other));
});

test('I6: a MAC of another length is unequal, not an error', () => {
  assert.ok(!macEquals(Buffer.alloc(32), Buffer.alloc(31)));
  assert.ok(!macEquals(Buffer.alloc(0), Buffer.alloc(32)));
});

test('I6: the set digest is the same whatever the order and whatever came and went', () => {
  const mac = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(mac, { maxLength: 12 }), fc.array(mac, { maxLength: 12 }), (kept, gone) => {
      const set = SetDigest.empty(key);
      for (const each of gone) set.add(each);
      for (const each of kept.toReversed()) set.add(each);
      for (const each of gone) set.remove(each);
      assert.deepEqual(set.bytes, digestOf(kept));
    }),
  );
});

test('I6: the set digest goes on from its bytes', () => {
  const macs = Array.from({ length: 5 }, () => randomBytes(32));
  const set = SetDigest.fromBytes(key, digestOf(macs.slice(0, 3)));
  set.remove(macs[0] ?? Buffer.alloc(0));
  set.add(macs[3] ?? Buffer.alloc(0));
  set.add(macs[4] ?? Buffer.alloc(0));
  assert.deepEqual(set.bytes, digestOf(macs.slice(1)));
});

test('F15: a row deleted, added, doubled or copied back shows in the set digest', () => {
  const [a = Buffer.alloc(0), b = Buffer.alloc(0), c = Buffer.alloc(0)] = Array.from({ length: 3 }, () =>
    randomBytes(32),
  );
  const before = digestOf([a, b]);
  for (const macs of [[a], [b], [], [a, b, c], [a, b, b], [a, a, b], [a, c]])
    assert.ok(!macEquals(before, digestOf(macs)));
  assert.ok(!macEquals(before, digestOf([a, b], otherKey)));
});

test('I6: the set digest is the sum modulo 2^256, as arithmetic on big integers has it', () => {
  const hmac = (label: string, bytes: Buffer) => hmacSha256(key, lengthPrefixed([label, bytes]));
  const macs = Array.from({ length: 9 }, () => randomBytes(32));
  const elements = macs.map((mac) => littleEndian(hmac('alter-vault/v1/set-element', mac)));
  const [first = 0n, ...others] = elements;
  const total = BigInt.asUintN(256, others.reduce((sum, element) => sum + element, 0n) - first);
  const sum = Buffer.from(Buffer.from(total.toString(16).padStart(64, '0'), 'hex').toReversed());
  const set = SetDigest.empty(key);
  macs.forEach((mac, i) => (i === 0 ? set.remove(mac) : set.add(mac)));
  assert.deepEqual(set.bytes.subarray(0, 32), hmac('alter-vault/v1/set-tag', sum));
});

test('I6: stored set digests do not reveal the elements between them', () => {
  // If the sum were stored as it is, one row would change it by the same amount whatever else is in the set.
  const [row, one, two] = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const step = (base: Buffer) =>
    BigInt.asUintN(
      256,
      littleEndian(digestOf([base, row]).subarray(32)) - littleEndian(digestOf([base]).subarray(32)),
    );
  assert.notEqual(step(one), step(two));
});

/** The number that these bytes are with their little end first. */
function littleEndian(bytes: Buffer): bigint {
  return BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
}

test('F15: bytes that are no set digest of this key are refused', () => {
  const bytes = digestOf([randomBytes(32)]);
  for (let bit = 0; bit < 8 * bytes.length; bit += 1) {
    const bad = Buffer.from(bytes);
    bad.writeUInt8(bad.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.throws(() => SetDigest.fromBytes(key, bad), IntegrityError);
  }
  assert.throws(() => SetDigest.fromBytes(otherKey, bytes), IntegrityError);
  assert.throws(() => SetDigest.fromBytes(key, bytes.subarray(1)), IntegrityError);
  assert.throws(() => SetDigest.fromBytes(key, Buffer.concat([bytes, Buffer.of(0)])), IntegrityError);
  assert.deepEqual(SetDigest.fromBytes(key, bytes).bytes, bytes);
});

test('F15: the boundary MAC holds the app, the epoch and the digest', () => {
  const digest = digestOf([randomBytes(32)]);
  const mac = boundaryMac(key, { appId: 'a', epoch: 7n, digest });
  assert.deepEqual(boundaryMac(key, { appId: 'a', epoch: 7, digest }), mac);
  assert.notDeepEqual(boundaryMac(key, { appId: 'b', epoch: 7n, digest }), mac);
  assert.notDeepEqual(boundaryMac(key, { appId: 'a', epoch: 8n, digest }), mac);
  assert.notDeepEqual(boundaryMac(key, { appId: 'a', epoch: 7n, digest: digestOf([]) }), mac);
  assert.notDeepEqual(boundaryMac(otherKey, { appId: 'a', epoch: 7n, digest }), mac);
});
