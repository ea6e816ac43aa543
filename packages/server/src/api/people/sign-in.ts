/**
 * Proving who one is: the password, the second factor of whoever has one, and the session that begins then. Each proof is
 * judged against rows whose MACs are right and that are of the organization's set (F15).
 */
import { ROLE_SCOPES, type SignedInBy } from '@alter-vault/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { hashCredentialText } from '../../access/keys.ts';
import {
  checkSealed,
  getLiveFactor,
  mintSessionText,
  SESSION_SECONDS,
  type Actor,
  type LiveFactor,
} from '../../access/people.ts';
import { newId } from '../../ids.ts';
import { hashRecoveryCode } from '../../people/recovery-codes.ts';
import { findTotpStep, openTotp } from '../../people/totp.ts';
import { Refusal } from '../../refusal.ts';
import type { Queryable } from '../../store/database.ts';
import { findMemberByEmail, type MemberRow } from '../../store/people.ts';
import { findSecondFactor, useTotpStep } from '../../store/second-factors.ts';
import { insertSession, updateLastSignIn } from '../../store/sessions.ts';
import { verifyPassword } from '../../vault/password.ts';
import { Secret } from '../../vault/secret.ts';
import { appendForPeople, changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { countGuess } from './guesses.ts';
import { tellMember } from './letters.ts';

export interface GivenFactor {
  readonly totp_code?: string | undefined;
  readonly recovery_code?: string | undefined;
}

export interface Proven {
  readonly member: MemberRow;
  readonly by: SignedInBy;
}

export interface Coming {
  readonly requestId: string;
  readonly ip: string;
}

export interface SignInCall extends Coming {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

/** The member with this password, and with the second factor that they have. @throws Refusal */
export async function provePassword(
  parts: ApiParts,
  given: { readonly email: string; readonly password: string } & GivenFactor,
  coming: Coming,
): Promise<Proven> {
  const { member, factor } = await checkPassword(parts, given.email, given.password, coming.ip);
  if (factor === undefined) return { member, by: 'password' };
  return { member, by: await checkFactor(parts, member, factor, given, coming) };
}

/**
 * W5: the same work and answer for an unknown address as for a wrong password.
 * @throws Refusal `unauthenticated`, `rate_limited`
 */
export async function checkPassword(
  parts: ApiParts,
  email: string,
  password: string,
  ip: string,
): Promise<{ readonly member: MemberRow; readonly factor: LiveFactor | undefined }> {
  const guess = await countGuess(parts, 'password', { account: email.toLowerCase(), ip });
  const found = await findMemberByEmail(parts.db, email);
  if (found !== undefined) checkSealed(parts, 'members', found);
  const isRight = await verifyPassword(found?.password_hash ?? undefined, Secret.fromText(password));
  if (found === undefined || !isRight) {
    if (found !== undefined)
      parts.failedSignIns.note({ orgId: found.org_id, memberId: found.member_id, fault: 'password', ip });
    throw new Refusal('unauthenticated', {
      message: 'E-mail address or password is wrong.',
      hint: 'Check both and try again.',
    });
  }
  // F15: after the password, so that the time tells nothing of whether there is such an account.
  const live = await getLiveFactor(parts, found.org_id, found.member_id);
  if (live.member.password_hash !== found.password_hash) throw new Refusal('unauthenticated');
  await guess.right();
  return live;
}

/** @throws Refusal `second_factor_required`, `unauthenticated`, `rate_limited` */
async function checkFactor(
  parts: ApiParts,
  member: MemberRow,
  factor: LiveFactor,
  given: GivenFactor,
  coming: Coming,
): Promise<SignedInBy> {
  const { totp_code: code, recovery_code: recovery } = given;
  if (code === undefined && recovery === undefined)
    throw new Refusal('second_factor_required', {
      secondFactors: factor.row.recovery_hashes.length > 0 ? ['totp_code', 'recovery_code'] : ['totp_code'],
    });
  const guess = await countGuess(parts, 'code', { account: member.member_id, ip: coming.ip });
  const isRight =
    code === undefined
      ? await useRecoveryCode(parts, member, recovery ?? '', coming)
      : await useTotpCode(parts, member, factor, code);
  if (!isRight) {
    const { org_id: orgId, member_id: memberId } = member;
    parts.failedSignIns.note({ orgId, memberId, fault: 'second_factor', ip: coming.ip });
    throw new Refusal('unauthenticated', {
      message: 'The code is wrong, or was used before.',
      hint: 'Wait for the next code of the app, or use another recovery code.',
    });
  }
  await guess.right();
  return code === undefined ? 'password_recovery_code' : 'password_totp';
}

async function useTotpCode(
  parts: ApiParts,
  member: MemberRow,
  { row, totp }: LiveFactor,
  code: string,
): Promise<boolean> {
  const secret = openTotp(parts.keyring(), row, totp);
  const step = findTotpStep(secret, code, parts.clock.now());
  secret.destroy();
  if (step === undefined) return false;
  const { org_id: orgId, member_id: memberId } = member;
  return useTotpStep(parts.db, { orgId, memberId, factorId: row.factor_id }, step);
}

/** In the transaction that takes it off the list: of many at once, one. */
async function useRecoveryCode(
  parts: ApiParts,
  { org_id: orgId, member_id: memberId, email }: MemberRow,
  code: string,
  { requestId, ip }: Coming,
): Promise<boolean> {
  return parts.organizations.change(orgId, async (draft) => {
    const found = await findSecondFactor(draft.tx, orgId, memberId);
    if (found === undefined) return false;
    checkSealed(parts, 'second_factors', found.row);
    const hash = hashRecoveryCode(parts.pepper(), found.row.factor_id, code);
    const left = found.row.recovery_hashes.filter((one) => one !== hash);
    if (left.length === found.row.recovery_hashes.length) return false;
    await draft.updateRecoveryHashes(found.row, left);
    const change = { actor: undefined, requestId, clock: parts.clock, ip };
    draft.audit(changeEvent(change, 'recovery_code.used', { memberId, context: { left: left.length } }));
    tellMember(parts, email, 'recovery_code_used', ip);
    return true;
  });
}

/** W4: a session is new at every sign-in, under an id that nobody knew before. In the transaction of its event. */
export async function openSession(
  parts: ApiParts,
  tx: Queryable,
  { member, by }: Proven,
  { request, ip }: { readonly request: FastifyRequest; readonly ip: string },
): Promise<{ readonly text: string; readonly actor: Actor }> {
  const text = mintSessionText(member.member_id);
  const row = await insertSession(tx, {
    org_id: member.org_id,
    session_id: newId(),
    member_id: member.member_id,
    token_hash: hashCredentialText(parts.pepper(), text),
    ip,
    user_agent: request.headers['user-agent']?.slice(0, 256) ?? null,
    signed_in_by: by,
    seconds: SESSION_SECONDS,
  });
  const actor: Actor = {
    orgId: member.org_id,
    memberId: member.member_id,
    email: member.email,
    role: member.role,
    scopes: ROLE_SCOPES[member.role],
    via: 'session',
    viaId: row.session_id,
    expiresAt: row.expires_at,
    ip,
  };
  return { text, actor };
}

/** Signs in whoever proved who they are: the session, when it was, the event, and the cookie. */
export async function signInAs(parts: ApiParts, proven: Proven, call: SignInCall): Promise<Actor> {
  const { member } = proven;
  const { text, actor } = await parts.db.transaction(async (tx) => {
    const opened = await openSession(parts, tx, proven, call);
    await updateLastSignIn(tx, member.org_id, member.member_id);
    const change = { actor: undefined, requestId: call.requestId, clock: parts.clock, ip: call.ip };
    await appendForPeople(
      parts,
      tx,
      member.org_id,
      changeEvent(change, 'member.signed_in', {
        memberId: member.member_id,
        context: { by: proven.by, session: opened.actor.viaId },
      }),
    );
    return opened;
  });
  setSessionCookie(call.reply, parts.publicUrl(), text, SESSION_SECONDS);
  return actor;
}
