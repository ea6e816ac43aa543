/**
 * The database's time, kept by a monotonic clock between readings, so that a clock of this machine that jumps or is
 * wrong changes no expiry (HAZARDS lesson 21).
 */
import type { Queryable } from '../store/database.ts';

/** Clocks drift by microseconds per second; this keeps the difference far under a millisecond. */
const READ_EVERY_MS = 10_000;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export class DatabaseClock implements Clock {
  readonly #db: Queryable;
  #offsetMs: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(db: Queryable) {
    this.#db = db;
    this.#offsetMs = Date.now() - performance.now();
  }

  now(): number {
    return performance.now() + this.#offsetMs;
  }

  async start(): Promise<void> {
    await this.#read();
    this.#timer = setInterval(() => void this.#read().catch(() => undefined), READ_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  async #read(): Promise<void> {
    const before = performance.now();
    const [row] = await this.#db.query<{ now: Date }>('clock', 'SELECT clock_timestamp() AS now', []);
    const after = performance.now();
    if (row !== undefined) this.#offsetMs = row.now.getTime() - (before + after) / 2;
  }
}
