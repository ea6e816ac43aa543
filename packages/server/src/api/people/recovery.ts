/**
 * Coming back in (W6): a mailed link, or one that an owner or admin makes, with which a new password is set. It does nothing else:
 * the second factor is asked for as before, every session ends, and the member is told. Who asks learns nothing of who is there.
 */
import type { Role } from '@alter-vault/contract';
import type { PeopleDraft } from '../../access/people-draft.ts';
import { getLiveMember, type Actor } from '../../access/people.ts';
import { noPasswordLetter, recoveryLetter } from '../../people/letters.ts';
import { checkPasswordStrength } from '../../people/passwords.ts';
import { FIRST_ID } from '../pages.ts';
import { Refusal } from '../../refusal.ts';
import { selectPasskeys } from '../../store/passkeys.ts';
import { findMemberByEmail, type MemberRow } from '../../store/people.ts';
import { findSecondFactor } from '../../store/second-factors.ts';
import { endSessionsOf } from '../../store/sessions.ts';
import { hashPassword } from '../../vault/password.ts';
import { Secret } from '../../vault/secret.ts';
import { changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { countGuess, countGuessAtAddress } from './guesses.ts';
import { tellMember } from './letters.ts';
import { getLink, makeLink, useLink, type GoodLink, type MadeLink } from './links.ts';
import { getMemberIn } from './member-rows.ts';
import { checkMayManage } from './members.ts';
import { PASSKEYS_MAX } from './passkeys.ts';
import { identitiesIn } from './sso-identities.ts';

/** So long an owner or admin, or whoever reads their log or mail, has to notice that somebody else asked. */
const DELAY_MS = 15 * 60_000;
const DELAYED: readonly Role[] = ['owner', 'admin'];

interface Coming {
  readonly requestId: string;
  readonly ip: string;
}

export function registerRecovery(routes: Routes, parts: ApiParts): void {
  routes.route('requestRecovery', async ({ body, requestId, ip }) => {
    // Counted also where there is no such account, and never taken back: each may send a mail.
    await countGuess(parts, 'recovery', { account: body.email.toLowerCase(), ip });
    // Behind the answer: neither its time nor what it says tells whether there is such an account.
    if (parts.memberMail.isSet) parts.memberMail.run(() => mailLink(parts, body.email, { requestId, ip }));
    return undefined;
  });

  routes.route('readRecovery', async ({ body, ip }) => {
    const { member, link } = await tryLink(parts, body.token, ip);
    return {
      email: member.email,
      counts_from: link.counts_from.toISOString(),
      expires_at: link.expires_at.toISOString(),
    };
  });

  routes.route('completeRecovery', async ({ body, requestId, ip }) => {
    const good = await tryLink(parts, body.token, ip);
    const { member, link } = good;
    if (link.counts_from.getTime() > parts.clock.now())
      throw new Refusal('conflict', {
        message: `This link counts from ${link.counts_from.toISOString()} on.`,
        hint: 'Open it again then.',
      });
    const about = { email: member.email, displayName: member.display_name };
    await checkPasswordStrength(body.new_password, about, 'new_password');
    const passwordHash = await hashPassword(Secret.fromText(body.new_password));
    const of = { orgId: member.org_id, memberId: member.member_id };
    await parts.organizations.change(of.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, of);
      await useLink(parts, draft, good);
      await draft.updateMember(before, { password_hash: passwordHash });
      await endSessionsOf(draft.tx, of.orgId, of.memberId);
      const change = { actor: undefined, requestId, clock: parts.clock, ip };
      draft.audit(changeEvent(change, 'password.recovered', { memberId: of.memberId }));
    });
    tellMember(parts, member.email, 'password_recovered', ip);
    return undefined;
  });

  registerForAdmins(routes, parts);
}

