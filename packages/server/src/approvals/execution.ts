/**
 * The steps of an execution that stand in the database: claimed, ended with a result, ended as failed. Each is part of a
 * transaction, on a row that is locked and checked, with its events.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ApprovalTerms } from '../access/policies/types.ts';
import type { AppSnapshot } from '../access/snapshot.ts';
import { Refusal } from '../refusal.ts';
import { setShredTime } from '../store/approval-blobs.ts';
import {
  lockApproval,
  selectDecisions,
  shareEpoch,
  updateApproval,
  type ApprovalRow,
} from '../store/approvals.ts';
import type { Queryable } from '../store/database.ts';
import type { GrantRow, KeyRow, SecretRow } from '../store/deciding.ts';
import { storeBlob } from './blobs.ts';
import { checkHistory, ofCall, stateEvent, tell } from './events.ts';
import { guarded } from './guard.ts';
import { encodeResult, type HeldRequest, type HeldResult } from './held-request.ts';
import type { ApprovalParts } from './parts.ts';
import { saidYes } from './people.ts';
import { checkApproval, checkDecisions, ended, sealApproval } from './rows.ts';
import { areSatisfied } from './terms.ts';

/** An approved call, judged anew on fresh rows. */
export interface CheckedCall {
  readonly held: HeldRequest;
  readonly key: KeyRow;
  readonly grant: GrantRow;
  readonly secret: SecretRow;
  readonly holds: readonly ApprovalTerms[];
}

export interface SentEnd {
  readonly refusal: Refusal | undefined;
  readonly mayHaveBeenSent: boolean;
  readonly result: HeldResult | undefined;
  readonly statusCode: number | null;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly flags: readonly string[];
}

export type Claim = { readonly row: ApprovalRow } | 'stale' | 'gone';

/** I11, I12: what decides is what it was when it was checked, and stays so until `call.authorized` is committed. */
export async function claimIn(
  parts: ApprovalParts,
  tx: Queryable,
  before: ApprovalRow,
  call: CheckedCall,
  snapshot: AppSnapshot | undefined,
): Promise<Claim> {
  const { macKey, audit } = parts;
  if (snapshot === undefined || (await shareEpoch(tx, before.app_id)) !== snapshot.epoch) return 'stale';
  const locked = await lockApproval(tx, before);
  if (locked === undefined || locked.row.status !== 'approved') return 'gone';
  const { row, now } = locked;
  checkApproval(macKey(), row);
  if (row.expires_at.getTime() <= now.getTime()) return 'gone';
  // What was checked is what is claimed.
  if (!isDeepStrictEqual({ ...row }, { ...before })) return 'stale';
  const decisions = await selectDecisions(tx, row);
  await guarded(parts.log, async () => checkDecisions(macKey(), decisions));
  const yes = await saidYes(parts, tx, { orgId: snapshot.orgId, key: call.key, row }, decisions);
  const isStillWanted = call.holds.length === 0 || areSatisfied(call.holds, yes);
  if (!areSatisfied(row.terms, yes) || !isStillWanted)
    throw new Refusal('approval_stale', { message: 'Those who approved may not approve any more.' });
  await checkHistory(tx, row);
  const about = {
    ...ofCall(call.held, call.key, call.secret),
    decision: 'allow',
    epoch: snapshot.epoch,
  } as const;
  await audit.appendInTransaction(tx, [stateEvent(row, 'call.authorized', now, about)]);
  const claimed = sealApproval(macKey(), { ...row, status: 'executing', executor: audit.writerId });
  await updateApproval(tx, claimed);
  return { row: claimed };
}

export async function finishIn(
  parts: ApprovalParts,
  tx: Queryable,
  claimed: ApprovalRow,
  call: CheckedCall,
  { end, isOutcomeOpen }: { readonly end: SentEnd; readonly isOutcomeOpen: boolean },
): Promise<void> {
  const { macKey, audit, keepMs, keyring } = parts;
  const locked = await lockApproval(tx, claimed);
  if (locked?.row.status !== 'executing' || locked.row.executor !== audit.writerId) return;
  const { row, now } = locked;
  checkApproval(macKey(), row);
  const { refusal, result } = end;
  const isFailed = refusal !== undefined || result === undefined;
  const next = sealApproval(
    macKey(),
    ended(row, now, keepMs, {
      status: isFailed ? 'failed' : 'executed',
      executed_at: now,
      error_code: isFailed ? (refusal?.code ?? 'internal') : null,
      may_have_been_sent: isFailed ? end.mayHaveBeenSent : true,
      is_truncated: result?.isTruncated ?? null,
    }),
  );
  await updateApproval(tx, next);
  if (!isFailed) await storeBlob(tx, keyring.current(), { ...row, kind: 'result' }, encodeResult(result));
  if (next.shred_at !== null) await setShredTime(tx, next, next.shred_at);
  const about = {
    ...ofCall(call.held, call.key, call.secret),
    code: next.error_code,
    statusCode: end.statusCode,
    bytesIn: end.bytesIn,
    bytesOut: end.bytesOut,
    latencyMs: now.getTime() - (claimed.decided_at ?? now).getTime(),
    flags: end.flags,
  };
  const kind = isFailed ? 'approval.failed' : 'approval.executed';
  const state = stateEvent(row, kind, now, { code: next.error_code, statusCode: end.statusCode });
  await audit.appendInTransaction(
    tx,
    isOutcomeOpen ? [stateEvent(row, 'call.completed', now, about), state] : [state],
  );
  await tell(parts, tx, next, { kind, at: now });
}

interface FailedCall {
  /** Where it stands; anywhere else it is left alone. */
  readonly from: 'approved' | 'executing';
  readonly refusal: Refusal;
  readonly held?: HeldRequest | undefined;
  readonly mayHaveBeenSent?: boolean;
}

/** Ends an approval without a result. */
export async function failIn(
  parts: ApprovalParts,
  tx: Queryable,
  of: ApprovalRow,
  { from, refusal, held, mayHaveBeenSent = false }: FailedCall,
): Promise<void> {
  const { macKey, audit, keepMs } = parts;
  const locked = await lockApproval(tx, of);
  if (locked?.row.status !== from) return;
  const { row, now } = locked;
  checkApproval(macKey(), row);
  const next = sealApproval(
    macKey(),
    ended(row, now, keepMs, {
      status: 'failed',
      executed_at: from === 'executing' ? now : null,
      error_code: refusal.code,
      error_policy_id: refusal.policyId ?? null,
      may_have_been_sent: mayHaveBeenSent,
    }),
  );
  await updateApproval(tx, next);
  if (next.shred_at !== null) await setShredTime(tx, next, next.shred_at);
  const about = {
    ...(held === undefined ? {} : { url: held.said.url }),
    decision: mayHaveBeenSent ? null : ('deny' as const),
    code: refusal.code,
    policyId: refusal.policyId ?? null,
    flags: mayHaveBeenSent ? ['may_have_been_sent'] : [],
  };
  await audit.appendInTransaction(tx, [stateEvent(row, 'approval.failed', now, about)]);
  await tell(parts, tx, next, {
    kind: 'approval.failed',
    at: now,
    more: {
      code: refusal.code,
      may_have_been_sent: mayHaveBeenSent,
    },
  });
}
