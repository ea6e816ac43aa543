/**
 * When the next group of the audit log had better begin. A statement costs as much as some twenty events, so that calls in
 * small groups are dear; but whoever waits for company is kept from the call. Must keep nobody waiting on a server that had time.
 */

/**
 * Where many calls wait at once, a group is begun this long after the one before (measured: a call's share of Node and PostgreSQL in
 * groups of 8 is three times that in groups of 64; and 64 callers cost a tenth less than after 5 ms, at the same median of their latency).
 */
const GATHER_MS = 8;
/** So many callers in a group are many; fewer are not kept waiting. */
const CROWD = 8;
/** Nor is anybody where the event loop has worked for less of the time since the group before: 16 callers have a median of 4 ms, and would have 13. */
const BUSY = 0.8;
/** Nobody waits for an outcome: alone it waits this long for a call that takes it along. */
const OUTCOMES_MS = 10;
/** A group of so many events gains little by waiting for more. */
export const GATHER_EVENTS_MAX = 128;

export interface PaceOptions {
  /** The monotonic clock, ms. */
  readonly now?: () => number;
  /** Which part of the time the event loop has worked since it was asked before, 0 to 1. */
  readonly work?: () => number;
}

export class Pace {
  readonly #now: () => number;
  readonly #work: () => number;
  /** When the latest group was begun, and whether a crowd waited for it on a busy server. */
  #begunAt = Number.NEGATIVE_INFINITY;
  #isCrowded = false;

  constructor({ now = () => performance.now(), work = workOfEventLoop() }: PaceOptions = {}) {
    this.#now = now;
    this.#work = work;
  }

  /** A group is begun while so many callers wait, for it or for a later one. */
  begin(waiting: number): void {
    this.#begunAt = this.#now();
    this.#isCrowded = this.#work() >= BUSY && waiting >= CROWD;
  }

  /** How long a group of so many events, which so many callers wait for, had better wait for more, ms. */
  waitMs(events: number, waiting: number): number {
    if (events >= GATHER_EVENTS_MAX) return 0;
    if (waiting === 0) return OUTCOMES_MS;
    return this.#isCrowded ? Math.max(0, this.#begunAt + GATHER_MS - this.#now()) : 0;
  }
}

function workOfEventLoop(): () => number {
  let before = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, before);
    before = now;
    return utilization;
  };
}
