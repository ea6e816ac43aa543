/**
 * Requests that wait for the end of an approval: woken by a hint from whichever server ends it, or found by looking now
 * and then. Bounded; must never keep a stopping server from stopping.
 */
import { Refusal } from '../refusal.ts';

/** Each is an open connection and a timer. */
export const WAITERS_MAX = 1_000;

export class Waiters {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #watching = new Set<(approvalId: string) => void>();
  readonly #max: number;
  #count = 0;
  #isDraining = false;

  constructor(max = WAITERS_MAX) {
    this.#max = max;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get ids(): string[] {
    return [...this.#waiting.keys()];
  }

  /**
   * Resolves when the approval may have changed, the time is over, `signal` says that nobody waits any more, or the server
   * is stopping. @throws Refusal `overloaded`
   */
  async wait(approvalId: string, ms: number, signal: AbortSignal): Promise<void> {
    if (this.#isDraining || ms <= 0 || signal.aborted) return;
    if (this.#count >= this.#max) throw new Refusal('overloaded', { headers: { 'Retry-After': '1' } });
    this.#count += 1;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#remove(approvalId, done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener('abort', done);
      const others = this.#waiting.get(approvalId);
      if (others === undefined) this.#waiting.set(approvalId, new Set([done]));
      else others.add(done);
    });
  }

  /** Told of each approval that may have changed; answers with how that is ended. */
  watch(tell: (approvalId: string) => void): () => void {
    this.#watching.add(tell);
    return () => void this.#watching.delete(tell);
  }

  wake(approvalId: string): void {
    for (const tell of this.#watching) tell(approvalId);
    for (const done of [...(this.#waiting.get(approvalId) ?? [])]) done();
  }

  wakeAll(): void {
    for (const id of this.ids) this.wake(id);
  }

  /** Nobody waits any more from now on. */
  drain(): void {
    this.#isDraining = true;
    this.wakeAll();
  }

  #remove(approvalId: string, done: () => void): void {
    const others = this.#waiting.get(approvalId);
    if (others?.delete(done) !== true) return;
    this.#count -= 1;
    if (others.size === 0) this.#waiting.delete(approvalId);
  }
}
