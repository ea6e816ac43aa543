/**
 * Gathers the calls that wait for counters into groups, so that one statement takes for all of them. One group is under
 * way at a time; whatever arrives meanwhile goes into the next. Calls keep the order in which they came at each counter.
 * Must never wait without a deadline, nor hold more than its bounded queue; who can't be counted is refused.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Count, Counted, Counter } from './counters.ts';
import { Refusal } from '../refusal.ts';

/** Calls that came one after the other and count on the same counters. */
export interface Ask {
  readonly appId: string;
  readonly counters: readonly Counter[];
  readonly calls: number;
}

/** What became of an ask. */
export interface Share {
  /** So many of its calls, the first ones, are counted. */
  readonly granted: number;
  /** The others. `again`: that is known only after what was asked before them; they must be asked next. */
  readonly rest: 'refused' | 'stale' | 'again';
  /** `used` is without all calls of the ask. */
  readonly before: readonly Count[];
  /** With those that are counted; read only where the rest is refused. */
  readonly after: readonly Count[];
}

export interface Shared {
  readonly nowUs: number;
  /** In the order of the asks. */
  readonly shares: readonly Share[];
}

/**
 * Takes for all asks in one atomic step. The first asks come first at each counter that several share; no two see one
 * counter under another limit or window.
 */
export type TakeGroup = (asks: readonly Ask[]) => Promise<Shared>;

export interface TakingOptions {
  readonly waitingMax?: number;
  readonly deadlineMs?: number;
}

const GROUP_CALLS_MAX = 256;
const WAITING_MAX = 5_000;
/** F3: a call fails closed within 2 s. */
const DEADLINE_MS = 2_000;

interface Call {
  readonly appId: string;
  readonly counters: readonly Counter[];
  /** What each counter is, limit and window with it. */
  readonly texts: readonly string[];
  readonly resolve: (counted: Counted) => void;
  readonly reject: (cause: unknown) => void;
  /** Whoever waited has been refused. */
  isLate: boolean;
}

interface OpenAsk {
  readonly appId: string;
  readonly counters: readonly Counter[];
  readonly waiting: Call[];
}

export class Taking {
  readonly #takeGroup: TakeGroup;
  readonly #waitingMax: number;
  readonly #deadlineMs: number;
  #queue: Call[] = [];
  #isRunning = false;

  constructor(
    takeGroup: TakeGroup,
    { waitingMax = WAITING_MAX, deadlineMs = DEADLINE_MS }: TakingOptions = {},
  ) {
    this.#takeGroup = takeGroup;
    this.#waitingMax = waitingMax;
    this.#deadlineMs = deadlineMs;
  }

  /** @throws Refusal `overloaded`, or `unavailable`: then the call may be counted, and must not go out */
  take(appId: string, counters: readonly Counter[]): Promise<Counted> {
    if (this.#queue.length >= this.#waitingMax) {
      return Promise.reject(new Refusal('overloaded', { detail: 'queue of limits' }));
    }
    const { promise, resolve, reject } = Promise.withResolvers<Counted>();
    const texts = counters.map((counter) => textOf(appId, counter));
    const call: Call = { appId, counters, texts, resolve, reject, isLate: false };
    const timer = setTimeout(() => {
      call.isLate = true;
      reject(new Refusal('unavailable', { detail: 'the store of limits did not count the call in time' }));
    }, this.#deadlineMs);
    this.#queue.push(call);
    void this.#run();
    return promise.finally(() => clearTimeout(timer));
  }

  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    while (this.#queue.length > 0) {
      // Whatever arrives in this turn of the event loop shares a group.
      await nextTurn();
      await this.#serve(this.#nextGroup());
    }
    this.#isRunning = false;
  }

