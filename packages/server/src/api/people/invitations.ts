/** Invitations: a member who is not there yet, and the link with which they choose how they come in. */
import { SESSION_SECONDS, type Actor } from '../../access/people.ts';
import type { Unsealed } from '../../access/people-draft.ts';
import { newId } from '../../ids.ts';
import type { ChallengeUse } from '../../people/challenges.ts';
import { invitationLetter } from '../../people/letters.ts';
import { passkeySite } from '../../people/passkeys.ts';
import { Refusal } from '../../refusal.ts';
import { UniqueViolation } from '../../store/database.ts';
import { findShownMember, type MemberRow } from '../../store/people.ts';
import { updateLastSignIn } from '../../store/sessions.ts';
import { changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { countGuessAtAddress } from './guesses.ts';
import { getLink, makeLink, useLink, type GoodLink, type MadeLink } from './links.ts';
import { getMemberIn } from './member-rows.ts';
import { isInvited, memberView } from './member-view.ts';
import { checkMayManage, emailTaken, hashIfGiven } from './members.ts';
import { judgeNewPasskey, offerNewPasskey, passkeyKnown } from './new-passkey.ts';
import { sessionView } from './session-view.ts';
import { openSession } from './sign-in.ts';
import { ssoOffer } from './sso-identities.ts';

export function registerInvitations(routes: Routes, parts: ApiParts): void {
  routes.route('inviteMember', async ({ actor, body, requestId, ip }) => {
    checkMayManage(actor, body.role);
    const row: Unsealed<MemberRow> = {
      org_id: actor.orgId,
      member_id: newId(),
      email: body.email,
      role: body.role,
      password_hash: null,
      created_at: new Date(parts.clock.now()),
      removed_at: null,
      display_name: body.display_name ?? null,
      second_factor_id: null,
    };
    try {
      const { member, link } = await parts.organizations.change(actor.orgId, async (draft) => {
        const made = await draft.insertMember(row);
        draft.audit(
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.invited', {
            context: { member: made.member_id, role: made.role },
          }),
        );
        return { member: made, link: await makeLink(parts, draft, made, 'invitation') };
      });
      return await told(parts, actor, member, link);
    } catch (error) {
      if (error instanceof UniqueViolation) throw emailTaken(error);
      throw error;
    }
  });

  routes.route('renewInvitation', async ({ actor, params, requestId, ip }) => {
    const shown = await findShownMember(parts.db, actor.orgId, params.member_id);
    if (shown === undefined) throw new Refusal('not_found');
    if (!isInvited(shown)) throw alreadyIn();
    const { member, link } = await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, { orgId: actor.orgId, memberId: params.member_id });
      checkMayManage(actor, before.role);
      if (before.password_hash !== null) throw alreadyIn();
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.invited', {
          context: { member: before.member_id, role: before.role },
        }),
      );
      return { member: before, link: await makeLink(parts, draft, before, 'invitation') };
    });
    return told(parts, actor, member, link);
  });

  registerTakingUp(routes, parts);
}

function registerTakingUp(routes: Routes, parts: ApiParts): void {
  routes.route('readInvitation', async ({ body, ip }) => {
    const { member, link } = await tryInvitation(parts, body.token, ip);
    const site = passkeySite(parts.publicUrl());
    return {
      email: member.email,
      display_name: member.display_name,
      role: member.role,
      expires_at: link.expires_at.toISOString(),
      passkeys: {
        available: site.origin !== undefined,
        reason: site.origin === undefined ? site.reason : null,
      },
      sso: ssoOffer(parts),
    };
  });

  routes.route('startInvitationPasskey', async ({ body, ip }) => {
    const { member, link } = await tryInvitation(parts, body.token, ip);
    return { options: { ...(await offerNewPasskey(parts, member, invitationOf(link), [])) } };
  });

  routes.route('acceptInvitation', async ({ body, ...call }) => {
    const good = await tryInvitation(parts, body.token, call.ip);
    const { member } = good;
    const { password, passkey } = body;
    if ((password === undefined) === (passkey === undefined))
      throw new Refusal('invalid_request', {
        issues: [{ path: 'password', message: 'give a password or a passkey, and not both' }],
      });
    const displayName = body.display_name ?? member.display_name;
    const passwordHash = await hashIfGiven(password, { email: member.email, displayName });
    const of = { orgId: member.org_id, memberId: member.member_id };
    const made =
      passkey === undefined ? undefined : await judgeNewPasskey(parts, of, passkey, invitationOf(good.link));
    const opened = await parts.organizations
      .change(member.org_id, async (draft) => {
        const before = await getMemberIn(parts, draft.tx, of);
        await useLink(parts, draft, good);
        const after = await draft.updateMember(before, {
          password_hash: passwordHash ?? null,
          display_name: displayName,
        });
        if (made !== undefined) await draft.insertPasskey(made.row, made.signCount);
        await updateLastSignIn(draft.tx, of.orgId, of.memberId);
        const change = { actor: undefined, requestId: call.requestId, clock: parts.clock, ip: call.ip };
        draft.audit(
          changeEvent(change, 'member.joined', {
            memberId: of.memberId,
            context: { by: made === undefined ? 'password' : 'passkey' },
          }),
        );
        return openSession(parts, draft.tx, { member: after, by: 'invitation' }, call);
      })
      .catch(refuseKnown);
    setSessionCookie(call.reply, parts.publicUrl(), opened.text, SESSION_SECONDS);
    return sessionView(parts, opened.actor);
  });
}

/** A challenge for whoever holds the link. */
const invitationOf = (link: GoodLink['link']): ChallengeUse => ({
  purpose: 'passkey registration',
  boundTo: `invitation ${link.link_id}`,
});

export async function tryInvitation(parts: ApiParts, token: string, ip: string): Promise<GoodLink> {
  const guess = await countGuessAtAddress(parts, 'invitation', ip);
  const good = await getLink(parts, 'invitation', token);
  await guess.right();
  return good;
}

/** The link is told to whoever made it, and mailed where there is a mail server. */
async function told(parts: ApiParts, actor: Actor, member: MemberRow, link: MadeLink) {
  const letter = invitationLetter({ by: actor.email, role: member.role, url: link.url, until: link.until });
  return {
    ...memberView({
      ...member,
      last_signed_in_at: null,
      passkeys: 0,
      has_sso: false,
      invited_until: link.until,
    }),
    invitation_url: link.url,
    mailed: member.email !== null && (await parts.memberMail.send(member.email, letter)),
  };
}

function refuseKnown(error: unknown): never {
  if (error instanceof UniqueViolation) throw passkeyKnown(error);
  throw error;
}

const alreadyIn = (): Refusal =>
  new Refusal('conflict', {
    message: 'This member came in already.',
    hint: 'A recovery link lets them set a new password.',
  });
