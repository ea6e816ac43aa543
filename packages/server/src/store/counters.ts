/**
 * What a store of counters does, whichever it is; types only. A store takes one call from all counters of a call or from
 * none, in one atomic step, by its own clock.
 */

/**
 * When a count ends. `sliding`: each call counts for `lengthUs` after it, rounded up to whole grains.
 * `borders`: three periods between four borders, of which the store's clock chooses the one that it is in.
 */
export type CounterWindow =
  | { readonly kind: 'sliding'; readonly lengthUs: number; readonly grainUs: number }
  | { readonly kind: 'borders'; readonly bordersUs: readonly [number, number, number, number] };

export interface Counter {
  /** A UUID within the app. */
  readonly id: string;
  readonly limit: number;
  /** Only these refuse; the others count what they would have let pass. */
  readonly isEnforced: boolean;
  readonly window: CounterWindow;
}

/** Calls that are counted until `atUs` plus the length of the window, or in the period that began at `atUs`. */
export interface Cell {
  readonly atUs: number;
  readonly count: number;
}

export interface Count {
  /** Calls that counted when it was asked, without the one that asks. */
  readonly used: number;
  /** Oldest first; those of ended windows may be among them. Not told of a call that was taken. */
  readonly cells: readonly Cell[];
}

export interface Counted {
  /** `stale`: the clock of the store lies in none of the periods that it was given; nothing was taken. */
  readonly outcome: 'taken' | 'refused' | 'stale';
  /** The store's clock, microseconds since 1970. */
  readonly nowUs: number;
  /** In the order of the counters; empty when stale. */
  readonly counts: readonly Count[];
}

export interface CounterStore {
  /** Why it can't count at the moment, as far as is known without asking it. */
  readonly trouble: string | undefined;
  /** Counts one call on every counter that has room, if all enforced ones have. @throws Refusal `unavailable` */
  take(appId: string, counters: readonly Counter[]): Promise<Counted>;
  /** The same without counting; the outcome is what `take` would have said. @throws Refusal `unavailable` */
  peek(appId: string, counters: readonly Counter[]): Promise<Counted>;
  /** Deletes what says nothing any more; how many. */
  clean(): Promise<number>;
  close(): Promise<void>;
}
