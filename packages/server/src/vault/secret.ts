/**
 * A value that must not print itself. `reveal()` is the one door to the bytes and is easy to grep for (I8).
 */
import { inspect } from 'node:util';

const MASK = '[secret]';

export class Secret {
  readonly #bytes: Buffer;

  private constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Takes ownership of `bytes`: `destroy()` zeroes them. */
  static fromBytes(bytes: Buffer): Secret {
    return new Secret(bytes);
  }

  static fromText(text: string): Secret {
    return new Secret(Buffer.from(text, 'utf8'));
  }

  get byteLength(): number {
    return this.#bytes.length;
  }

  /** The bytes themselves, not a copy. */
  reveal(): Buffer {
    return this.#bytes;
  }

  /** The value as UTF-8 text. A JavaScript string can't be zeroed: keep it as short-lived as possible. */
  revealText(): string {
    return this.#bytes.toString('utf8');
  }

  /** The same value in bytes of its own, which are zeroed by themselves. */
  copy(): Secret {
    return new Secret(Buffer.from(this.#bytes));
  }

  /** Zeroes the bytes. */
  destroy(): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [Symbol.toPrimitive](): string {
    return MASK;
  }

  [inspect.custom](): string {
    return MASK;
  }
}
