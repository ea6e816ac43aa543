/**
 * Counts, for each key, the answers in which a secret was echoed. Many of them are somebody reading the credential out
 * through an upstream, so such a key is refused for the rest of the period (WIRE §9).
 */
import { limitHeaders } from '../access/limits/headers.ts';
import { Refusal } from '../refusal.ts';

/** A client that polls an API which repeats its key stays below; one that extracts a secret by trial does not. */
const ECHOES_MAX = 1000;
const PERIOD_MS = 10 * 60 * 1000;

interface Count {
  echoes: number;
  readonly until: number;
}

export class EchoWatch {
  readonly #counts = new Map<string, Count>();

  note(keyId: string, now: number): void {
    const count = this.#current(keyId, now);
    if (count === undefined) this.#counts.set(keyId, { echoes: 1, until: now + PERIOD_MS });
    else count.echoes += 1;
  }

  /** @throws Refusal `rate_limited` */
  check(keyId: string, now: number): void {
    const count = this.#current(keyId, now);
    if (count === undefined || count.echoes < ECHOES_MAX) return;
    throw new Refusal('rate_limited', {
      message: 'The upstream echoed the credential to this key too often.',
      hint: 'Call an endpoint that does not repeat the credential, and wait as long as Retry-After says.',
      headers: limitHeaders('echo', {
        limit: ECHOES_MAX,
        windowSeconds: PERIOD_MS / 1000,
        resetSeconds: Math.max(1, Math.ceil((count.until - now) / 1000)),
      }),
    });
  }

  #current(keyId: string, now: number): Count | undefined {
    const count = this.#counts.get(keyId);
    if (count === undefined || count.until > now) return count;
    this.#counts.delete(keyId);
    return undefined;
  }
}
