/**
 * Writes down the calls of keys that were right and yet turned away: revoked, expired, not from their address. Whoever holds
 * such a key must not be able to fill the log, so of each key and cause the first is written at once, and what follows
 * within a minute at its end, as one event that tells how many. Behind the answer, so that its time tells nothing of the
 * cause (A15).
 */
import type { CallMode } from '@alter-vault/contract';
import { EMPTY_EVENT, type AuditEvent } from '../audit/event.ts';
import { newRequestId } from '../ids.ts';
import type { Log } from '../log.ts';
import type { TurnedAway } from './authenticate.ts';
import type { Clock } from './clock.ts';

const EVERY_MS = 60_000;

export interface TurnedAwayParts {
  readonly record: (event: AuditEvent) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

/** One key and cause, for as long as it goes on. */
interface Run {
  /** Since the last event. */
  count: number;
  /** As it was the last time. */
  turned: TurnedAway;
  from: From;
  timer: NodeJS.Timeout;
}

interface From {
  readonly mode: CallMode;
  readonly ip: string;
}

export class TurnedAwayLog {
  readonly #parts: TurnedAwayParts;
  readonly #runs = new Map<string, Run>();

  constructor(parts: TurnedAwayParts) {
    this.#parts = parts;
  }

  note(turned: TurnedAway, from: From): void {
    const name = `${turned.key.key_id} ${turned.why}`;
    const run = this.#runs.get(name);
    if (run === undefined) {
      this.#runs.set(name, { count: 0, turned, from, timer: this.#minute(name) });
      setImmediate(() => this.#write(turned, from, undefined));
      return;
    }
    run.count += 1;
    run.turned = turned;
    run.from = from;
  }

  /** What is counted and not yet written: before the end. */
  flush(): void {
    for (const [name, run] of this.#runs) {
      clearTimeout(run.timer);
      this.#runs.delete(name);
      if (run.count > 0) this.#write(run.turned, run.from, run.count);
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
    this.#write(run.turned, run.from, run.count);
    run.count = 0;
    run.timer = this.#minute(name);
  }

  /** `count`: how many calls the event stands for, where it may be more than the one. */
  #write({ appId, key, why }: TurnedAway, { mode, ip }: From, count: number | undefined): void {
    const { record, clock, log } = this.#parts;
    const event: AuditEvent = {
      ...EMPTY_EVENT,
      appId,
      requestId: newRequestId(),
      ordinal: 0,
      kind: 'call.denied',
      at: new Date(clock.now()),
      actor: {
        ...EMPTY_EVENT.actor,
        keyId: key.key_id,
        keyPrefix: key.prefix,
        agentId: key.agent_id,
        ip,
      },
      mode,
      decision: 'deny',
      code: 'unauthenticated',
      context: count === undefined ? null : { calls: count },
      flags: [why],
    };
    record(event).catch((error: unknown) => log.warn({ err: error }, 'a denial was not written'));
  }
}
