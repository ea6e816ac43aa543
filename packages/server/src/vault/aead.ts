/**
 * AES-256-GCM with 96-bit nonces and whole tags, and nothing else. Never hands out a byte before the tag is checked
 * (HAZARDS 17). Whoever calls it sees to it that no nonce comes twice under one key.
 */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';
import { IntegrityError } from './integrity.ts';

const ALGORITHM = 'aes-256-gcm';
export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;
/** Node takes a tag of 4 bytes for good unless it is told the length. */
const OPTIONS = { authTagLength: TAG_BYTES };

/** Ciphertext followed by the tag. */
export function aeadSeal(key: KeyObject, nonce: Buffer, associated: Buffer, plaintext: Buffer): Buffer {
  requireNonce(nonce);
  const cipher = createCipheriv(ALGORITHM, key, nonce, OPTIONS);
  cipher.setAAD(associated);
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/** @throws IntegrityError, with the unchecked plaintext zeroed. */
export function aeadOpen(key: KeyObject, nonce: Buffer, associated: Buffer, sealed: Buffer): Buffer {
  requireNonce(nonce);
  const textBytes = sealed.length - TAG_BYTES;
  if (textBytes < 0) throw new IntegrityError('a ciphertext is shorter than its tag');
  const decipher = createDecipheriv(ALGORITHM, key, nonce, OPTIONS);
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(textBytes));
  const plaintext = decipher.update(sealed.subarray(0, textBytes));
  try {
    decipher.final();
  } catch {
    plaintext.fill(0);
    throw new IntegrityError('a ciphertext is not what was sealed');
  }
  return plaintext;
}

/** Other lengths are legal GCM, but are hashed to a counter block that may collide. */
function requireNonce(nonce: Buffer): void {
  if (nonce.length !== NONCE_BYTES) throw new TypeError(`a nonce has ${NONCE_BYTES} bytes`);
}
