/**
 * The only way into the audit log: gathers events into groups and commits each group by one statement.
 * I4: `authorize` says `committed` only after the event is durable; whatever else happens, the call must not go out.
 * Must never drop an event silently, never wait without a deadline, and never hold more than its bounded queues.
 */
import type { KeyObject } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterCommit, type Queryable } from '../store/database.ts';
import { Refusal } from '../refusal.ts';
import { Roll, type Seat } from '../roll.ts';
import { commitGroup, wasCommitted, type PendingEvent } from './commit.ts';
import { encodeEvent, type AuditEvent } from './event.ts';
import { GATHER_EVENTS_MAX, Pace } from './pace.ts';
import { UnconcludedCalls, type CallTrail } from './unconcluded.ts';
import { newGroupId } from './uuid.ts';
import type { AuditWriterOptions } from './writer-options.ts';

/** Larger groups gain nothing more (measured) and hold the apps' rows longer. */
export const GROUP_EVENTS_MAX = 256;
const WAITING_MAX = 5_000;
const OUTCOMES_MAX = 20_000;
/** F3: a call fails closed within 2 s. */
const DEADLINE_MS = 2_000;
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 1_000;

export type AuthorizeResult = 'committed' | 'stale';

/** Tells whoever gave an event what became of it. */
type Tell = (result: AuthorizeResult | Refusal) => void;

interface Entry extends PendingEvent {
  /** Never for an outcome. */
  readonly dueMs: number;
  /** Outcomes stay until they are written; for everything else somebody waits, and is refused in time. */
  readonly isOutcome: boolean;
  readonly trail: CallTrail | undefined;
  /** None where nobody waits. */
  readonly tell: Tell | undefined;
  /** Whoever waited has been told; the entry may still be on its way. */
  isSettled: boolean;
  seat: Seat<Entry> | undefined;
}

export class AuditWriter {
  readonly writerId: string;
  readonly #db: Queryable;
  readonly #options: AuditWriterOptions;
  readonly #waitingMax: number;
  readonly #outcomesMax: number;
  readonly #deadlineMs: number;
  readonly #lanesMax: number;
  #queue: Entry[] = [];
  /** Whoever waits for a commit. */
  readonly #unsettled = new Roll<Entry>();
  #outcomes = 0;
  #lanes = 0;
  #wakes = 0;
  #failures = 0;
  readonly #pace = new Pace();
  /** The wait for more events, and what ends it. */
  #gathering: { readonly ended: Promise<void>; readonly end: () => void } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #idle: Array<() => void> = [];
  #isClosed = false;
  readonly #unconcluded = new UnconcludedCalls();

  constructor(db: Queryable, options: AuditWriterOptions) {
    this.#db = db;
    this.#options = options;
    this.writerId = options.writerId ?? newGroupId();
    this.#waitingMax = options.waitingMax ?? WAITING_MAX;
    this.#outcomesMax = options.outcomesMax ?? OUTCOMES_MAX;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#lanesMax = options.lanes ?? 1;
  }

  /**
   * Writes `call.authorized`. `committed`: the event is durable and the app's epoch is still `decidedEpoch`; go on.
   * `trail`: of this call, for its outcome.
   * `stale`: something that decides has changed, nothing was written; decide again (I12).
   * Refused with `overloaded` or `audit_unavailable`: the call must not go out.
   */
  authorize(event: AuditEvent, decidedEpoch: bigint, trail?: CallTrail): Promise<AuthorizeResult> {
    return this.#enqueueAndWait(event, decidedEpoch, trail);
  }

  /**
   * Writes any other event. An outcome (`call.completed`) is kept in memory and tried again until it is written: don't let the
   * answer wait for it. Any other is refused with `audit_unavailable` after the deadline.
   */
  async record(event: AuditEvent): Promise<void> {
    await this.#enqueueAndWait(event, null);
  }

  /** As `record`, of an outcome that nobody waits for: `onFault` is told where it could not be written. */
  conclude(event: AuditEvent, trail?: CallTrail): void {
    this.#enqueue(event, null, undefined, trail);
  }

