/**
 * Tells the vault how released calls ended: in batches, once each, never in the way of a call, and as far as
 * the runtime allows also when the process ends. Never throws, never names a credential.
 */
import { Deadline } from './deadline.ts';
import { TimeoutError, VaultUnreachableError } from './errors.ts';
import { sendBeforeExit, unwatchProcessEnd, watchProcessEnd } from './process-end.ts';
import type { VaultClient } from './vault-client.ts';

/** One entry of POST /v1/requests/outcomes (WIRE §8). */
export interface Outcome {
  readonly request_id: string;
  readonly latency_ms: number;
  readonly status_code?: number;
  readonly error?: string;
  /** As the vault counts what it proxies: bytes of the body that the caller sent. */
  readonly bytes_in?: number;
  /** Bytes of the upstream's answer that were read, decoded. */
  readonly bytes_out?: number;
}

/** Something that has an outcome sooner or later; `report` makes it tell what it knows now. */
export interface OpenCall {
  report(): void;
}

const BATCH_MAX = 100;
const BATCH_MS = 500;
/** A vault that is away must not fill the memory of its clients: the oldest outcomes go first. */
const WAITING_MAX = 10_000;
const SEND_TIMEOUT_MS = 5_000;
const ATTEMPTS_MAX = 3;
const PATH = '/v1/requests/outcomes';

export class OutcomeReporter {
  readonly #client: VaultClient;
  readonly #open = new Set<OpenCall>();
  /** What is on its way, so that an exit before its answer sends it again: it is taken once. */
  readonly #sending = new Map<Promise<void>, readonly Outcome[]>();
  #waiting: Outcome[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(client: VaultClient) {
    this.#client = client;
  }

  /** Whether nothing would be lost if the process ended now. */
  get #isIdle(): boolean {
    return this.#waiting.length === 0 && this.#open.size === 0 && this.#sending.size === 0;
  }

  /** A call whose outcome is still to come. */
  opened(call: OpenCall): void {
    this.#open.add(call);
    watchProcessEnd(this);
  }

  /** The outcome of a call; `call` is what was passed to `opened`. */
  add(outcome: Outcome, call?: OpenCall): void {
    if (call !== undefined) this.#open.delete(call);
    if (this.#waiting.length >= WAITING_MAX) this.#waiting.shift();
    this.#waiting.push(outcome);
    watchProcessEnd(this);
    if (this.#waiting.length >= BATCH_MAX) void this.flush();
    else this.#arm();
  }

  /** Sends what waits; resolves when it was sent or given up. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      const sending: Promise<void> = this.#send(batch).finally(() => this.#sending.delete(sending));
      this.#sending.set(sending, batch);
    }
    await Promise.all(this.#sending.keys());
    if (this.#isIdle) unwatchProcessEnd(this);
  }

  /** Reports open calls as they stand and sends everything. */
  async finish(): Promise<void> {
    this.#finishOpen();
    await this.flush();
  }

  /** The event loop has ended: one attempt that blocks until it is over, bounded in time. */
  finishNow(): void {
    this.#finishOpen();
    const unanswered = [...this.#sending.values()].flat();
    this.#waiting.unshift(...unanswered);
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      const headers = [...this.#client.authorize(new Headers({ 'content-type': 'application/json' }))];
      if (!sendBeforeExit(`${this.#client.baseUrl}${PATH}`, headers, formatBatch(batch))) return;
    }
  }

  #finishOpen(): void {
    for (const call of this.#open) call.report();
    this.#open.clear();
  }

  #take(): Outcome[] {
    const batch = this.#waiting.slice(0, BATCH_MAX);
    this.#waiting = this.#waiting.slice(BATCH_MAX);
    return batch;
  }

  #arm(): void {
    this.#timer ??= unref(setTimeout(() => void this.flush(), BATCH_MS));
  }

  async #send(batch: readonly Outcome[]): Promise<void> {
    const body = new TextEncoder().encode(formatBatch(batch));
    const headers = new Headers({ 'content-type': 'application/json' });
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const deadline = new Deadline(SEND_TIMEOUT_MS, undefined);
      try {
        const answer = await this.#client.send(
          { method: 'POST', path: PATH, headers, body, isRepeatable: true },
          deadline,
        );
        await answer.body?.cancel();
        return;
      } catch (error) {
        if (!isWorthAnother(error)) return;
      } finally {
        deadline.release();
      }
    }
  }
}

const formatBatch = (outcomes: readonly Outcome[]): string => JSON.stringify({ outcomes });

/** An outcome is taken once, so that sending it again is safe where it may have arrived; the client does the rest. */
const isWorthAnother = (error: unknown): boolean =>
  error instanceof TimeoutError || (error instanceof VaultUnreachableError && !error.retryable);

/** Timers of ours keep no process alive; runtimes whose timers are numbers need nothing. */
export function unref<T>(timer: T): T {
  if (canUnref(timer)) timer.unref();
  return timer;
}

function canUnref(timer: unknown): timer is { unref(): unknown } {
  return typeof timer === 'object' && timer !== null && 'unref' in timer && typeof timer.unref === 'function';
}