function registerForAdmins(routes: Routes, parts: ApiParts): void {
  routes.route('makeRecoveryLink', async ({ actor, params, requestId, ip }) => {
    const { member, link } = await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getManaged(parts, draft, actor, params.member_id);
      if (before.email === null)
        throw new Refusal('conflict', {
          message: 'This member has no e-mail address, and so no password.',
          hint: 'They come in by access token.',
        });
      const change = { actor, requestId, clock: parts.clock, ip };
      draft.audit(
        changeEvent(change, 'recovery.requested', { context: { member: before.member_id, by: 'admin' } }),
      );
      return { member: before, link: await makeLink(parts, draft, before, 'recovery') };
    });
    tellMember(parts, member.email, 'recovery_link_made', ip);
    return { recovery_url: link.url, expires_at: link.until.toISOString() };
  });

  routes.route('resetFactors', async ({ actor, params, requestId, ip }) => {
    const email = await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getManaged(parts, draft, actor, params.member_id);
      const of = { orgId: actor.orgId, memberId: before.member_id };
      const factor = await findSecondFactor(draft.tx, of.orgId, of.memberId);
      if (factor !== undefined) await draft.deleteSecondFactor(factor.row);
      const passkeys = await selectPasskeys(draft.tx, of, FIRST_ID, PASSKEYS_MAX);
      for (const { row } of passkeys) await draft.deletePasskey(row);
      const identities = await identitiesIn(parts, draft, before);
      for (const row of identities) await draft.deleteIdentity(row);
      await draft.updateMember(before, { second_factor_id: null });
      await endSessionsOf(draft.tx, of.orgId, of.memberId);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'second_factor.reset', {
          context: {
            member: of.memberId,
            totp: factor !== undefined,
            passkeys: passkeys.length,
            identities: identities.length,
          },
        }),
      );
      return before.email;
    });
    tellMember(parts, email, 'factors_reset', ip);
    return undefined;
  });
}

/** Whom the actor may manage, and who is somebody else: one's own is done in one's account. */
async function getManaged(
  parts: ApiParts,
  draft: PeopleDraft,
  actor: Actor,
  memberId: string,
): Promise<MemberRow> {
  const member = await getMemberIn(parts, draft.tx, { orgId: actor.orgId, memberId });
  checkMayManage(actor, member.role);
  if (member.member_id === actor.memberId)
    throw new Refusal('conflict', {
      message: 'This is your own account.',
      hint: 'Change your password and factors under “Your account”, or ask another owner or admin.',
    });
  return member;
}

async function mailLink(parts: ApiParts, email: string, { requestId, ip }: Coming): Promise<void> {
  const found = await findMemberByEmail(parts.db, email);
  if (found === undefined) return;
  const { org_id: orgId, member_id: memberId } = found;
  const member = await getLiveMember(parts, orgId, memberId);
  // What is more than a password is not replaced by a link in a mail; whoever was invited has a link of their own.
  if (member.password_hash === null) return sendIfMember(parts, member);
  const isDelayed = DELAYED.includes(member.role);
  const link = await parts.organizations.change(orgId, async (draft): Promise<MadeLink> => {
    const before = await getMemberIn(parts, draft.tx, { orgId, memberId });
    const change = { actor: undefined, requestId, clock: parts.clock, ip };
    draft.audit(changeEvent(change, 'recovery.requested', { memberId, context: { by: 'mail' } }));
    return makeLink(parts, draft, before, 'recovery', isDelayed ? DELAY_MS : 0);
  });
  const { url, countsFrom: from, until } = link;
  await parts.memberMail.send(member.email ?? email, recoveryLetter({ url, from, until, isDelayed }));
}

async function sendIfMember(parts: ApiParts, member: MemberRow): Promise<void> {
  if (member.email !== null) await parts.memberMail.send(member.email, noPasswordLetter());
}

async function tryLink(parts: ApiParts, token: string, ip: string): Promise<GoodLink> {
  const guess = await countGuessAtAddress(parts, 'recovery', ip);
  const good = await getLink(parts, 'recovery', token);
  await guess.right();
  return good;
}