  /** Writes events in the transaction of the change that they tell of, or of the claim that starts an approved call. */
  async appendInTransaction(tx: Queryable, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    const pending = events.map((event) => ({ encoded: encodeEvent(event), decidedEpoch: null }));
    await commitGroup(tx, this.#seal(), newGroupId(), pending);
    // What is rolled back, or tried again, was never there.
    afterCommit(tx, () => {
      for (const event of events) this.#track(event, undefined);
      this.#options.onCommitted?.();
    });
  }

  /** The outcome of this call is known to stand in the log, by whomever it was written. */
  closed(requestId: string): void {
    this.#unconcluded.delete(requestId, undefined);
  }

  /** The start of the oldest call that is authorised and has no outcome yet; now, when there is none. */
  lowWater(): Date {
    return new Date(Math.min(Date.now(), this.#unconcluded.oldestMs));
  }

  /** False while commits fail: for `/readyz`. */
  get isHealthy(): boolean {
    return this.#failures === 0;
  }

  /** Resolves once everything is written, or with the number of events that still were not when the time was over. */
  async flush(timeoutMs = 10_000): Promise<number> {
    if (this.#pendingCount() > 0) {
      const isIdle = new Promise<void>((resolve) => this.#idle.push(resolve));
      const abort = new AbortController();
      await Promise.race([isIdle, sleep(timeoutMs, undefined, { signal: abort.signal })]);
      abort.abort();
    }
    return this.#pendingCount();
  }

  /** Takes nothing more, writes what is there, and stops trying after `timeoutMs`. */
  async close(timeoutMs = 10_000): Promise<number> {
    this.#isClosed = true;
    const left = await this.flush(timeoutMs);
    this.#lanes = Number.POSITIVE_INFINITY;
    this.#refuseDue(Number.POSITIVE_INFINITY);
    return left;
  }

  #enqueueAndWait(
    event: AuditEvent,
    decidedEpoch: bigint | null,
    trail?: CallTrail,
  ): Promise<AuthorizeResult> {
    return new Promise((resolve, reject) => {
      const tell: Tell = (result) => (typeof result === 'string' ? resolve(result) : reject(result));
      this.#enqueue(event, decidedEpoch, tell, trail);
    });
  }

  #enqueue(
    event: AuditEvent,
    decidedEpoch: bigint | null,
    tell: Tell | undefined,
    trail: CallTrail | undefined,
  ): void {
    const isOutcome = event.kind === 'call.completed';
    const isFull = isOutcome ? this.#outcomes >= this.#outcomesMax : this.#unsettled.size >= this.#waitingMax;
    if (isFull) return this.#tell(event, tell, new Refusal('overloaded', { detail: 'audit queue' }));
    if (this.#isClosed && !isOutcome)
      return this.#tell(event, tell, new Refusal('audit_unavailable', { detail: 'closing' }));
    const dueMs = isOutcome ? Number.POSITIVE_INFINITY : performance.now() + this.#deadlineMs;
    const encoded = encodeEvent(event, trail?.subject);
    const entry: Entry = {
      encoded,
      decidedEpoch,
      dueMs,
      isOutcome,
      trail,
      tell,
      isSettled: false,
      seat: undefined,
    };
    this.#queue.push(entry);
    if (isOutcome) this.#outcomes++;
    else {
      entry.seat = this.#unsettled.add(entry);
      this.#armDeadline(this.#deadlineMs);
    }
    // Time alone ends the wait as well; what else does is that it is enough, or that there is somebody now who waits.
    const isNews = this.#queue.length >= GATHER_EVENTS_MAX || this.#unsettled.size === 1;
    if (isNews && this.#gathering !== undefined && this.#gatherMs() <= 0) this.#gathering.end();
    this.#wake();
  }

  /** The next turn of the event loop: whatever arrived in this one shares a group. */
  #wake(): void {
    if (this.#lanes + this.#wakes >= this.#lanesMax || this.#queue.length === 0) return;
    this.#wakes++;
    setImmediate(() => {
      this.#wakes--;
      this.#lanes++;
      void this.#runLane();
    });
  }

  async #runLane(): Promise<void> {
    while (this.#queue.length > 0 && this.#lanes !== Number.POSITIVE_INFINITY) {
      const waitMs = this.#gatherMs();
      if (waitMs > 0) await this.#gather(waitMs);
      const group = this.#queue.splice(0, GROUP_EVENTS_MAX);
      this.#pace.begin(this.#unsettled.size);
      this.#wake();
      await this.#commit(group.filter((entry) => entry.isOutcome || !entry.isSettled));
    }
    this.#lanes--;
    if (this.#pendingCount() === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** How long the next group had better wait for more events. */
  #gatherMs(): number {
    return this.#isClosed ? 0 : this.#pace.waitMs(this.#queue.length, this.#unsettled.size);
  }

  #gather(ms: number): Promise<void> {
    if (this.#gathering !== undefined) return this.#gathering.ended;
    const { promise, resolve } = Promise.withResolvers<void>();
    const end = (): void => {
      this.#gathering = undefined;
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(end, ms);
    this.#gathering = { ended: promise, end };
    return promise;
  }

  async #commit(entries: Entry[]): Promise<void> {
    let group = entries;
    while (group.length > 0) {
      const groupId = newGroupId();
      try {
        const result = await commitGroup(this.#db, this.#seal(), groupId, group);
        this.#failures = 0;
        if (result.committed) return this.#settleCommitted(group);
        group = this.#takeOutStale(group, result.epochs);
      } catch (thrown) {
        if (thrown instanceof Refusal) return this.#settleDoubt(groupId, group, thrown);
        return this.#isolate(group, thrown);
      }
    }
  }

  #settleCommitted(group: readonly Entry[]): void {
    for (const entry of group) {
      const { event } = entry.encoded;
      this.#track(event, entry.trail);
      if (entry.isSettled && entry.decidedEpoch !== null) this.#recordUnsent(event, entry.trail);
      this.#settle(entry, 'committed');
    }
    this.#options.onCommitted?.();
  }

  /** What was not committed because of others goes on; what was decided under another epoch is handed back. */
  #takeOutStale(group: readonly Entry[], epochs: ReadonlyMap<string, bigint>): Entry[] {
    const isStale = ({ encoded, decidedEpoch }: Entry): boolean =>
      decidedEpoch !== null && epochs.get(encoded.event.appId) !== decidedEpoch;
    for (const entry of group) if (isStale(entry)) this.#settle(entry, 'stale');
    return group.filter((entry) => !isStale(entry));
  }

  /** An event that the database will not take (a duplicate, a month without a partition) must not take others with it. */
  async #isolate(group: readonly Entry[], cause: unknown): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    if (group.length === 1) {
      this.#options.onFault?.({ what: 'an event was refused by the database', events: 1, cause });
      this.#settle(first, new Refusal('audit_unavailable', { cause }));
      return;
    }
    const middle = Math.ceil(group.length / 2);
    await this.#commit(group.slice(0, middle));
    await this.#commit(group.slice(middle));
  }

  /**
   * Nobody knows whether the group was committed. An empty group is put in its place: whichever of the two comes first keeps the
   * other out, so that afterwards it is known, and nothing is written twice or authorised behind the caller's back.
   */
  async #settleDoubt(groupId: string, group: readonly Entry[], cause: Refusal): Promise<void> {
    this.#options.onFault?.({ what: 'a group was not acknowledged', events: group.length, cause });
    for (;;) {
      this.#failures++;
      await sleep(Math.min(RETRY_MS_MIN * 2 ** Math.min(this.#failures, 10), RETRY_MS_MAX));
      if (this.#lanes === Number.POSITIVE_INFINITY) return;
      try {
        const isCommitted = await wasCommitted(this.#db, groupId, this.writerId);
        this.#failures = 0;
        if (isCommitted) this.#settleCommitted(group);
        else this.#queue.unshift(...group.filter((entry) => entry.isOutcome || !entry.isSettled));
        return;
      } catch (thrown) {
        this.#options.onFault?.({
          what: 'the audit log cannot be reached',
          events: group.length,
          cause: thrown,
        });
      }
    }
  }

  /** The commit came through after its caller had been refused: nothing was sent, and the log says so. */
  #recordUnsent(event: AuditEvent, trail: CallTrail | undefined): void {
    const ordinal = Math.min(event.ordinal + 1, 15);
    const code = 'audit_unavailable';
    this.conclude({ ...event, kind: 'call.completed', ordinal, at: new Date(), code }, trail);
  }

  #track(event: AuditEvent, trail: CallTrail | undefined): void {
    if (event.mode === 'request') return;
    if (event.kind === 'call.authorized') this.#unconcluded.add(event, trail);
    else if (event.kind === 'call.completed') this.#unconcluded.delete(event.requestId, trail);
  }

  #settle(entry: Entry, result: AuthorizeResult | Refusal): void {
    if (entry.isOutcome) this.#outcomes--;
    else if (entry.seat !== undefined) this.#unsettled.delete(entry.seat);
    if (entry.isSettled) return;
    entry.isSettled = true;
    this.#tell(entry.encoded.event, entry.tell, result);
  }

