/** The request of a plain call: its head, and its small body as it comes. */
import type { Socket } from 'node:net';
import { Refusal } from '../refusal.ts';
import type { PlainHead, PlainHeaders } from './plain-head.ts';

export class PlainRequest {
  readonly httpVersion = '1.1';
  readonly method: string;
  readonly url: string;
  readonly rawHeaders: string[];
  readonly headers: PlainHeaders;
  readonly socket: Socket;
  readonly #length: number;
  #missing: number;
  /** As much as has come; of its whole length once a second piece has. */
  #body: Buffer;
  #isBroken = false;
  /** Told when the body is whole, has moved on, or never will be. */
  #heard: (() => void) | undefined;

  /** `begun`: as much of the body as came with the head. */
  constructor(head: PlainHead, begun: Buffer, socket: Socket) {
    this.method = head.method;
    this.url = head.door;
    this.rawHeaders = head.rawHeaders;
    this.headers = head.headers;
    this.socket = socket;
    this.#body = begun;
    this.#length = head.bodyLength;
    this.#missing = head.bodyLength - begun.length;
  }

  /** Whether the whole body is here. */
  get complete(): boolean {
    return this.#missing === 0;
  }

  /** Takes what belongs to the body; answers how much that was. Whoever sends it byte by byte takes no more room than its length. */
  take(bytes: Buffer): number {
    const length = this.#length;
    if (this.#body.length < length) {
      const whole = Buffer.allocUnsafe(length);
      this.#body.copy(whole);
      this.#body = whole;
    }
    const count = bytes.copy(this.#body, length - this.#missing, 0, Math.min(this.#missing, bytes.length));
    this.#missing -= count;
    this.#heard?.();
    return count;
  }

  /** No more of it will come. */
  breakOff(): void {
    this.#isBroken = true;
    this.#heard?.();
  }

  /**
   * The body; a promise where it is not whole yet, which waits `idleMs` between two pieces.
   * @throws Refusal `invalid_request` where it does not come
   */
  body(idleMs: number): Buffer | Promise<Buffer> {
    return this.complete ? this.#body : this.#wait(idleMs);
  }

  #wait(idleMs: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const refuse = (message: string): void => {
        this.#heard = undefined;
        clearTimeout(timer);
        reject(new Refusal('invalid_request', { message }));
      };
      const timer = setTimeout(() => refuse(LATE_BODY), idleMs);
      const hear = (): void => {
        if (this.#isBroken) return refuse(BROKEN_BODY);
        timer.refresh();
        if (!this.complete) return;
        this.#heard = undefined;
        clearTimeout(timer);
        resolve(this.#body);
      };
      this.#heard = hear;
      if (this.#isBroken) hear();
    });
  }
}

export const LATE_BODY = 'The body did not arrive in time.';
export const BROKEN_BODY = 'The connection broke before the body was complete.';
