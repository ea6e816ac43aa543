/**
 * What a rate limit or quota would have done to the calls of the past: the counting of the live path, in memory, over the
 * calls in the order of their time. Pure: no clock but the calls' own.
 */
import type { Counter } from '../../store/counters.ts';
import type { LimitTerm } from '../policies/types.ts';
import { counterOf, type LimitedCall } from './counters.ts';

/** One counter: for each label how many calls, oldest first. `first` is where those begin that are not over. */
interface Tally {
  readonly labels: number[];
  readonly counts: number[];
  first: number;
  used: number;
}

interface Known {
  readonly counter: Counter;
  readonly tally: Tally;
}

/** Counters at once; a replay with more subjects than this would fill the memory of the server. */
const COUNTERS_MAX = 200_000;
/** Ended labels are dropped once there are so many of them. */
const ENDED_MAX = 1_024;

export type LimitVerdict = 'pass' | 'deny' | 'unknown_zone' | 'too_many';

export class LimitReplay {
  readonly #term: LimitTerm;
  /** By whose calls they are, as the call tells it; several may share one counter. */
  readonly #known = new Map<string, Known>();
  readonly #tallies = new Map<string, Tally>();

  constructor(term: LimitTerm) {
    this.#term = term;
  }

  /** The next call. One that was refused then is judged, and not counted: it counted on no limit. */
  judge(call: LimitedCall, atMs: number, isCounted: boolean): LimitVerdict {
    const known = this.#find(call, atMs);
    if (known === 'too_many' || known === 'unknown_zone') return known;
    const { counter, tally } = known;
    const { label, floor } = placeOf(counter, atMs * 1000);
    dropEnded(tally, floor);
    if (tally.used >= counter.limit) return 'deny';
    if (isCounted) add(tally, label);
    return 'pass';
  }

  #find(call: LimitedCall, atMs: number): Known | 'too_many' | 'unknown_zone' {
    const whose = `${call.grantId} ${call.key.key_id} ${call.caller ?? ''}`;
    const known = this.#known.get(whose);
    if (known !== undefined && isWithin(known.counter, atMs * 1000)) return known;
    const counter = counterOf(this.#term, call, atMs);
    if (counter === undefined) return 'unknown_zone';
    let tally = this.#tallies.get(counter.id);
    if (tally === undefined) {
      if (this.#tallies.size >= COUNTERS_MAX) return 'too_many';
      tally = { labels: [], counts: [], first: 0, used: 0 };
      this.#tallies.set(counter.id, tally);
    }
    const found = { counter, tally };
    if (this.#known.size >= COUNTERS_MAX) this.#known.clear();
    this.#known.set(whose, found);
    return found;
  }
}

/**
 * From when on calls must be counted for those after `fromMs` to be judged as if the limit had been there for one window:
 * a window before, or where the period began.
 */
export function countsFrom(term: LimitTerm, call: LimitedCall, fromMs: number): number {
  const window = counterOf(term, call, fromMs)?.window;
  if (window === undefined) return fromMs;
  if (window.kind === 'borders') return Math.floor(window.bordersUs[1] / 1000);
  return fromMs - Math.ceil((window.lengthUs + window.grainUs) / 1000);
}

/** A sliding window goes along with the call; periods are worked out around a moment, and hold for the middle one. */
function isWithin({ window }: Counter, atUs: number): boolean {
  return window.kind === 'sliding' || (atUs >= window.bordersUs[1] && atUs < window.bordersUs[2]);
}

/** Under which label a call is counted, and up to which label counts are over by then. */
function placeOf({ window }: Counter, atUs: number): { label: number; floor: number } {
  if (window.kind === 'borders') return { label: window.bordersUs[1], floor: window.bordersUs[1] - 1 };
  return { label: Math.ceil(atUs / window.grainUs) * window.grainUs, floor: atUs - window.lengthUs };
}

function dropEnded(tally: Tally, floor: number): void {
  for (;;) {
    const label = tally.labels[tally.first];
    if (label === undefined || label > floor) break;
    tally.used -= tally.counts[tally.first] ?? 0;
    tally.first += 1;
  }
  if (tally.first < ENDED_MAX) return;
  tally.labels.splice(0, tally.first);
  tally.counts.splice(0, tally.first);
  tally.first = 0;
}

function add(tally: Tally, label: number): void {
  const last = tally.labels.length - 1;
  tally.used += 1;
  if (last >= tally.first && tally.labels[last] === label) tally.counts[last] = (tally.counts[last] ?? 0) + 1;
  else {
    tally.labels.push(label);
    tally.counts.push(1);
  }
}
