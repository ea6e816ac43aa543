/**
 * The calls that are under way, so that the stream of a grant, key or secret that is revoked, or expires, ends within
 * 5 seconds (I12). What it can't check for as long, because the database is away, it ends too.
 */
import { isExpired } from '../access/authorize.ts';
import type { Boundaries } from '../access/boundaries.ts';
import type { Clock } from '../access/clock.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import { Roll, type Seat } from '../roll.ts';

const CHECK_EVERY_MS = 1_000;
/** A young call was authorised a moment ago. */
const YOUNG_MS = 900;
const UNCHECKED_MS_MAX = 4_000;

export interface OpenCall {
  readonly appId: string;
  readonly keyId: string;
  readonly grantId: string;
  readonly startedAt: number;
  readonly end: (refusal: Refusal) => void;
}

export class OpenCalls {
  readonly #boundaries: Boundaries;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #calls = new Roll<OpenCall>();
  readonly #checkedAt = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #idle: (() => void)[] = [];

  constructor(boundaries: Boundaries, clock: Clock, log: Log) {
    this.#boundaries = boundaries;
    this.#clock = clock;
    this.#log = log;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Whoever adds a call deletes it once it is over. */
  add(call: OpenCall): Seat<OpenCall> {
    this.#timer ??= setInterval(() => void this.#checkAll(), CHECK_EVERY_MS).unref();
    return this.#calls.add(call);
  }

  delete(seat: Seat<OpenCall>): void {
    this.#calls.delete(seat);
    if (this.#calls.size > 0) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Resolves when no call is under way. */
  drained(): Promise<void> {
    return this.#calls.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve));
  }

  endAll(refusal: Refusal): void {
    for (const call of this.#calls.items()) call.end(refusal);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #checkAll(): Promise<void> {
    if (this.#calls.size === 0) {
      this.stop();
      this.#checkedAt.clear();
      return;
    }
    const now = performance.now();
    const old = this.#calls.items().filter((call) => now - call.startedAt > YOUNG_MS);
    const byApp = Map.groupBy(old, (call) => call.appId);
    // Before asking again: an answer that hangs must not keep a stream alive.
    for (const [appId, calls] of byApp) this.#endUnchecked(appId, calls);
    await Promise.all([...byApp].map(([appId, calls]) => this.#checkApp(appId, calls)));
  }

  async #checkApp(appId: string, calls: readonly OpenCall[]): Promise<void> {
    const startedAt = performance.now();
    try {
      const snapshot = await this.#boundaries.fresh(appId);
      this.#checkedAt.set(appId, startedAt);
      const now = this.#clock.now();
      for (const call of calls) {
        const refusal = whyOver(snapshot, call, now);
        if (refusal !== undefined) call.end(refusal);
      }
    } catch (error) {
      this.#log.warn({ err: error }, 'open calls could not be checked');
    }
  }

  #endUnchecked(appId: string, calls: readonly OpenCall[]): void {
    const checkedAt = this.#checkedAt.get(appId) ?? 0;
    for (const call of calls) {
      const since = Math.max(checkedAt, call.startedAt);
      if (performance.now() - since > UNCHECKED_MS_MAX) call.end(new Refusal('unavailable'));
    }
  }
}

/** Why a call may not go on by the rows as they are now, when it may not. */
export function whyOver(
  snapshot: AppSnapshot | undefined,
  call: Pick<OpenCall, 'keyId' | 'grantId'>,
  now: number,
): Refusal | undefined {
  const key = snapshot?.key(call.keyId);
  if (key === undefined || key.revoked_at !== null || isExpired(key, now))
    return new Refusal('unauthenticated');
  const grant = snapshot?.grant(call.grantId);
  const secret = grant && snapshot?.secret(grant.secret_id);
  if (grant === undefined || secret === undefined || secret.deleted_at !== null)
    return new Refusal('not_found');
  if (grant.revoked_at !== null) return new Refusal('grant_revoked');
  return isExpired(grant, now) ? new Refusal('grant_expired') : undefined;
}
