/**
 * What somebody could cause without end is told once at once, and what follows within a minute at its end, as one that
 * says how many. Behind the answer, so that its time tells nothing.
 */
const EVERY_MS = 60_000;

interface Run<T> {
  /** Since it was told the last time. */
  count: number;
  /** As it was the last time. */
  last: T;
  timer: NodeJS.Timeout;
}

export class FirstAndCount<T> {
  /** `count`: how many it stands for, where it may be more than the one. */
  readonly #tell: (what: T, count: number | undefined) => void;
  readonly #runs = new Map<string, Run<T>>();

  constructor(tell: (what: T, count: number | undefined) => void) {
    this.#tell = tell;
  }

  /** What has the same name counts together. */
  note(name: string, what: T): void {
    const run = this.#runs.get(name);
    if (run === undefined) {
      this.#runs.set(name, { count: 0, last: what, timer: this.#minute(name) });
      setImmediate(() => this.#tell(what, undefined));
      return;
    }
    run.count += 1;
    run.last = what;
  }

  /** What is counted and not yet told: before the end. */
  flush(): void {
    for (const [name, run] of this.#runs) {
      clearTimeout(run.timer);
      this.#runs.delete(name);
      if (run.count > 0) this.#tell(run.last, run.count);
    }
  }

  #minute(name: string): NodeJS.Timeout {
    return setTimeout(() => this.#endOfMinute(name), EVERY_MS).unref();
  }

  #endOfMinute(name: string): void {
    const run = this.#runs.get(name);
    if (run === undefined) return;
    if (run.count === 0) {
      this.#runs.delete(name);
      return;
    }
    this.#tell(run.last, run.count);
    run.count = 0;
    run.timer = this.#minute(name);
  }
}
