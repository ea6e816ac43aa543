/** One's own authenticator app and recovery codes. What is shown once is not kept but sealed or as hashes. */
import { checkSealed, getLiveFactor, type Actor } from '../../access/people.ts';
import { newId } from '../../ids.ts';
import { hashRecoveryCode, mintRecoveryCodes } from '../../people/recovery-codes.ts';
import {
  describeTotp,
  findTotpStep,
  mintTotpSecret,
  openPendingTotp,
  sealPendingTotp,
  sealTotp,
} from '../../people/totp.ts';
import { Refusal } from '../../refusal.ts';
import type { Queryable } from '../../store/database.ts';
import { findSecondFactor, type SecondFactorRow } from '../../store/second-factors.ts';
import { findTotpPending, updateTotpPending } from '../../store/sessions.ts';
import { IntegrityError } from '../../vault/integrity.ts';
import type { Secret } from '../../vault/secret.ts';
import { changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { countGuess } from './guesses.ts';
import { tellMember } from './letters.ts';
import { getMemberIn } from './member-rows.ts';

const enrolled = (): Refusal =>
  new Refusal('conflict', {
    message: 'There is an authenticator app already.',
    hint: 'Remove it first; the new one begins with new recovery codes.',
  });
const notEnrolled = (): Refusal =>
  new Refusal('conflict', { message: 'There is no authenticator app.', hint: 'Set one up first.' });
const notStarted = (): Refusal =>
  new Refusal('conflict', {
    message: 'Nothing is being set up in this session.',
    hint: 'POST /v1/totp begins anew.',
  });

export function registerSecondFactor(routes: Routes, parts: ApiParts): void {
  routes.route('startTotp', async ({ actor }) => {
    if ((await getLiveFactor(parts, actor.orgId, actor.memberId)).factor !== undefined) throw enrolled();
    const secret = mintTotpSecret();
    const place = { orgId: actor.orgId, sessionId: actor.viaId };
    await updateTotpPending(
      parts.db,
      actor.orgId,
      actor.viaId,
      sealPendingTotp(parts.keyring(), place, secret),
    );
    const told = describeTotp(secret, actor.email ?? actor.memberId);
    secret.destroy();
    return { secret: told.secret, otpauth_url: told.otpauthUrl };
  });

  routes.route('confirmTotp', async ({ actor, body, requestId, ip }) => {
    const guess = await countGuess(parts, 'code', { account: actor.memberId, ip });
    const secret = await openPending(parts, actor);
    const step = findTotpStep(secret, body.code, parts.clock.now());
    if (step === undefined) {
      secret.destroy();
      throw new Refusal('unauthenticated', {
        message: 'The code is wrong.',
        hint: 'Look at the clock of the phone, and send the code that the app shows now.',
      });
    }
    const codes = mintRecoveryCodes();
    const factorId = newId();
    const place = { org_id: actor.orgId, member_id: actor.memberId, factor_id: factorId };
    const row = { ...place, recovery_hashes: hashesOf(parts, factorId, codes), created_at: nowOf(parts) };
    const totp = sealTotp(parts.keyring(), place, secret);
    secret.destroy();
    await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, actor);
      if (before.second_factor_id !== null) throw enrolled();
      await draft.insertSecondFactor(row, totp, step);
      await draft.updateMember(before, { second_factor_id: factorId });
      await updateTotpPending(draft.tx, actor.orgId, actor.viaId, null);
      draft.audit(changeEvent({ actor, requestId, clock: parts.clock, ip }, 'totp.enabled'));
    });
    await guess.right();
    tellMember(parts, actor.email, 'totp_enabled', ip);
    return { recovery_codes: codes };
  });

  routes.route('removeTotp', async ({ actor, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, actor);
      const factor = await getFactorIn(parts, draft.tx, actor);
      await draft.deleteSecondFactor(factor);
      await draft.updateMember(before, { second_factor_id: null });
      draft.audit(changeEvent({ actor, requestId, clock: parts.clock, ip }, 'totp.disabled'));
    });
    tellMember(parts, actor.email, 'totp_disabled', ip);
    return undefined;
  });

  routes.route('replaceRecoveryCodes', async ({ actor, requestId, ip }) => {
    const codes = mintRecoveryCodes();
    await parts.organizations.change(actor.orgId, async (draft) => {
      const factor = await getFactorIn(parts, draft.tx, actor);
      await draft.updateRecoveryHashes(factor, hashesOf(parts, factor.factor_id, codes));
      draft.audit(changeEvent({ actor, requestId, clock: parts.clock, ip }, 'recovery_codes.replaced'));
    });
    tellMember(parts, actor.email, 'recovery_codes_replaced', ip);
    return { recovery_codes: codes };
  });
}

const nowOf = (parts: ApiParts): Date => new Date(parts.clock.now());

const hashesOf = (parts: ApiParts, factorId: string, codes: readonly string[]): string[] =>
  codes.map((code) => hashRecoveryCode(parts.pepper(), factorId, code));

/** @throws Refusal `conflict` when there is none */
async function getFactorIn(parts: ApiParts, tx: Queryable, actor: Actor): Promise<SecondFactorRow> {
  const found = await findSecondFactor(tx, actor.orgId, actor.memberId);
  if (found === undefined) throw notEnrolled();
  checkSealed(parts, 'second_factors', found.row);
  return found.row;
}

async function openPending(parts: ApiParts, actor: Actor): Promise<Secret> {
  const sealed = await findTotpPending(parts.db, actor.orgId, actor.viaId);
  if (sealed === undefined) throw notStarted();
  try {
    return openPendingTotp(parts.keyring(), { orgId: actor.orgId, sessionId: actor.viaId }, sealed);
  } catch (error) {
    if (error instanceof IntegrityError) throw notStarted();
    throw error;
  }
}
