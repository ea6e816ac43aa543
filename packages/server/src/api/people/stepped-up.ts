/**
 * Step-up as the routes see it: whether the person of a session proved again who they are, and until when that counts. Kept
 * under a MAC with the session's ids, timed by the database's clock.
 */
import type { StepUpMethod } from '@alter-vault/contract';
import { getLiveMember, type Actor } from '../../access/people.ts';
import { isRecordSealed, recordMac } from '../../access/row-macs.ts';
import { Refusal } from '../../refusal.ts';
import { databaseTime } from '../../store/approvals.ts';
import type { Queryable } from '../../store/database.ts';
import { countPasskeys } from '../../store/passkeys.ts';
import type { MemberRow } from '../../store/people.ts';
import { findStepUp, updateStepUp } from '../../store/step-ups.ts';
import type { ApiParts } from '../parts.ts';
import { hasSso } from './sso-identities.ts';

const STEP_UP_SECONDS = 5 * 60;
const TABLE = 'session_step_ups';

/** In the transaction of its event; answers until when it counts. */
export async function markSteppedUp(parts: ApiParts, tx: Queryable, actor: Actor): Promise<Date> {
  const at = await databaseTime(tx);
  const row = {
    org_id: actor.orgId,
    session_id: actor.viaId,
    member_id: actor.memberId,
    stepped_up_at: at,
  };
  await updateStepUp(tx, row, recordMac(parts.macKey(), TABLE, row));
  return endOf(at);
}

export async function steppedUpUntil(parts: ApiParts, actor: Actor): Promise<Date | undefined> {
  const row = await findStepUp(parts.db, actor.orgId, actor.viaId, STEP_UP_SECONDS);
  if (row === undefined || row.member_id !== actor.memberId || !isRecordSealed(parts.macKey(), TABLE, row))
    return undefined;
  return endOf(row.stepped_up_at);
}

/** @throws Refusal `step_up_required`, which says how this member can */
export async function checkSteppedUp(parts: ApiParts, actor: Actor): Promise<void> {
  if ((await steppedUpUntil(parts, actor)) !== undefined) return;
  const member = await getLiveMember(parts, actor.orgId, actor.memberId);
  throw new Refusal('step_up_required', { stepUpMethods: await stepUpMethods(parts, member) });
}

/** How this member can; at the identity provider alone who has nothing of their own here. */
export async function stepUpMethods(parts: ApiParts, member: MemberRow): Promise<StepUpMethod[]> {
  const { org_id: orgId, member_id: memberId } = member;
  const hasPassword = member.password_hash !== null && member.email !== null;
  const hasPasskey = (await countPasskeys(parts.db, orgId, memberId)) > 0;
  const own: StepUpMethod[] = [
    ...(hasPassword ? ['password' as const] : []),
    ...(hasPasskey ? ['passkey' as const] : []),
  ];
  return own.length === 0 && (await hasSso(parts, parts.db, member)) ? ['sso'] : own;
}

const endOf = (at: Date): Date => new Date(at.getTime() + STEP_UP_SECONDS * 1000);
