/**
 * The wrap of the vault: a key derived for this one message by HKDF with a random salt and a labelled context, and a
 * commitment derived with it, so that the bytes open under one key only and the number of messages under the long-lived
 * key meets no nonce limit. Never decrypts before the commitment agrees.
 */
import { randomBytes, type KeyObject } from 'node:crypto';
import { aeadOpen, aeadSeal, KEY_BYTES, NONCE_BYTES, TAG_BYTES } from './aead.ts';
import { bytesEqual, hkdfSha256, SHA256_BYTES, sha256, takeKey } from './hash.ts';
import { IntegrityError } from './integrity.ts';
import { lengthPrefixed } from './parts.ts';

/** `AVW`, then the version of the format. */
const HEADER = Buffer.from('AVW\x01', 'latin1');
const SALT_BYTES = 32;
const COMMITMENT_BYTES = SHA256_BYTES;
const PREFIX_BYTES = HEADER.length + SALT_BYTES + COMMITMENT_BYTES;

/** What the wrap adds to the length of its content. */
export const COMMITTED_OVERHEAD_BYTES = PREFIX_BYTES + TAG_BYTES;

/** What a wrap is for. No two uses share a label, so a wrap made for one never opens as another. */
export type WrapLabel = 'alter-vault/v1/root' | 'alter-vault/v1/data-key' | 'alter-vault/v1/blob';

/** Which wrap this is: its use, and everything it must not be opened without. */
export interface WrapContext {
  readonly label: WrapLabel;
  readonly context: Buffer;
}

export function sealCommitted(from: KeyObject, where: WrapContext, plaintext: Buffer): Buffer {
  const salt = randomBytes(SALT_BYTES);
  const { key, nonce, commitment } = derive(from, where, salt);
  return Buffer.concat([HEADER, salt, commitment, aeadSeal(key, nonce, HEADER, plaintext)]);
}

/** @throws IntegrityError */
export function openCommitted(from: KeyObject, where: WrapContext, wrapped: Buffer): Buffer {
  if (wrapped.length < COMMITTED_OVERHEAD_BYTES || !wrapped.subarray(0, HEADER.length).equals(HEADER))
    throw new IntegrityError('a wrap has an unknown format');
  const salt = wrapped.subarray(HEADER.length, HEADER.length + SALT_BYTES);
  const { key, nonce, commitment } = derive(from, where, salt);
  if (!bytesEqual(commitment, wrapped.subarray(HEADER.length + SALT_BYTES, PREFIX_BYTES)))
    throw new IntegrityError('a wrap was made by another key or for another place');
  return aeadOpen(key, nonce, HEADER, wrapped.subarray(PREFIX_BYTES));
}

/** The context is hashed first because HKDF's info is limited; the nonce needs no storing because the key is used once. */
function derive(from: KeyObject, where: WrapContext, salt: Buffer) {
  const info = lengthPrefixed([where.label, sha256(where.context)]);
  const okm = hkdfSha256(from, salt, info, KEY_BYTES + NONCE_BYTES + COMMITMENT_BYTES);
  const commitment = Buffer.from(okm.subarray(KEY_BYTES + NONCE_BYTES));
  const nonce = Buffer.from(okm.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES));
  return { key: takeKey(okm.subarray(0, KEY_BYTES)), nonce, commitment };
}
