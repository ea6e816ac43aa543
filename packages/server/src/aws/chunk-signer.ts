/**
 * Signs the chunks of a body anew, as they pass. Each signature covers the one before, and the first that of the headers, so
 * nothing can be left out, put in or put elsewhere. Holds the signing key of the day, and lets go of it with the body's end.
 */
import { createHmac, hash, type KeyObject } from 'node:crypto';
import { ChunkReader, TRAILER_SIGNATURE, type Framing } from './aws-chunked.ts';

const EMPTY_SHA256 = hash('sha256', '');

/** What the signature of the headers was made of. */
export interface Seed {
  readonly key: KeyObject;
  /** `20150830T123600Z` */
  readonly amzDate: string;
  /** `day/region/service/aws4_request` */
  readonly scope: string;
  readonly signature: string;
}

export class ChunkSigner {
  #key: KeyObject | undefined;
  readonly #scope: string;
  #previous: string;

  constructor({ key, amzDate, scope, signature }: Seed) {
    this.#key = key;
    this.#scope = `${amzDate}\n${scope}`;
    this.#previous = signature;
  }

  /** Of the next chunk, in hex. */
  chunk(data: Buffer): string {
    return this.#sign('AWS4-HMAC-SHA256-PAYLOAD', `${EMPTY_SHA256}\n${hash('sha256', data)}`);
  }

  /** Of what follows the last chunk. Names are in lower case. */
  trailers(trailers: readonly (readonly [string, string])[]): string {
    let lines = '';
    for (const [name, value] of trailers.toSorted(([left], [right]) => (left < right ? -1 : 1)))
      lines += `${name}:${value}\n`;
    return this.#sign('AWS4-HMAC-SHA256-TRAILER', hash('sha256', lines));
  }

  /** Nothing more is signed. */
  destroy(): void {
    this.#key = undefined;
  }

  #sign(algorithm: string, hashes: string): string {
    if (this.#key === undefined) throw new Error('the chunks of this body were signed already');
    const text = `${algorithm}\n${this.#scope}\n${this.#previous}\n${hashes}`;
    this.#previous = createHmac('sha256', this.#key).update(text).digest('hex');
    return this.#previous;
  }
}

/** The same body with other signatures: every byte else, and so its length, stays. The caller's signatures are not looked at. */
export class ChunkResigner {
  readonly #reader: ChunkReader;
  readonly #signer: ChunkSigner;
  /**
   * The line end of a chunk goes out with the next one, so that the length that was announced is reached by the end of the
   * last chunk only: a body that lacks it is cut off to the upstream, not whole.
   */
  #lineEnd = '';
  /** The last data go out with the end: some stores take an object as whole once they have its bytes, whatever follows. */
  #lastData: Buffer[] = [];

  constructor(framing: Framing, signer: ChunkSigner, chunkBytesMax: number) {
    this.#reader = new ChunkReader(framing, chunkBytesMax);
    this.#signer = signer;
  }

  /** Bytes of the chunks that came whole so far. */
  get decodedBytes(): number {
    return this.#reader.decodedBytes;
  }

  /** What goes out with this piece: nothing of a chunk before it is whole. @throws Refusal */
  push(piece: Buffer): Buffer[] {
    const out: Buffer[] = [];
    for (const { size, data, isLastData } of this.#reader.read(piece)) {
      const parts = [this.#line(size, data), data];
      if (isLastData) this.#lastData = parts;
      else out.push(...parts);
    }
    return out;
  }

  /** What goes out last; without it the body is not whole to S3. @throws Refusal */
  end(): Buffer[] {
    const { size, trailers, tail } = this.#reader.end();
    const line = this.#line(size, Buffer.alloc(0));
    const signature = trailers.length === 0 ? '' : this.#signer.trailers(trailers);
    const signedTail = trailers.length === 0 ? tail : tail.replace(TRAILER_SIGNATURE, `$1${signature}$3`);
    return [...this.#lastData, line, Buffer.from(signedTail, 'latin1')];
  }

  destroy(): void {
    this.#signer.destroy();
  }

  #line(size: string, data: Buffer): Buffer {
    const line = `${this.#lineEnd}${size};chunk-signature=${this.#signer.chunk(data)}\r\n`;
    this.#lineEnd = '\r\n';
    return Buffer.from(line, 'latin1');
  }
}
