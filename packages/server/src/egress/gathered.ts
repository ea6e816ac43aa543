/** Bytes of a line or section that may come in pieces: read without a copy where it comes whole, and gathered up to a bound. */

export interface Taken {
  /** Holds what was taken, with its end, from `from` to `to`; not to be kept. */
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  /** Where what follows begins in the bytes that were given. */
  readonly end: number;
}

const BEGINNING_BYTES = 256;
const NOTHING = Buffer.alloc(0);

export class Gathered {
  #bytes = NOTHING;
  #length = 0;

  /** The first of what was gathered and is not taken yet. */
  beginning(): string {
    return this.#bytes.toString('latin1', 0, Math.min(this.#length, BEGINNING_BYTES));
  }

  /** Up to and with `end`, out of what was gathered before and the bytes from `at` on; undefined while it has not come. */
  takeUntil(bytes: Buffer, at: number, end: Buffer, bytesMax: number): Taken | 'too-long' | undefined {
    if (this.#length > 0) return this.#takeJoined(bytes, at, end, bytesMax);
    const found = bytes.indexOf(end, at);
    if (found < 0) return this.#keep(bytes, at, bytesMax);
    const stop = found + end.length;
    return stop - at > bytesMax ? 'too-long' : { bytes, from: at, to: stop, end: stop };
  }

  #takeJoined(bytes: Buffer, at: number, end: Buffer, bytesMax: number): Taken | 'too-long' | undefined {
    const before = this.#length;
    if (this.#keep(bytes, at, bytesMax + bytes.length - at) === 'too-long') return 'too-long';
    const found = this.#bytes.subarray(0, this.#length).indexOf(end, Math.max(0, before - end.length + 1));
    if (found < 0) return this.#length > bytesMax ? 'too-long' : undefined;
    const stop = found + end.length;
    if (stop > bytesMax) return 'too-long';
    this.#length = 0;
    return { bytes: this.#bytes, from: 0, to: stop, end: at + stop - before };
  }

  /** Doubles its room, so that an upstream that drips costs no more than one that does not. */
  #keep(bytes: Buffer, at: number, bytesMax: number): 'too-long' | undefined {
    const length = this.#length + bytes.length - at;
    if (length > bytesMax) return 'too-long';
    if (length > this.#bytes.length) {
      const roomier = Buffer.allocUnsafe(Math.max(length, 2 * this.#bytes.length));
      this.#bytes.copy(roomier, 0, 0, this.#length);
      this.#bytes = roomier;
    }
    bytes.copy(this.#bytes, this.#length, at);
    this.#length = length;
    return undefined;
  }
}
