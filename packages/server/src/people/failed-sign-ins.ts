/**
 * Writes down sign-ins that failed at an account that exists, so that its owner sees them, or at single sign-on: of each account and cause the
 * first at once, and how many followed within a minute. Behind the answer: its time tells nothing of the account (W5).
 */
import { FirstAndCount } from '../access/first-and-count.ts';
import type { Clock } from '../access/clock.ts';
import { EMPTY_EVENT, type AuditEvent } from '../audit/event.ts';
import { newRequestId } from '../ids.ts';
import type { Log } from '../log.ts';
import { findHomeApp } from '../store/apps.ts';
import { findOrganization } from '../store/people.ts';
import type { Queryable } from '../store/database.ts';

/** What was wrong. */
export type SignInFault = 'password' | 'second_factor' | 'passkey' | 'sso';

interface FailedSignIn {
  /** Undefined: the one that is there, if any is. */
  readonly orgId?: string;
  /** Undefined: nobody's who is there. */
  readonly memberId: string | undefined;
  readonly fault: SignInFault;
  /** More exactly, where it is more than one thing. */
  readonly why?: string;
  readonly ip: string;
}

export interface FailedSignInsParts {
  readonly db: Queryable;
  readonly record: (event: AuditEvent) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

export class FailedSignIns {
  readonly #parts: FailedSignInsParts;
  readonly #runs: FirstAndCount<FailedSignIn>;

  constructor(parts: FailedSignInsParts) {
    this.#parts = parts;
    this.#runs = new FirstAndCount((failed, count) => {
      this.#write(failed, count).catch((error: unknown) =>
        parts.log.warn({ err: error }, 'a failed sign-in was not written'),
      );
    });
  }

  note(failed: FailedSignIn): void {
    this.#runs.note(`${failed.memberId} ${failed.fault} ${failed.why}`, failed);
  }

  /** What is counted and not yet written: before the end. */
  flush(): void {
    this.#runs.flush();
  }

  async #write({ orgId, memberId, fault, why, ip }: FailedSignIn, count: number | undefined): Promise<void> {
    const { db, record, clock } = this.#parts;
    const home = orgId ?? (await findOrganization(db));
    if (home === undefined) return;
    await record({
      ...EMPTY_EVENT,
      appId: (await findHomeApp(db, home)) ?? home,
      requestId: newRequestId(),
      ordinal: 0,
      kind: 'member.sign_in_failed',
      at: new Date(clock.now()),
      actor: { ...EMPTY_EVENT.actor, memberId: memberId ?? null, ip },
      decision: 'deny',
      code: 'unauthenticated',
      context: {
        fault,
        ...(why === undefined ? {} : { why }),
        ...(count === undefined ? {} : { tries: count }),
      },
    });
  }
}
