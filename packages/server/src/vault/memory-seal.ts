/**
 * Keeps short-lived values in memory sealed, under a key of this process that is nowhere else: a heap dump or a page that was
 * swapped out shows ciphertext. Never for anything that is written down.
 */
import { randomBytes } from 'node:crypto';
import { aeadOpen, aeadSeal, KEY_BYTES, NONCE_BYTES } from './aead.ts';
import { takeKey } from './hash.ts';
import { Secret } from './secret.ts';

export interface SealedInMemory {
  readonly nonce: Buffer;
  readonly fields: readonly { readonly name: string; readonly sealed: Buffer }[];
}

export class MemorySeal {
  readonly #key = takeKey(randomBytes(KEY_BYTES));
  /** Counted, so that none comes twice: one for each field. */
  #count = 0n;

  /** `context` says which thing it is; it opens as nothing else. */
  seal(context: string, fields: ReadonlyMap<string, Secret>): SealedInMemory {
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeBigUInt64BE(this.#count, 0);
    this.#count += 1n;
    const sealed = [...fields].map(([name, secret], at) => ({
      name,
      sealed: aeadSeal(this.#key, nonceOf(nonce, at), contextOf(context, name), secret.reveal()),
    }));
    return { nonce, fields: sealed };
  }

  /** Whoever asks destroys the fields after use. @throws IntegrityError */
  open(context: string, sealed: SealedInMemory): Map<string, Secret> {
    return new Map(
      sealed.fields.map(({ name, sealed: bytes }, at) => [
        name,
        Secret.fromBytes(aeadOpen(this.#key, nonceOf(sealed.nonce, at), contextOf(context, name), bytes)),
      ]),
    );
  }
}

function nonceOf(nonce: Buffer, at: number): Buffer {
  const own = Buffer.from(nonce);
  own.writeUInt32BE(at, NONCE_BYTES - 4);
  return own;
}

const contextOf = (context: string, name: string): Buffer => Buffer.from(JSON.stringify([context, name]));
