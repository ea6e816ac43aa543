/**
 * Who an account of the identity provider is here (W10). Bound by issuer and subject: an address alone takes over nobody's account.
 * By an address that the provider verified comes in who was invited and is not in yet, and who is of a domain of the settings.
 * Whoever was removed comes in again only by a new invitation.
 */
import { getIdentityOwner, getLiveMember } from '../../access/people.ts';
import type { PeopleDraft } from '../../access/people-draft.ts';
import { newId } from '../../ids.ts';
import type { SsoClaims } from '../../oidc/claims.ts';
import { SsoRefused } from '../../people/sso-refused.ts';
import { Refusal } from '../../refusal.ts';
import { UniqueViolation } from '../../store/database.ts';
import { findIdentity } from '../../store/identities.ts';
import {
  findMemberByEmail,
  findOrganization,
  findShownMember,
  wasRemoved,
  type MemberRow,
} from '../../store/people.ts';
import { changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import { takeBackLinks, useLink, type GoodLink } from './links.ts';
import { getMemberIn } from './member-rows.ts';
import { isInvited } from './member-view.ts';
import { bindIdentity } from './sso-identities.ts';
import type { Coming } from './sign-in.ts';

/** Whoever signs in with it; a member from now on, where they may become one. @throws SsoRefused */
export async function memberOfClaims(parts: ApiParts, claims: SsoClaims, coming: Coming): Promise<MemberRow> {
  const known = await ownerOfIdentity(parts, claims);
  if (known !== undefined && !known.isRemoved) return known.member;
  const email = claims.verifiedEmail;
  const found = email === undefined ? undefined : await findMemberByEmail(parts.db, email);
  if (found !== undefined) return joinInvited(parts, found, claims, coming);
  if (known !== undefined) throw new SsoRefused('removed', known.memberId);
  if (email === undefined) throw new SsoRefused('not_verified');
  return provision(parts, claims, email, coming);
}

/** The one whose account it is already: nobody is let in for the first time. @throws SsoRefused */
export async function knownMember(parts: ApiParts, claims: SsoClaims): Promise<MemberRow> {
  const known = await ownerOfIdentity(parts, claims);
  if (known === undefined) throw new SsoRefused('other_account');
  if (known.isRemoved) throw new SsoRefused('removed', known.memberId);
  return known.member;
}

/** Who holds the link comes in, whatever address the provider tells. @throws SsoRefused, Refusal */
export async function joinByLink(
  parts: ApiParts,
  good: GoodLink,
  claims: SsoClaims,
  coming: Coming,
): Promise<MemberRow> {
  return changed(parts, good.member.org_id, async (draft) => {
    await useLink(parts, draft, good);
    return join(parts, draft, good.member, claims, coming);
  });
}

type Owner =
  | { readonly isRemoved: false; readonly member: MemberRow }
  | { readonly isRemoved: true; readonly memberId: string };

async function ownerOfIdentity(parts: ApiParts, claims: SsoClaims): Promise<Owner | undefined> {
  const row = await findIdentity(parts.db, claims.issuer, claims.subject);
  if (row === undefined) return undefined;
  try {
    return { isRemoved: false, member: await getIdentityOwner(parts, row) };
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unauthenticated')
      return { isRemoved: true, memberId: row.member_id };
    throw error;
  }
}

/** Whoever has a way in already proves it first: an address is no proof. */
async function joinInvited(
  parts: ApiParts,
  found: MemberRow,
  claims: SsoClaims,
  coming: Coming,
): Promise<MemberRow> {
  const member = await getLiveMember(parts, found.org_id, found.member_id);
  return changed(parts, member.org_id, async (draft) => {
    const joined = await join(parts, draft, member, claims, coming);
    await takeBackLinks(parts, draft, joined);
    return joined;
  });
}

async function join(
  parts: ApiParts,
  draft: PeopleDraft,
  { org_id: orgId, member_id: memberId }: MemberRow,
  claims: SsoClaims,
  { requestId, ip }: Coming,
): Promise<MemberRow> {
  const before = await getMemberIn(parts, draft.tx, { orgId, memberId });
  const shown = await findShownMember(draft.tx, orgId, memberId);
  if (shown === undefined || !isInvited(shown) || shown.passkeys > 0 || shown.has_sso)
    throw new SsoRefused('link_first', memberId);
  const change = { actor: undefined, requestId, clock: parts.clock, ip };
  await bindIdentity(parts, draft, before, claims, change);
  draft.audit(changeEvent(change, 'member.joined', { memberId, context: { by: 'sso' } }));
  if (claims.name === undefined || before.display_name !== null) return before;
  return draft.updateMember(before, { display_name: claims.name });
}

/** A member without an invitation, where the domain of the settings says so, with the role of the settings. */
async function provision(
  parts: ApiParts,
  claims: SsoClaims,
  email: string,
  { requestId, ip }: Coming,
): Promise<MemberRow> {
  const { domains, role } = parts.ssoProvisioning;
  const orgId = await findOrganization(parts.db);
  const domain = email.slice(email.lastIndexOf('@') + 1).toLowerCase();
  if (orgId === undefined || !domains.includes(domain)) throw new SsoRefused('not_invited');
  if (await wasRemoved(parts.db, orgId, email)) throw new SsoRefused('removed');
  return changed(parts, orgId, async (draft) => {
    const made = await draft.insertMember({
      org_id: orgId,
      member_id: newId(),
      email,
      role,
      password_hash: null,
      created_at: new Date(parts.clock.now()),
      removed_at: null,
      display_name: claims.name ?? null,
      second_factor_id: null,
    });
    const { member_id: memberId } = made;
    const change = { actor: undefined, requestId, clock: parts.clock, ip };
    const context = { member: memberId, role, by: 'sso' };
    draft.audit(changeEvent(change, 'member.created', { memberId, context }));
    await bindIdentity(parts, draft, made, claims, change);
    return made;
  });
}

/** Of two at once one is refused, and finds at the next try what the other made. */
async function changed<T>(
  parts: ApiParts,
  orgId: string,
  work: (draft: PeopleDraft) => Promise<T>,
): Promise<T> {
  try {
    return await parts.organizations.change(orgId, work);
  } catch (error) {
    if (error instanceof UniqueViolation) throw new SsoRefused('failed');
    throw error;
  }
}