  #nextGroup(): OpenAsk[] {
    const group = new Group();
    let seen = 0;
    for (const call of this.#queue) {
      if (seen >= GROUP_CALLS_MAX) break;
      if (!call.isLate && !group.add(call)) break;
      seen += 1;
    }
    this.#queue.splice(0, seen);
    return group.asks;
  }

  async #serve(asks: readonly OpenAsk[]): Promise<void> {
    if (asks.length === 0) return;
    try {
      const { nowUs, shares } = await this.#takeGroup(
        asks.map(({ appId, counters, waiting }) => ({ appId, counters, calls: waiting.length })),
      );
      const again = asks.flatMap(({ waiting }, at) => settle(waiting, shares[at], nowUs));
      this.#queue.unshift(...again);
    } catch (thrown) {
      // What the store can't take at all must not take others with it.
      if (!(thrown instanceof Refusal) && asks.length > 1) for (const ask of asks) await this.#serve([ask]);
      else for (const call of asks.flatMap(({ waiting }) => waiting)) call.reject(thrown);
    }
  }
}

/** Calls in the order of their arrival; those that follow one another at all of their counters are one ask. */
class Group {
  readonly asks: OpenAsk[] = [];
  /** Who asked last for a counter, and as what. */
  readonly #last = new Map<string, { readonly text: string; readonly ask: OpenAsk }>();

  /** False when the call sees a counter otherwise than one before it: it must wait for the next group. */
  add(call: Call): boolean {
    const { appId, counters, texts } = call;
    const lasts = counters.map(({ id }) => this.#last.get(`${appId}/${id}`));
    if (lasts.some((last, at) => last !== undefined && last.text !== texts[at])) return false;
    const ask = lasts[0]?.ask;
    const follows = lasts.every(
      (last, at) => last?.ask === ask && ask?.counters[at]?.id === counters[at]?.id,
    );
    if (ask !== undefined && follows && ask.counters.length === counters.length) {
      ask.waiting.push(call);
      return true;
    }
    const made = { appId, counters, waiting: [call] };
    this.asks.push(made);
    counters.forEach(({ id }, at) => this.#last.set(`${appId}/${id}`, { text: texts[at] ?? '', ask: made }));
    return true;
  }
}

/** Tells the calls of an ask what became of them; answers with those that must be asked again. */
function settle(waiting: readonly Call[], share: Share | undefined, nowUs: number): readonly Call[] {
  if (share === undefined) throw new Error('an ask without an answer');
  const { granted, rest, before, after } = share;
  waiting.slice(0, granted).forEach((call, at) => {
    const counts = before.map(({ used }) => ({ used: used + at, cells: [] }));
    call.resolve({ outcome: 'taken', nowUs, counts });
  });
  const others = waiting.slice(granted);
  if (rest === 'again') return others;
  for (const call of others) call.resolve({ outcome: rest, nowUs, counts: rest === 'stale' ? [] : after });
  return [];
}

function textOf(appId: string, { id, limit, isEnforced, window }: Counter): string {
  const shape =
    window.kind === 'sliding' ? `${window.lengthUs} ${window.grainUs}` : window.bordersUs.join(' ');
  return `${appId} ${id} ${limit} ${isEnforced} ${shape}`;
}

export interface Place {
  readonly appId: string;
  readonly counter: Counter;
}

export interface Member {
  readonly ask: number;
  readonly calls: number;
  /** From 1, as SQL and Lua count. */
  readonly place: number;
  readonly ahead: number;
}

/** The counters of all asks, each once and in the order of their locks; and who asks for which, ask by ask. */
export function planOf(asks: readonly Ask[]): { places: readonly Place[]; members: readonly Member[] } {
  const found = new Map<string, Place>();
  for (const { appId, counters } of asks) {
    for (const counter of counters) found.set(`${appId}/${counter.id}`, { appId, counter });
  }
  const ordered = [...found].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const byName = new Map(ordered.map(([name], at) => [name, { place: at + 1, asked: 0 }]));
  const members = asks.flatMap(({ appId, counters, calls }, ask) =>
    counters.map(({ id }) => {
      const at = byName.get(`${appId}/${id}`);
      if (at === undefined) throw new Error('a counter without a place');
      const { place, asked: ahead } = at;
      at.asked += calls;
      return { ask, calls, place, ahead };
    }),
  );
  return { places: ordered.map(([, place]) => place), members };
}

export function isAnyFull(counters: readonly Counter[], counts: readonly Count[]): boolean {
  return counters.some(({ isEnforced, limit }, at) => isEnforced && (counts[at]?.used ?? 0) >= limit);
}
