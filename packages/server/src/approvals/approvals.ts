/**
 * The life of a held call until it is executed: held, decided on, cancelled, expired. Every step is one transaction with
 * its audit events and notices, on a row that is locked and checked. Must never send anything: `executor.ts` does.
 */
import { bindingOf } from '../access/binding.ts';
import { hashCredentialText, hashesEqual, lineageOf } from '../access/keys.ts';
import type { Actor } from '../access/people.ts';
import type { ApprovalTerms } from '../access/policies/types.ts';
import { EMPTY_EVENT, type AuditEvent } from '../audit/event.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import {
  countOpen,
  databaseTime,
  findApproval,
  findByIdempotency,
  insertApproval,
  insertDecision,
  lockApproval,
  selectDecisions,
  shareEpoch,
  updateApproval,
  type ApprovalId,
  type ApprovalRow,
} from '../store/approvals.ts';
import { setShredTime } from '../store/approval-blobs.ts';
import { UniqueViolation, type Queryable } from '../store/database.ts';
import type { GrantRow, KeyRow, SecretRow } from '../store/deciding.ts';
import { loadBlob, storeBlob } from './blobs.ts';
import { stateEvent, tell } from './events.ts';
import { Gate } from './gate.ts';
import { guarded } from './guard.ts';
import {
  decodeHeld,
  decodeResult,
  encodeHeld,
  requestDigest,
  type HeldRequest,
  type HeldResult,
} from './held-request.ts';
import type { ApprovalParts } from './parts.ts';
import { excludedMembers, liveApprovers, saidYes } from './people.ts';
import { checkApproval, checkDecisions, ended, sealApproval, sealDecision } from './rows.ts';
import { areSatisfied, isNamed } from './terms.ts';

/** Calls of one key that wait at once: each may hold as much as the largest body. */
const OPEN_PER_KEY_MAX = 1_000;
/** Transactions at once, in each process. */
const AT_ONCE = 4;

/** A call that everything but people has agreed to. */
export interface CallToHold {
  /** `call.held`, without the approval's id. */
  readonly event: AuditEvent;
  readonly orgId: string;
  readonly epoch: bigint;
  readonly key: KeyRow;
  readonly grant: GrantRow;
  readonly secret: SecretRow;
  readonly host: string;
  readonly held: HeldRequest;
  readonly terms: readonly ApprovalTerms[];
  readonly idempotencyKey: string | undefined;
}

export interface Decision {
  readonly decision: 'approve' | 'deny';
  readonly reason: string | null;
  /** Of the request that was looked at. */
  readonly requestDigest: string | undefined;
}

export interface DecidedBy {
  readonly actor: Actor;
  readonly requestId: string;
  readonly ip: string;
}

export class Approvals {
  readonly #parts: ApprovalParts;
  readonly #gate = new Gate(AT_ONCE);

  constructor(parts: ApprovalParts) {
    this.#parts = parts;
  }

