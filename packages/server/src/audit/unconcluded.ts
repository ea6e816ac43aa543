/**
 * The authorised calls of proxy mode whose outcome is not committed yet: from when on a server that takes over has to look.
 * What comes and goes with each call is no key of a `Map`: a table that it has outgrown points at the next, and in the old
 * generation keeps that, and all that come behind, from the collector (measured: 500 bytes a call that outlived it by seconds).
 */
import { Roll, type Seat } from '../roll.ts';
import type { AuditEvent, EncodedSubject } from './event.ts';

interface UnconcludedCall {
  readonly requestId: string;
  readonly sinceMs: number;
}

/** What the events of one call have in common, for whoever writes several of them. */
export class CallTrail {
  /** Made once. */
  subject: EncodedSubject | undefined;
  /** While the call is unconcluded. */
  seat: Seat<UnconcludedCall> | undefined;
}

export class UnconcludedCalls {
  readonly #calls = new Roll<UnconcludedCall>();

  /** `call.authorized` is committed. */
  add({ requestId, at }: AuditEvent, trail: CallTrail | undefined): void {
    const seat = this.#calls.add({ requestId, sinceMs: at.getTime() });
    if (trail !== undefined) trail.seat = seat;
  }

  /** The outcome is committed, by whomever it was written. Without its trail the call is looked for. */
  delete(requestId: string, trail: CallTrail | undefined): void {
    const seat = trail === undefined ? this.#calls.find((call) => call.requestId === requestId) : trail.seat;
    if (seat !== undefined) this.#calls.delete(seat);
  }

  /** The start of the oldest, in milliseconds since the epoch; Infinity when there is none. */
  get oldestMs(): number {
    return this.#calls.items().reduce((oldest, { sinceMs }) => Math.min(oldest, sinceMs), Infinity);
  }
}
