/** An answer that is read once for all who ask within a short time: dear to read, and as good a few seconds old. */

/** Different answers that are remembered at once. */
const KEYS_MAX = 500;

export class Shared<T> {
  readonly #freshMs: number;
  readonly #known = new Map<string, { readonly until: number; readonly value: Promise<T> }>();

  constructor(freshMs: number) {
    this.#freshMs = freshMs;
  }

  /** What was read for `key` within the time, or is being read; else `read`. A failure is not remembered. */
  get(key: string, read: () => Promise<T>): Promise<T> {
    const now = performance.now();
    const known = this.#known.get(key);
    if (known !== undefined && known.until > now) return known.value;
    const value = read();
    this.#known.delete(key);
    this.#known.set(key, { until: now + this.#freshMs, value });
    value.catch(() => this.#known.delete(key));
    for (const [oldest, { until }] of this.#known) {
      if (until > now && this.#known.size <= KEYS_MAX) break;
      this.#known.delete(oldest);
    }
    return value;
  }
}
