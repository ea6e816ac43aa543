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
import { FirstAndCount } from './first-and-count.ts';

export interface TurnedAwayParts {
  readonly record: (event: AuditEvent) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

interface From {
  readonly mode: CallMode;
  readonly ip: string;
}

export class TurnedAwayLog {
  readonly #parts: TurnedAwayParts;
  readonly #runs: FirstAndCount<{ readonly turned: TurnedAway; readonly from: From }>;

  constructor(parts: TurnedAwayParts) {
    this.#parts = parts;
    this.#runs = new FirstAndCount(({ turned, from }, count) => this.#write(turned, from, count));
  }

  note(turned: TurnedAway, from: From): void {
    this.#runs.note(`${turned.key.key_id} ${turned.why}`, { turned, from });
  }

  /** What is counted and not yet written: before the end. */
  flush(): void {
    this.#runs.flush();
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
