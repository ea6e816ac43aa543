/**
 * Sends what was approved, once (I11, A2). A process claims an approval in the transaction that writes `call.authorized`:
 * the row says so, and the log takes that event once for each call, whatever the row says. Who dies in between has its
 * calls ended as failed, never sent again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ErrorCode } from '@alter-vault/contract';
import type { AppSnapshot } from '../access/snapshot.ts';
import { Refusal, toRefusal } from '../refusal.ts';
import { shredApprovalBlobs } from '../store/approval-blobs.ts';
import {
  APPROVALS_CHANNEL,
  findApproval,
  selectApproved,
  selectEnded,
  selectOverdue,
  selectStranded,
  type ApprovalId,
  type ApprovalRow,
} from '../store/approvals.ts';
import { UniqueViolation, type Listener, type Queryable } from '../store/database.ts';
import { IntegrityError } from '../vault/integrity.ts';
import type { Approvals } from './approvals.ts';
import { stateEvent } from './events.ts';
import { claimIn, failIn, finishIn, type CheckedCall, type SentEnd } from './execution.ts';
import { Gate } from './gate.ts';
import type { HeldRequest } from './held-request.ts';
import type { ApprovalParts } from './parts.ts';
import { checkApproval } from './rows.ts';
import type { Waiters } from './waiters.ts';

/** Hints come at once; this is for those that were lost. */
const POLL_MS = 2_000;
const SHRED_EVERY_MS = 30_000;
/** Calls that one process sends at once. */
const AT_ONCE = 16;
/** Transactions of executions at once: each may need one more connection. */
const TRANSACTIONS_AT_ONCE = 3;
const DECISIONS_MAX = 8;
const RETRY_MS_MAX = 2_000;
/** Calls under way get this long at the end. */
const DRAIN_MS = 30_000;
/** And this long to write down that they were ended. */
const ENDED_MS = 2_000;
/** What says "not now" leaves the approval as it is: it is tried again until it expires. */
const TRANSIENT: ReadonlySet<ErrorCode> = new Set(['unavailable', 'audit_unavailable', 'overloaded']);

/** What the data path does for an execution: it judges, and it sends. */
export interface Carrier {
  /** @throws Refusal with which the approval ends as failed */
  check(snapshot: AppSnapshot | undefined, row: ApprovalRow, held: HeldRequest): CheckedCall;
  /** Never throws: whatever happens is an end. */
  send(call: CheckedCall, row: ApprovalRow): Promise<SentEnd>;
  /** Ends what is under way. */
  endAll(refusal: Refusal): void;
}

export class Executor {
  readonly #parts: ApprovalParts;
  readonly #approvals: Approvals;
  readonly #carrier: Carrier;
  readonly #waiters: Waiters;
  readonly #gate = new Gate(TRANSACTIONS_AT_ONCE);
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Rows that are not what was sealed: nothing is done with them, and that is said once. */
  readonly #broken = new Set<string>();
  /** What was claimed here, to this process's knowledge, and is not written down as ended. */
  readonly #sent = new Set<string>();
  readonly #timers: NodeJS.Timeout[] = [];
  #listener: Listener | undefined;
  #looking: Promise<void> | undefined;
  #isLookWanted = false;
  #isDraining = false;
  #isStopped = false;

  constructor(parts: ApprovalParts, approvals: Approvals, carrier: Carrier, waiters: Waiters) {
    this.#parts = parts;
    this.#approvals = approvals;
    this.#carrier = carrier;
    this.#waiters = waiters;
  }

