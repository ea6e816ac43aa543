/** The accounts of an identity provider that a member has: linked, unlinked, and whether they are a way in. */
import { checkSealed, type Actor } from '../../access/people.ts';
import type { PeopleDraft } from '../../access/people-draft.ts';
import { newId } from '../../ids.ts';
import type { SsoClaims } from '../../oidc/claims.ts';
import { SsoRefused } from '../../people/sso-refused.ts';
import { Refusal } from '../../refusal.ts';
import type { Queryable } from '../../store/database.ts';
import { findIdentity, selectIdentities, type IdentityRow } from '../../store/identities.ts';
import { countPasskeys } from '../../store/passkeys.ts';
import { findMember, type MemberRow } from '../../store/people.ts';
import { changeEvent, type Change } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import { tellMember } from './letters.ts';
import { getMemberIn } from './member-rows.ts';
import type { Coming } from './sign-in.ts';

/** What the portal offers; null where there is none. */
export const ssoOffer = ({ sso }: Pick<ApiParts, 'sso'>): { name: string } | null =>
  sso === undefined ? null : { name: sso.name };

/** Whether the member comes in with the provider of the settings; one that is no longer of the settings lets nobody in. */
export async function hasSso(
  { sso }: Pick<ApiParts, 'sso'>,
  db: Queryable,
  { org_id: orgId, member_id: memberId }: Pick<MemberRow, 'org_id' | 'member_id'>,
): Promise<boolean> {
  const rows = sso === undefined ? [] : await selectIdentities(db, orgId, memberId);
  return rows.some((row) => row.issuer === sso?.issuer);
}

/** What the member would still come in with. In the transaction that takes something away. */
export async function checkHasWayIn(parts: ApiParts, tx: Queryable, member: MemberRow): Promise<void> {
  const isLeft =
    (member.password_hash !== null && member.email !== null) ||
    (await countPasskeys(tx, member.org_id, member.member_id)) > 0 ||
    (await hasSso(parts, tx, member));
  if (!isLeft)
    throw new Refusal('conflict', {
      message: 'This is the only way in that you have.',
      hint: 'Set a password, add a passkey or link single sign-on first.',
    });
}

export async function identitiesIn(
  parts: ApiParts,
  draft: PeopleDraft,
  { org_id: orgId, member_id: memberId }: MemberRow,
): Promise<IdentityRow[]> {
  const rows = await selectIdentities(draft.tx, orgId, memberId);
  for (const row of rows) checkSealed(parts, 'member_identities', row);
  return rows;
}

/** In the transaction of the change. One of somebody who is there stays theirs. @throws SsoRefused */
export async function bindIdentity(
  parts: ApiParts,
  draft: PeopleDraft,
  { org_id: orgId, member_id: memberId }: MemberRow,
  { issuer, subject }: SsoClaims,
  change: Change,
): Promise<void> {
  const other = await findIdentity(draft.tx, issuer, subject);
  if (other !== undefined) {
    checkSealed(parts, 'member_identities', other);
    const owner = await findMember(draft.tx, other.org_id, other.member_id);
    if (other.org_id !== orgId || owner?.removed_at === null) throw new SsoRefused('other_account', memberId);
    await draft.deleteIdentity(other);
  }
  const created_at = new Date(parts.clock.now());
  await draft.insertIdentity({
    org_id: orgId,
    identity_id: newId(),
    member_id: memberId,
    issuer,
    subject,
    created_at,
  });
  draft.audit(changeEvent(change, 'identity.linked', { memberId, context: { issuer } }));
}

/** To the account of whoever is signed in and stepped up, instead of one that was linked before. @throws SsoRefused */
export async function linkIdentity(
  parts: ApiParts,
  actor: Actor,
  claims: SsoClaims,
  coming: Coming,
): Promise<void> {
  const change = { actor, requestId: coming.requestId, clock: parts.clock, ip: coming.ip };
  await parts.organizations.change(actor.orgId, async (draft) => {
    const member = await getMemberIn(parts, draft.tx, actor);
    await dropIdentities(parts, draft, member, change);
    await bindIdentity(parts, draft, member, claims, change);
  });
  tellMember(parts, actor.email, 'identity_linked', coming.ip);
}

export async function unlinkIdentities(parts: ApiParts, actor: Actor, coming: Coming): Promise<void> {
  const change = { actor, requestId: coming.requestId, clock: parts.clock, ip: coming.ip };
  await parts.organizations.change(actor.orgId, async (draft) => {
    const member = await getMemberIn(parts, draft.tx, actor);
    if ((await dropIdentities(parts, draft, member, change)) === 0)
      throw new Refusal('conflict', { message: 'No account of an identity provider is linked.' });
    await checkHasWayIn(parts, draft.tx, member);
  });
  tellMember(parts, actor.email, 'identity_unlinked', coming.ip);
}

async function dropIdentities(
  parts: ApiParts,
  draft: PeopleDraft,
  member: MemberRow,
  change: Change,
): Promise<number> {
  const rows = await identitiesIn(parts, draft, member);
  for (const row of rows) {
    await draft.deleteIdentity(row);
    draft.audit(changeEvent(change, 'identity.unlinked', { context: { issuer: row.issuer } }));
  }
  return rows.length;
}
