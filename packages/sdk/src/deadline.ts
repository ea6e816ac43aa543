/**
 * How long a call may take until its answer begins, and the caller's own signal, as one signal. After
 * `disarm()` only the caller's signal ends the streaming of the answer. Never swallows the caller's reason.
 */
import { invalid } from './error-of.ts';
import { TimeoutError } from './errors.ts';

/** The longest delay that timers take: 2^31 − 1 ms; longer ones would fire at once. */
const TIMER_MS_MAX = 2_147_483_647;

export class Deadline {
  readonly #controller = new AbortController();
  readonly #endsAt: number;
  readonly #external: AbortSignal | undefined;
  readonly #onAbort = (): void => this.#controller.abort(this.#external?.reason);
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(timeoutMs: number, external: AbortSignal | undefined) {
    this.#endsAt = performance.now() + timeoutMs;
    this.#external = external;
    if (external?.aborted === true) this.#onAbort();
    else external?.addEventListener('abort', this.#onAbort, { once: true });
    this.#timer = setTimeout(
      () => this.#controller.abort(new TimeoutError({})),
      Math.min(timeoutMs, TIMER_MS_MAX),
    );
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get remainingMs(): number {
    return this.#endsAt - performance.now();
  }

  /** Whether time ran out, as opposed to the caller giving up. */
  get isExpired(): boolean {
    return this.signal.aborted && this.#external?.aborted !== true;
  }

  /** The answer began: time no longer counts. */
  disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The call is over: lets go of the timer and of the caller's signal. */
  release(): void {
    this.disarm();
    this.#external?.removeEventListener('abort', this.#onAbort);
  }

  /** Waits, or rejects with the reason as soon as the deadline or the caller ends it. */
  async sleep(delayMs: number): Promise<void> {
    const { signal } = this;
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(timer);
        reject(signal.reason);
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop);
        resolve();
      }, delayMs);
      signal.addEventListener('abort', stop, { once: true });
    });
  }
}

/** A number of milliseconds above 0, or `invalid_request`. */
export function parseTimeoutMs(value: number): number {
  if (typeof value !== 'number' || Number.isNaN(value) || value <= 0)
    throw invalid('timeoutMs', 'a number above 0 is needed.');
  return value;
}