  async start(): Promise<void> {
    this.#listener = await this.#parts.db.listen(APPROVALS_CHANNEL, {
      onNotify: (approvalId) => {
        this.#waiters.wake(approvalId);
        this.#look();
      },
      onReconnect: () => {
        this.#waiters.wakeAll();
        this.#look();
      },
    });
    this.#timers.push(setInterval(() => this.#look(), POLL_MS).unref());
    this.#timers.push(
      setInterval(() => void this.#try(() => shredApprovalBlobs(this.#parts.db)), SHRED_EVERY_MS).unref(),
    );
    this.#look();
  }

  /** Takes nothing new, and lets what is under way come to its end for a while. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    this.#waiters.drain();
    await this.#looking;
    const timer = setTimeout(
      () => this.#carrier.endAll(new Refusal('unavailable', { message: 'The vault is being stopped.' })),
      DRAIN_MS,
    );
    // An outcome that can't be written down must not keep the server from stopping.
    const abort = new AbortController();
    const late = sleep(DRAIN_MS + ENDED_MS, undefined, { signal: abort.signal }).catch(() => undefined);
    await Promise.race([Promise.all(this.#inFlight.values()), late]);
    abort.abort();
    clearTimeout(timer);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isDraining = true;
    for (const timer of this.#timers) clearInterval(timer);
    await this.#listener?.close();
    await this.#looking;
    await Promise.all(this.#inFlight.values());
  }

  /** One look at a time; a hint that comes during one brings another. */
  #look(): void {
    this.#isLookWanted = true;
    this.#looking ??= this.#lookAll().finally(() => {
      this.#looking = undefined;
    });
  }

  async #lookAll(): Promise<void> {
    while (this.#isLookWanted && !this.#isDraining) {
      this.#isLookWanted = false;
      await this.#try(() => this.#lookOnce());
    }
  }

  async #lookOnce(): Promise<void> {
    const { db, audit } = this.#parts;
    const waited = this.#waiters.ids;
    if (waited.length > 0) for (const id of await selectEnded(db, waited)) this.#waiters.wake(id);
    const free = AT_ONCE - this.#inFlight.size;
    if (free > 0) for (const one of await selectApproved(db, AT_ONCE + free)) this.#begin(one);
    for (const one of this.#sound(await selectOverdue(db, 100)))
      await this.#mend(one, () => this.#approvals.expire(one));
    for (const one of this.#sound(await selectStranded(db, audit.writerId, 100)))
      if (!this.#inFlight.has(one.approval_id)) await this.#mend(one, () => this.#endStranded(one));
  }

  #sound<One extends ApprovalId>(found: readonly One[]): One[] {
    return found.filter((one) => !this.#broken.has(one.approval_id));
  }

  #begin(one: ApprovalId): void {
    const id = one.approval_id;
    if (this.#isDraining || this.#inFlight.size >= AT_ONCE || this.#inFlight.has(id) || this.#broken.has(id))
      return;
    const run = this.#mend(one, () => this.#execute(one)).finally(() => {
      this.#inFlight.delete(id);
      if (!this.#isDraining) this.#look();
    });
    this.#inFlight.set(id, run);
  }

  /** A row that is not what was sealed is left alone from now on. */
  async #mend(one: ApprovalId, work: () => Promise<void>): Promise<void> {
    await this.#try(async () => {
      try {
        await work();
      } catch (error) {
        if (error instanceof Refusal && TRANSIENT.has(error.code)) throw error;
        this.#broken.add(one.approval_id);
        this.#parts.log.error(
          { alarm: 'integrity', approval_id: one.approval_id, err: error },
          'an approval is not what was sealed, and is neither executed nor changed',
        );
      }
    });
  }

  async #try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.#isStopped)
        this.#parts.log.warn({ err: error }, 'work on approvals failed; it is tried again');
    }
  }

  /** A transient failure before the claim leaves the approval for the next look, here or elsewhere. */
  async #execute(of: ApprovalId): Promise<void> {
    const row = await findApproval(this.#parts.db, of.app_id, of.approval_id);
    if (row?.status !== 'approved') return;
    checkApproval(this.#parts.macKey(), row);
    let held: HeldRequest | undefined;
    try {
      held = await this.#approvals.heldRequest(row);
      if (held === undefined) throw new Refusal('approval_stale', { detail: 'the held request is gone' });
      await this.#claimAndSend(row, held);
    } catch (thrown) {
      // Of a row that is not to be trusted nothing is sealed anew.
      if (thrown instanceof IntegrityError) throw thrown;
      const refusal = toRefusal(thrown);
      if (TRANSIENT.has(refusal.code)) throw refusal;
      await this.#transaction((tx) => failIn(this.#parts, tx, row, { from: 'approved', refusal, held }));
    }
  }

  async #claimAndSend(row: ApprovalRow, held: HeldRequest): Promise<void> {
    for (let attempt = 0; attempt < DECISIONS_MAX; attempt += 1) {
      const snapshot = await this.#parts.boundaries.fresh(row.app_id);
      const call = this.#carrier.check(snapshot, row, held);
      const claim = await this.#transaction((tx) => claimIn(this.#parts, tx, row, call, snapshot));
      if (claim === 'gone') return;
      if (claim === 'stale') continue;
      this.#sent.add(row.approval_id);
      const end = await this.#carrier.send(call, claim.row);
      await this.#finish(claim.row, call, end);
      this.#parts.audit.closed(row.request_id);
      this.#sent.delete(row.approval_id);
      return;
    }
    throw new Refusal('unavailable', {
      detail: 'the app changed faster than an approved call could be decided',
    });
  }

  /** Until it is written down: what was sent is known to nobody else. */
  async #finish(row: ApprovalRow, call: CheckedCall, end: SentEnd): Promise<void> {
    let isOutcomeOpen = true;
    for (let attempt = 0; !this.#isStopped; attempt += 1) {
      try {
        await this.#transaction((tx) => finishIn(this.#parts, tx, row, call, { end, isOutcomeOpen }));
        return;
      } catch (error) {
        // Somebody took this process for dead and has written `call.completed`: the log takes one.
        if (error instanceof UniqueViolation) isOutcomeOpen = false;
        else if (!(error instanceof Refusal) || !TRANSIENT.has(error.code)) throw error;
        // The keyring may have been rotated while the call was under way.
        await this.#parts.keyring.reload().catch(() => undefined);
        await sleep(Math.min(50 * 2 ** attempt, RETRY_MS_MAX));
      }
    }
  }

  /**
   * What a process was executing when it died may have been sent, and is never sent again. What this one claimed, without
   * learning of it, it did not send.
   */
  async #endStranded(one: ApprovalId & { readonly executor: string }): Promise<void> {
    const row = await findApproval(this.#parts.db, one.app_id, one.approval_id);
    if (row?.status !== 'executing' || row.executor !== one.executor) return;
    const isOurs = one.executor === this.#parts.audit.writerId;
    if (isOurs && this.#inFlight.has(one.approval_id)) return;
    const refusal = new Refusal('internal', { detail: 'the process that executed it is gone' });
    const maySent = !isOurs || this.#sent.has(one.approval_id);
    await this.#transaction((tx) =>
      failIn(this.#parts, tx, row, { from: 'executing', refusal, mayHaveBeenSent: maySent }),
    );
    // Of a dead process the audit log closes the calls by itself; this one's are left to it.
    if (isOurs) await this.#closeCall(row, refusal, maySent);
  }

  async #closeCall(row: ApprovalRow, { code }: Refusal, maySent: boolean): Promise<void> {
    const { audit } = this.#parts;
    const flags = maySent ? ['may_have_been_sent'] : [];
    try {
      await audit.record(stateEvent(row, 'call.completed', new Date(), { code, flags }));
    } catch (error) {
      // It stands there already.
      if (!(error instanceof Refusal && error.cause instanceof UniqueViolation)) throw error;
      audit.closed(row.request_id);
    }
  }

  #transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => this.#parts.db.transaction(work));
  }
}
