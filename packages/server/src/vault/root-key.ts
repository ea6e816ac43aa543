/**
 * The root key: wraps the keyring's entries and nothing else. Its bytes are in a KeyObject from the moment it is read;
 * never write it, never print it.
 */
import { randomBytes, type KeyObject } from 'node:crypto';
import { KEY_BYTES } from './aead.ts';
import { openCommitted, sealCommitted } from './committed.ts';
import { hkdfSha256, takeKey } from './hash.ts';

const ID_BYTES = 8;
const NO_SALT = Buffer.alloc(0);
const ID_INFO = Buffer.from('alter-vault/v1/root-id');
/** 32 bytes in base64: 43 characters and one `=`. */
const BASE64_PATTERN = /^[A-Za-z0-9+/]{43}=$/;

export class RootKey {
  readonly #key: KeyObject;
  /** A fingerprint that says which root key wrapped an entry, and nothing about the key. */
  readonly id: string;

  private constructor(bytes: Buffer) {
    this.#key = takeKey(bytes);
    this.id = hkdfSha256(this.#key, NO_SALT, ID_INFO, ID_BYTES).toString('hex');
  }

  /**
   * White space around the text (a file's last line end) is ignored.
   * @throws TypeError, whose message doesn't repeat the text
   */
  static fromBase64(text: string): RootKey {
    const trimmed = text.trim();
    const bytes = Buffer.from(trimmed, 'base64');
    // The comparison refuses a last character whose unused bits are set: two texts must not be one key.
    if (!BASE64_PATTERN.test(trimmed) || bytes.toString('base64') !== trimmed)
      throw new TypeError(
        `the root key must be exactly ${KEY_BYTES} bytes in base64 (44 characters, the last of them "=")`,
      );
    return new RootKey(bytes);
  }

  /** A new root key, and the text to keep it as. */
  static generate(): { root: RootKey; base64: string } {
    const bytes = randomBytes(KEY_BYTES);
    const base64 = bytes.toString('base64');
    return { root: new RootKey(bytes), base64 };
  }

  wrap(context: Buffer, key: Buffer): Buffer {
    return sealCommitted(this.#key, { label: 'alter-vault/v1/root', context }, key);
  }

  /** The caller zeroes what it gets. @throws IntegrityError */
  unwrap(context: Buffer, wrapped: Buffer): Buffer {
    return openCommitted(this.#key, { label: 'alter-vault/v1/root', context }, wrapped);
  }
}
