/** Digests, MACs, derivation and comparison in the forms that the vault and others need. No key is made or kept here. */
import { createHmac, createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';

export const SHA256_BYTES = 32;

export function sha256(bytes: string | Buffer): Buffer {
  return hash('sha256', bytes, 'buffer');
}

export function hmacSha256(key: KeyObject, message: Buffer): Buffer {
  return createHmac('sha256', key).update(message).digest();
}

/** HKDF-SHA-256 (RFC 5869). The caller zeroes what it gets once it is in a key. `info` is 1024 bytes at most. */
export function hkdfSha256(key: KeyObject, salt: Buffer, info: Buffer, byteLength: number): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, info, byteLength));
}

/** In constant time for equal lengths. */
export function bytesEqual(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** Moves key bytes into a KeyObject and zeroes them. */
export function takeKey(bytes: Buffer): KeyObject {
  const key = createSecretKey(bytes);
  bytes.fill(0);
  return key;
}