  /** Digest of where and how the credential of this row may go. */
  bindingDigest(secret: SecretRow): Buffer {
    return bindingOf(this.#parts.keyring.current().deploymentId, secret).destinations;
  }

  /**
   * The call that this key sent under this Idempotency-Key before, whatever became of it. The same bytes under another
   * grant are another call: they go out with another credential. @throws Refusal `conflict`
   */
  async findHeld(
    key: KeyRow,
    idempotencyKey: string | undefined,
    call: { readonly grantId: string; readonly digest: Buffer },
  ): Promise<ApprovalRow | undefined> {
    if (idempotencyKey === undefined) return undefined;
    const row = await findByIdempotency(this.#parts.db, key.app_id, this.#idempotency(key, idempotencyKey));
    if (row === undefined) return undefined;
    await this.#check(row);
    if (row.grant_id === call.grantId && hashesEqual(row.request_digest, call.digest))
      return this.#inTime(row);
    throw new Refusal('conflict', {
      message: 'This Idempotency-Key was used with another request.',
      hint: 'Use a new key for a new request.',
    });
  }

  /** Holds the call: sealed, written down, and told to those who may approve. `stale`: decide again (I12). */
  async hold(call: CallToHold): Promise<ApprovalRow | 'stale'> {
    const digest = requestDigest(call.held);
    try {
      return await this.#transaction((tx) => this.#insert(tx, call, digest));
    } catch (error) {
      // The same call came twice at the same moment.
      const isTwin = error instanceof UniqueViolation && error.constraint === 'approvals_idempotency';
      const same = { grantId: call.grant.grant_id, digest };
      const twin = isTwin ? await this.findHeld(call.key, call.idempotencyKey, same) : undefined;
      if (twin === undefined) throw error;
      return twin;
    }
  }

  async #insert(tx: Queryable, call: CallToHold, digest: Buffer): Promise<ApprovalRow | 'stale'> {
    const { key, grant, secret, held, idempotencyKey } = call;
    if ((await shareEpoch(tx, key.app_id)) !== call.epoch) return 'stale';
    if ((await countOpen(tx, key.app_id, key.key_id)) >= OPEN_PER_KEY_MAX)
      throw new Refusal('overloaded', { message: 'Too many calls of this key wait for approval.' });
    const now = await databaseTime(tx);
    const [behind] = await excludedMembers(this.#parts, tx, call.orgId, key, null);
    const seconds = Math.min(...call.terms.map((term) => term.expiresInSeconds));
    const row = sealApproval(this.#parts.macKey(), {
      app_id: key.app_id,
      approval_id: newId(),
      request_id: call.event.requestId,
      key_id: key.key_id,
      grant_id: grant.grant_id,
      secret_id: secret.secret_id,
      secret_version: secret.version,
      binding: this.bindingDigest(secret),
      request_digest: digest,
      terms: call.terms.map(({ policyId, name, approvers, quorum }) => ({
        policy_id: policyId,
        name,
        approvers: [...approvers],
        quorum,
      })),
      excluded_member_id: behind ?? null,
      idempotency: idempotencyKey === undefined ? null : this.#idempotency(key, idempotencyKey),
      method: held.method,
      host: call.host,
      created_at: now,
      expires_at: new Date(now.getTime() + seconds * 1000),
      status: 'pending',
      decided_at: null,
      decision_reason: null,
      executor: null,
      executed_at: null,
      error_code: null,
      error_policy_id: null,
      may_have_been_sent: null,
      is_truncated: null,
      shred_at: null,
    });
    await insertApproval(tx, row);
    await storeBlob(tx, this.#parts.keyring.current(), { ...row, kind: 'request' }, encodeHeld(held));
    await this.#parts.audit.appendInTransaction(tx, [{ ...call.event, approvalId: row.approval_id }]);
    const said = { reason: held.said.reason, caller: held.said.caller, secret_name: secret.name };
    await tell(this.#parts, tx, row, { kind: 'approval.requested', at: now, more: said });
    return row;
  }

  /** One member's decision, and what follows from it. */
  async decide(of: ApprovalId, by: DecidedBy, decision: Decision): Promise<ApprovalRow> {
    const snapshot = await this.#parts.boundaries.fresh(of.app_id);
    // I8: approvers see answers and bodies, and may quote one.
    const reason = decision.reason && (snapshot?.fingerprints.redact(decision.reason) ?? decision.reason);
    const outcome = await this.#transaction(async (tx) => {
      const { row, now } = await this.#lock(tx, of);
      if (isOverdue(row, now)) return this.#expireIn(tx, row, now);
      if (row.status !== 'pending') throw alreadyDecided(row);
      if (
        decision.requestDigest !== undefined &&
        decision.requestDigest !== row.request_digest.toString('hex')
      )
        throw new Refusal('conflict', { message: 'This is not the request that was looked at.' });
      const key = snapshot?.key(row.key_id);
      await this.#checkMayDecide(tx, row, by.actor, key);
      return this.#addDecision(tx, row, { by, decision: { ...decision, reason }, now, key });
    });
    if (outcome.status === 'expired') throw new Refusal('approval_expired');
    return outcome;
  }

  /** A3: named by a policy, not the member behind the key, and not a second time. @throws Refusal */
  async #checkMayDecide(
    tx: Queryable,
    row: ApprovalRow,
    actor: Actor,
    key: KeyRow | undefined,
  ): Promise<void> {
    const [me] = await liveApprovers(this.#parts, tx, actor.orgId, [actor.memberId]);
    if (me === undefined || !row.terms.some((term) => isNamed(term, me)))
      throw new Refusal('insufficient_scope', {
        message: 'You are not among the approvers of this call.',
        hint: 'Its policies name who may decide.',
      });
    const excluded = await excludedMembers(this.#parts, tx, actor.orgId, key, row.excluded_member_id);
    if (excluded.has(actor.memberId))
      throw new Refusal('insufficient_scope', {
        message: 'Nobody decides on the calls of their own key.',
        hint: 'Another approver has to decide.',
      });
  }

  async #addDecision(
    tx: Queryable,
    row: ApprovalRow,
    { by, decision, now, key }: { by: DecidedBy; decision: Decision; now: Date; key: KeyRow | undefined },
  ): Promise<ApprovalRow> {
    const { macKey, audit } = this.#parts;
    const before = await selectDecisions(tx, row);
    checkDecisions(macKey(), before);
    if (before.some((one) => one.member_id === by.actor.memberId))
      throw new Refusal('conflict', { message: 'You have decided on this call already.' });
    const mine = sealDecision(macKey(), {
      app_id: row.app_id,
      approval_id: row.approval_id,
      member_id: by.actor.memberId,
      decision: decision.decision,
      reason: decision.reason,
      via: by.actor.via,
      decided_at: now,
    });
    await insertDecision(tx, mine);
    const yes = await saidYes(this.#parts, tx, { orgId: by.actor.orgId, key, row }, [...before, mine]);
    const isApproved = mine.decision === 'approve' && areSatisfied(row.terms, yes);
    const next = this.#decided(
      row,
      mine.decision === 'deny' ? 'denied' : isApproved ? 'approved' : 'pending',
      now,
      decision.reason,
    );
    await updateApproval(tx, next);
    if (next.shred_at !== null) await setShredTime(tx, next, next.shred_at);
    const actor = { ...EMPTY_EVENT.actor, memberId: by.actor.memberId, ip: by.ip };
    const about = {
      actor,
      reason: decision.reason,
      decision: mine.decision === 'deny' ? ('deny' as const) : ('allow' as const),
    };
    await audit.appendInTransaction(tx, [
      {
        ...stateEvent(row, 'approval.approved', now, about),
        kind: 'approval.decided',
        requestId: by.requestId,
        ordinal: 0,
      },
      ...(next.status === 'approved' ? [stateEvent(row, 'approval.approved', now, about)] : []),
      ...(next.status === 'denied' ? [stateEvent(row, 'approval.denied', now, about)] : []),
    ]);
    const told = { decision: mine.decision, decided_by: by.actor.memberId, reason: decision.reason };
    await tell(this.#parts, tx, next, { kind: 'approval.decided', at: now, more: told });
    return next;
  }

  #decided(
    row: ApprovalRow,
    status: 'pending' | 'approved' | 'denied',
    now: Date,
    reason: string | null,
  ): ApprovalRow {
    const { macKey, keepMs } = this.#parts;
    if (status === 'pending') return row;
    const change = { status, decided_at: now, decision_reason: reason };
    return sealApproval(
      macKey(),
      status === 'denied' ? ended(row, now, keepMs, change) : { ...row, ...change },
    );
  }

  /** By the requesting key, as long as it was not sent. */
  async cancel(of: ApprovalId, event: Pick<AuditEvent, 'actor'>): Promise<ApprovalRow> {
    const outcome = await this.#transaction(async (tx) => {
      const { row, now } = await this.#lock(tx, of);
      if (isOverdue(row, now)) return this.#expireIn(tx, row, now);
      if (row.status !== 'pending' && row.status !== 'approved') throw alreadyDecided(row);
      return this.#endIn(tx, row, now, 'cancelled', event);
    });
    if (outcome.status === 'expired') throw new Refusal('approval_expired');
    return outcome;
  }

  /** Ends what nobody decided on, or executed, in time: by the database's clock (A5). */
  async expire(of: ApprovalId): Promise<void> {
    await this.#transaction(async (tx) => {
      const { row, now } = await this.#lock(tx, of);
      if (isOverdue(row, now)) await this.#expireIn(tx, row, now);
    });
  }

  #expireIn(tx: Queryable, row: ApprovalRow, now: Date): Promise<ApprovalRow> {
    return this.#endIn(tx, row, now, 'expired');
  }

  async #endIn(
    tx: Queryable,
    row: ApprovalRow,
    now: Date,
    status: 'expired' | 'cancelled',
    about: Partial<AuditEvent> = {},
  ): Promise<ApprovalRow> {
    const { macKey, keepMs, audit } = this.#parts;
    const next = sealApproval(macKey(), ended(row, now, keepMs, { status }));
    await updateApproval(tx, next);
    if (next.shred_at !== null) await setShredTime(tx, next, next.shred_at);
    await audit.appendInTransaction(tx, [stateEvent(row, `approval.${status}`, now, about)]);
    await tell(this.#parts, tx, next, { kind: `approval.${status}`, at: now });
    return next;
  }

  /** The row as it is, checked; what nobody has yet marked as expired is marked now. */
  async find(appId: string, approvalId: string): Promise<ApprovalRow | undefined> {
    const row = await findApproval(this.#parts.db, appId, approvalId);
    if (row === undefined) return undefined;
    await this.#check(row);
    return this.#inTime(row);
  }

  async #inTime(row: ApprovalRow): Promise<ApprovalRow | undefined> {
    if (row.status !== 'pending' && row.status !== 'approved') return row;
    const now = await databaseTime(this.#parts.db);
    if (!isOverdue(row, now)) return row;
    await this.expire(row);
    return findApproval(this.#parts.db, row.app_id, row.approval_id);
  }

  async #check(row: ApprovalRow): Promise<void> {
    await guarded(this.#parts.log, async () => checkApproval(this.#parts.macKey(), row));
  }

  /** Undefined once it is shredded. */
  async heldRequest(row: ApprovalRow): Promise<HeldRequest | undefined> {
    return guarded(this.#parts.log, async () => {
      const bytes = await loadBlob(this.#parts.db, this.#parts.keyring, row, 'request');
      return bytes && decodeHeld(bytes);
    });
  }

  async result(row: ApprovalRow): Promise<HeldResult | undefined> {
    return guarded(this.#parts.log, async () => {
      const bytes = await loadBlob(this.#parts.db, this.#parts.keyring, row, 'result');
      return bytes && decodeResult(bytes);
    });
  }

  #idempotency(key: KeyRow, idempotencyKey: string): Buffer {
    const macKey = this.#parts.keyring.current().primary('idempotency').key;
    return hashCredentialText(
      macKey,
      JSON.stringify(['held call', key.app_id, lineageOf(key), idempotencyKey]),
    );
  }

  #transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return this.#gate.pass(() => guarded(this.#parts.log, () => this.#parts.db.transaction(work)));
  }

  async #lock(tx: Queryable, of: ApprovalId): Promise<{ row: ApprovalRow; now: Date }> {
    const locked = await lockApproval(tx, of);
    if (locked === undefined) throw new Refusal('not_found');
    checkApproval(this.#parts.macKey(), locked.row);
    return locked;
  }
}

function isOverdue(row: ApprovalRow, now: Date): boolean {
  return (row.status === 'pending' || row.status === 'approved') && row.expires_at.getTime() <= now.getTime();
}

function alreadyDecided(row: ApprovalRow): Refusal {
  if (row.status === 'expired') return new Refusal('approval_expired');
  return new Refusal('conflict', { message: `This call is ${row.status} already.` });
}
