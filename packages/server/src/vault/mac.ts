/**
 * The MACs of rows that decide, and the digest over all such rows of an app (I6). Each use has its own label, so none of
 * them stands for another. All functions take the `mac` key of the keyring.
 */
import type { KeyObject } from 'node:crypto';
import { canonicalJson } from './canonical.ts';
import { bytesEqual, hmacSha256, SHA256_BYTES } from './hash.ts';
import { IntegrityError } from './integrity.ts';
import { lengthPrefixed } from './parts.ts';

const ROW = 'alter-vault/v1/row';
const ELEMENT = 'alter-vault/v1/set-element';
const SET_TAG = 'alter-vault/v1/set-tag';
const SET_MASK = 'alter-vault/v1/set-mask';
const BOUNDARY = 'alter-vault/v1/boundary';
const ORGANIZATION = 'alter-vault/v1/organization';

/**
 * HMAC-SHA-256 over a row: every column that decides, with its primary key and its app.
 * @throws NotCanonical when a column is no plain JSON (dates and big integers go in as text)
 */
export function rowMac(key: KeyObject, table: string, row: object): Buffer {
  return hmacSha256(key, lengthPrefixed([ROW, table, canonicalJson(row)]));
}

/** In constant time. */
export function macEquals(a: Buffer, b: Buffer): boolean {
  return bytesEqual(a, b);
}

/**
 * What an app's row says of all its deciding rows: `epoch` is how often they changed, `digest` the set's bytes. A row that
 * was deleted, or copied back from before a change, no longer adds up to a digest with a valid MAC.
 */
export function boundaryMac(
  key: KeyObject,
  of: { readonly appId: string; readonly epoch: bigint | number; readonly digest: Buffer },
): Buffer {
  return hmacSha256(key, lengthPrefixed([BOUNDARY, of.appId, String(of.epoch), of.digest]));
}

/** The same of an organization, for its members and access tokens. */
export function organizationMac(
  key: KeyObject,
  of: { readonly orgId: string; readonly epoch: bigint; readonly digest: Buffer },
): Buffer {
  return hmacSha256(key, lengthPrefixed([ORGANIZATION, of.orgId, String(of.epoch), of.digest]));
}

/**
 * A digest over a set of rows that changes with one row at a time: the sum modulo 2^256 of one keyed value for each row.
 *
 * Why it is sound: a sum of values that an attacker knows is not (with some thousand rows to choose from, the generalised
 * birthday attack finds other rows with the same sum), so here nobody without the key ever sees a value or a sum. An element is
 * HMAC under a label of its own over the row's MAC, so the MACs in the table say nothing about it. And the stored bytes
 * are not the sum, whose differences from change to change would be the elements, but the sum enciphered: a tag, HMAC over the
 * sum, and the sum under a mask drawn from the tag (the SIV construction). Two stored digests show only whether they are
 * equal. What is left to an attacker is to guess: 2^-256 for each try, and each try is an alarm.
 *
 * It is a multiset: a row that is added twice must be removed twice.
 */
export class SetDigest {
  readonly #key: KeyObject;
  /** Little end first, each 32 bits. */
  readonly #sum: Uint32Array;

  private constructor(key: KeyObject, sum: Uint32Array) {
    this.#key = key;
    this.#sum = sum;
  }

  static empty(key: KeyObject): SetDigest {
    return new SetDigest(key, new Uint32Array(WORDS));
  }

  /** From what `bytes` gave. @throws IntegrityError */
  static fromBytes(key: KeyObject, bytes: Buffer): SetDigest {
    const tag = bytes.subarray(0, SHA256_BYTES);
    const digest = SetDigest.empty(key);
    if (bytes.length === SET_DIGEST_BYTES) {
      digest.#combine(xor(bytes.subarray(SHA256_BYTES), setHmac(key, SET_MASK, tag)), 1);
      if (bytesEqual(setHmac(key, SET_TAG, digest.#sumBytes()), tag)) return digest;
    }
    throw new IntegrityError('a digest over deciding rows is not what was written');
  }

  /** `mac` is the row's `rowMac`. */
  add(mac: Buffer): void {
    this.#combine(setHmac(this.#key, ELEMENT, mac), 1);
  }

  /** Takes out a row that was added: with the MAC that it had then. */
  remove(mac: Buffer): void {
    this.#combine(setHmac(this.#key, ELEMENT, mac), -1);
  }

  /** 64 bytes, the same for the same rows under the same key. */
  get bytes(): Buffer {
    const sum = this.#sumBytes();
    const tag = setHmac(this.#key, SET_TAG, sum);
    return Buffer.concat([tag, xor(sum, setHmac(this.#key, SET_MASK, tag))]);
  }

  #sumBytes(): Buffer {
    const bytes = Buffer.alloc(SHA256_BYTES);
    this.#sum.forEach((word, i) => bytes.writeUInt32LE(word, i * WORD_BYTES));
    return bytes;
  }

  #combine(element: Buffer, sign: 1 | -1): void {
    let carry = 0;
    for (let i = 0; i < WORDS; i += 1) {
      const total = (this.#sum[i] ?? 0) + sign * element.readUInt32LE(i * WORD_BYTES) + carry;
      this.#sum[i] = total; // modulo 2^32, by the array's type
      carry = Math.floor(total / 2 ** 32);
    }
  }
}

/** The length of `SetDigest.bytes`. */
export const SET_DIGEST_BYTES = 2 * SHA256_BYTES;
const WORD_BYTES = 4;
const WORDS = SHA256_BYTES / WORD_BYTES;

function setHmac(key: KeyObject, label: string, bytes: Buffer): Buffer {
  return hmacSha256(key, lengthPrefixed([label, bytes]));
}

function xor(a: Buffer, b: Buffer): Buffer {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0)));
}