  #tell({ requestId }: AuditEvent, tell: Tell | undefined, result: AuthorizeResult | Refusal): void {
    if (tell !== undefined) tell(result);
    else if (typeof result !== 'string')
      this.#options.onFault?.({
        what: 'an outcome was lost',
        events: 1,
        request_id: requestId,
        cause: result,
      });
  }

  /** One timer for all who wait, and none when nobody does. */
  #armDeadline(delayMs: number): void {
    if (this.#deadline !== undefined) return;
    this.#deadline = setTimeout(() => {
      this.#deadline = undefined;
      const now = performance.now();
      this.#refuseDue(now);
      const next = Math.min(...this.#unsettled.items().map(({ dueMs }) => dueMs));
      if (next < Number.POSITIVE_INFINITY) this.#armDeadline(Math.max(1, next - now));
    }, delayMs);
  }

  #refuseDue(nowMs: number): void {
    let isAnyQueued = false;
    for (const entry of this.#unsettled.items()) {
      if (entry.dueMs > nowMs) continue;
      isAnyQueued = true;
      this.#settle(entry, new Refusal('audit_unavailable'));
    }
    if (isAnyQueued) this.#queue = this.#queue.filter((entry) => entry.isOutcome || !entry.isSettled);
  }

  #pendingCount(): number {
    return this.#unsettled.size + this.#outcomes;
  }

  #seal(): { writerId: string; groupKey: KeyObject } {
    return { writerId: this.writerId, groupKey: this.#options.groupKey };
  }
}
