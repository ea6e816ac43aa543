/**
 * Rate limits and quotas: takes one call from all that applies to it, or from none, by the clock of the store. When it
 * can't be counted, the call is refused. Must never let a call pass that a counter has no room for.
 */
import type { Count, Counted, Counter, CounterStore } from '../../store/counters.ts';
import { Refusal } from '../../refusal.ts';
import type { LimitTerm } from '../policies/types.ts';
import { counterOf, lengthSeconds, passesAtUs, resetsAtUs, type LimitedCall } from './counters.ts';
import { limitHeaders } from './headers.ts';

/** How a limit stands. */
export interface UsageOf {
  readonly term: LimitTerm;
  readonly used: number;
  readonly remaining: number;
  readonly resetsAt: Date;
  /** When one more call may pass; only where none is left. */
  readonly passesAt?: Date;
}

/** The name of a key's own limit in answers; no policy has it as its id. */
export const KEY_LIMIT = 'key';
const KEY_WINDOW_SECONDS = 60;
/** A clock of this process that is wrong costs a second try with the store's; more than these say that it runs away. */
const TRIES_MAX = 3;
const US_PER_SECOND = 1_000_000;

export class Limits {
  readonly #store: CounterStore;

  constructor(store: CounterStore) {
    this.#store = store;
  }

  /**
   * Counts one call on every term, and on the key's own limit. Answers with the ids of monitored policies that would
   * have refused it. `nowMs` only saves a second question: the store's clock decides.
   * A call that is decided again, since its app changed meanwhile, hands in the same `taken` again: then only what is new
   * or has changed is counted.
   * @throws Refusal `rate_limited`, `quota_exceeded`, or `unavailable` when it can't be counted
   */
  async take(
    call: LimitedCall,
    terms: readonly LimitTerm[],
    nowMs: number,
    taken = new Set<string>(),
  ): Promise<readonly string[]> {
    const all = withKeyLimit(call, terms).filter((term) => !taken.has(textOf(term)));
    if (all.length === 0) return [];
    const { counters, counted } = await this.#ask('take', call, all, nowMs);
    const full = all.flatMap((term, index) => {
      const counter = counters[index];
      const count = counted.counts[index];
      if (counter === undefined || count === undefined || count.used < counter.limit) return [];
      return [{ term, counter, count }];
    });
    if (counted.outcome === 'refused') throw refusalOf(full, counted.nowUs);
    for (const term of all) taken.add(textOf(term));
    return full.filter(({ term }) => term.mode === 'monitor').map(({ term }) => term.policyId);
  }

  /** How these limits stand for such a call; counts nothing. @throws Refusal `unavailable` */
  async usage(call: LimitedCall, terms: readonly LimitTerm[], nowMs: number): Promise<readonly UsageOf[]> {
    if (terms.length === 0) return [];
    const { counters, counted } = await this.#ask('peek', call, terms, nowMs);
    return terms.flatMap((term, index) => {
      const counter = counters[index];
      const count = counted.counts[index];
      return counter === undefined || count === undefined
        ? []
        : [usageOf(term, counter, count, counted.nowUs)];
    });
  }

  /** A window of the term lies where the store's clock is: with another clock than ours, at the second try. */
  async #ask(
    what: 'take' | 'peek',
    call: LimitedCall,
    terms: readonly LimitTerm[],
    nowMs: number,
  ): Promise<{ readonly counters: readonly Counter[]; readonly counted: Counted }> {
    let atMs = nowMs;
    for (let attempt = 0; attempt < TRIES_MAX; attempt += 1) {
      const counters = terms.map((term) => counterOf(term, call, atMs) ?? noSuchZone(term));
      const counted = await this.#store[what](call.appId, counters);
      if (counted.outcome !== 'stale') return { counters, counted };
      atMs = counted.nowUs / 1000;
    }
    throw new Refusal('unavailable', { detail: 'the clock of the store of limits runs away' });
  }
}

/** Terms live as long as the snapshot of their policies: each is written out once. */
const texts = new WeakMap<LimitTerm, string>();

function textOf(term: LimitTerm): string {
  let text = texts.get(term);
  if (text === undefined) {
    text = JSON.stringify(term);
    texts.set(term, text);
  }
  return text;
}

/** What the key may do in a minute is a limit like any other, without a policy. */
export function withKeyLimit({ key }: LimitedCall, terms: readonly LimitTerm[]): readonly LimitTerm[] {
  const limit = key.requests_per_minute;
  if (limit === null) return terms;
  const window = { type: 'sliding', seconds: KEY_WINDOW_SECONDS } as const;
  return [
    ...terms,
    { policyId: KEY_LIMIT, name: KEY_LIMIT, mode: 'enforce', kind: 'rate', per: 'key', limit, window },
  ];
}

/** A policy that can't be evaluated denies (WIRE §6). */
function noSuchZone({ policyId, name }: LimitTerm): never {
  throw new Refusal('policy_denied', {
    policyId,
    hint: `Policy "${name}" names a time zone that is not known.`,
  });
}

interface Full {
  readonly term: LimitTerm;
  readonly counter: Counter;
  readonly count: Count;
}

/** Of several that are used up, the one that stays so the longest: before it nothing passes. */
function refusalOf(full: readonly Full[], nowUs: number): Refusal {
  const [last] = full
    .filter(({ counter }) => counter.isEnforced)
    .map((one) => ({ ...one, passesUs: passesAtUs(one.counter, one.count, nowUs) }))
    .toSorted((a, b) => b.passesUs - a.passesUs);
  if (last === undefined) throw new Error('refused by no counter');
  const { term, counter, passesUs } = last;
  const resetSeconds = Math.max(1, Math.ceil((passesUs - nowUs) / US_PER_SECOND));
  const isOfKey = term.policyId === KEY_LIMIT;
  const passesAt = Math.ceil(passesUs / 1000);
  return new Refusal(term.kind === 'rate' ? 'rate_limited' : 'quota_exceeded', {
    message: isOfKey
      ? `This key may make ${term.limit} calls a minute.`
      : `Policy "${term.name}" lets ${term.limit} calls ${spanOf(term)} pass, per ${term.per}.`,
    hint: `${isOfKey ? 'The limit of the key' : `Policy "${term.name}"`} may let the call pass at ${new Date(passesAt).toISOString()}: wait as long as Retry-After says.`,
    ...(isOfKey ? {} : { policyId: term.policyId }),
    passesAt,
    headers: limitHeaders(term.policyId, {
      limit: term.limit,
      windowSeconds: lengthSeconds(counter, nowUs),
      resetSeconds,
    }),
  });
}

function spanOf({ window }: LimitTerm): string {
  if (window.type === 'period') return `in a ${window.period} of ${window.timezone}`;
  return `in ${window.seconds} s`;
}

function usageOf(term: LimitTerm, counter: Counter, count: Count, nowUs: number): UsageOf {
  return {
    term,
    used: count.used,
    remaining: Math.max(0, term.limit - count.used),
    resetsAt: new Date(Math.ceil(resetsAtUs(counter, count, nowUs) / 1000)),
    ...(count.used < term.limit
      ? {}
      : { passesAt: new Date(Math.ceil(passesAtUs(counter, count, nowUs) / 1000)) }),
  };
}
