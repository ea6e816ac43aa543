/**
 * The bytes of an envelope and what they are bound to, as docs/envelope.md says it. Pure: no key, no cipher. The decoder
 * takes exactly what the encoder makes.
 */
import { NONCE_BYTES, TAG_BYTES } from './aead.ts';
import { SHA256_BYTES } from './hash.ts';
import { IntegrityError } from './integrity.ts';
import { lengthPrefixed } from './parts.ts';

/** I6: all that a credential is sealed for. */
export interface Binding {
  readonly deploymentId: string;
  readonly appId: string;
  readonly secretId: string;
  /** Counted from 1. */
  readonly version: number;
  readonly credentialType: string;
  /** From `destinationsDigest`. */
  readonly destinations: Buffer;
}

/** A credential version as it is stored. */
export interface SealedCredential {
  /** The keyring entry that wraps the data key. */
  readonly keyId: string;
  readonly wrappedKey: Buffer;
  readonly sealed: Buffer;
}

export interface SealedField {
  readonly name: string;
  readonly nonce: Buffer;
  /** Ciphertext and tag. */
  readonly ciphertext: Buffer;
}

/** Enough for any provider's credential; the count is stored in one byte. */
export const FIELDS_MAX = 64;
/** The length is stored in one byte. */
export const FIELD_NAME_BYTES_MAX = 255;
/** A service account file with its private key has 3 KB; this bounds what one open costs. */
export const FIELD_BYTES_MAX = 64 * 1024;

/** `AVE`, then the version of the format. */
const HEADER = Buffer.from('AVE\x01', 'latin1');
const CIPHERTEXT_BYTES_MAX = FIELD_BYTES_MAX + TAG_BYTES;

/** The context under which the data key is wrapped. */
export function dataKeyContext(keyId: string, of: Binding): Buffer {
  return lengthPrefixed(['credential', keyId, ...identity(of), of.destinations]);
}

/**
 * The associated data of each field: whose it is, and the names of all fields beside it, so that one that is dropped,
 * added or exchanged is found by every other.
 */
export function fieldContext(of: Binding, names: readonly string[]): (field: string) => Buffer {
  const shared = lengthPrefixed(['alter-vault/v1/field', ...identity(of), lengthPrefixed(names)]);
  return (field) => Buffer.concat([shared, lengthPrefixed([field])]);
}

function identity(of: Binding): string[] {
  return [of.deploymentId, of.appId, of.secretId, String(of.version), of.credentialType];
}

/** The one order of fields in an envelope: by the bytes of their names. */
export function orderFields(names: Iterable<string>): string[] {
  return [...names].toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

/** `fields` are in the order of `orderFields`. */
export function encodeFields(fields: readonly SealedField[]): Buffer {
  const parts: Buffer[] = [HEADER, Buffer.of(fields.length)];
  for (const field of fields) {
    const name = Buffer.from(field.name);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(field.ciphertext.length);
    parts.push(Buffer.of(name.length), name, field.nonce, length, field.ciphertext);
  }
  return Buffer.concat(parts);
}

/** @throws IntegrityError for anything that `encodeFields` would not have made */
export function decodeFields(sealed: Buffer): SealedField[] {
  const input = new Reader(sealed);
  if (!input.take(HEADER.length).equals(HEADER))
    throw new IntegrityError('an envelope has an unknown format');
  const count = input.take(1).readUInt8();
  if (count < 1 || count > FIELDS_MAX) throw new IntegrityError('an envelope has no or too many fields');
  const fields: SealedField[] = [];
  let last: Buffer | undefined;
  for (let i = 0; i < count; i += 1) {
    const name = input.take(input.take(1).readUInt8());
    // Strictly rising: one order for a set of names, and no name twice.
    if (last !== undefined && Buffer.compare(last, name) >= 0)
      throw new IntegrityError('the fields of an envelope are out of order');
    last = name;
    fields.push({ name: decodeName(name), ...takeCiphertext(input) });
  }
  input.end();
  return fields;
}

function takeCiphertext(input: Reader): Omit<SealedField, 'name'> {
  const nonce = input.take(NONCE_BYTES);
  const byteLength = input.take(4).readUInt32BE();
  if (byteLength < TAG_BYTES || byteLength > CIPHERTEXT_BYTES_MAX)
    throw new IntegrityError('a field of an envelope has an impossible length');
  return { nonce, ciphertext: input.take(byteLength) };
}

function decodeName(bytes: Buffer): string {
  const name = bytes.toString('utf8');
  // Not well-formed UTF-8 would come back as U+FFFD, and two names as one.
  if (bytes.length === 0 || !Buffer.from(name).equals(bytes))
    throw new IntegrityError('an envelope has a malformed field name');
  return name;
}

/** @throws TypeError when the caller's own binding can't be meant */
export function requireBinding(of: Binding): void {
  if (!Number.isSafeInteger(of.version) || of.version < 1) throw new TypeError('a version counts from 1');
  if (of.destinations.length !== SHA256_BYTES) throw new TypeError('destinations are given by their digest');
}

/** Takes bytes from the front and never past the end. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  take(byteLength: number): Buffer {
    const end = this.#at + byteLength;
    if (end > this.#bytes.length) throw new IntegrityError('an envelope is cut off');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new IntegrityError('an envelope has bytes after its end');
  }
}
