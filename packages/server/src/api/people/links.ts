/**
 * One-time links: made, found again, taken back. The token stands in the fragment of the address, which no server is sent, and is
 * kept as a keyed hash; the row is of the organization's set, so that none comes back by editing tables (F15). The origin is
 * that of the settings, never what a request says (W6).
 */
import { hashCredentialText, mintOpaque } from '../../access/keys.ts';
import type { PeopleDraft } from '../../access/people-draft.ts';
import { checkSealed, getLiveMember } from '../../access/people.ts';
import { newId } from '../../ids.ts';
import { Refusal } from '../../refusal.ts';
import {
  findMemberLink,
  selectMemberLinks,
  type LinkPurpose,
  type MemberLinkRow,
} from '../../store/member-links.ts';
import type { MemberRow } from '../../store/people.ts';
import type { ApiParts } from '../parts.ts';

const HOUR_MS = 3_600_000;
const KINDS = {
  invitation: { prefix: 'alter_invitation_', path: '/invitation', goodForMs: 7 * 24 * HOUR_MS },
  recovery: { prefix: 'alter_recovery_', path: '/recovery', goodForMs: HOUR_MS },
} as const satisfies Record<LinkPurpose, object>;

export interface MadeLink {
  readonly url: string;
  readonly countsFrom: Date;
  readonly until: Date;
}

/** In the transaction of its event. One before of the same purpose is good no longer. */
export async function makeLink(
  parts: ApiParts,
  draft: PeopleDraft,
  member: MemberRow,
  purpose: LinkPurpose,
  delayMs = 0,
): Promise<MadeLink> {
  const { prefix, path, goodForMs } = KINDS[purpose];
  await takeBackLinks(parts, draft, member, purpose);
  const token = mintOpaque(prefix);
  const now = parts.clock.now();
  const row = await draft.insertMemberLink({
    org_id: member.org_id,
    link_id: newId(),
    member_id: member.member_id,
    purpose,
    token_hash: hashCredentialText(parts.pepper(), token),
    created_at: new Date(now),
    counts_from: new Date(now + delayMs),
    expires_at: new Date(now + delayMs + goodForMs),
  });
  return {
    url: `${parts.publicUrl()}${path}#token=${token}`,
    countsFrom: row.counts_from,
    until: row.expires_at,
  };
}

/** Those of the member, or those for one purpose. */
export async function takeBackLinks(
  parts: ApiParts,
  draft: PeopleDraft,
  of: { readonly org_id: string; readonly member_id: string },
  purpose?: LinkPurpose,
): Promise<void> {
  for (const row of await selectMemberLinks(draft.tx, of.org_id, of.member_id)) {
    checkSealed(parts, 'member_links', row);
    if (purpose === undefined || row.purpose === purpose) await draft.deleteMemberLink(row);
  }
}

export interface GoodLink {
  readonly link: MemberLinkRow;
  readonly member: MemberRow;
}

/** Whether it counts by now is asked apart: a page may be opened before. @throws Refusal `unauthenticated`, `integrity_error` */
export async function getLink(parts: ApiParts, purpose: LinkPurpose, token: string): Promise<GoodLink> {
  if (!token.startsWith(KINDS[purpose].prefix)) throw noLink();
  const link = await findMemberLink(parts.db, hashCredentialText(parts.pepper(), token));
  return judgeLink(parts, purpose, link);
}

/** The same for who showed its token before. @throws Refusal `unauthenticated`, `integrity_error` */
export async function getLinkById(
  parts: ApiParts,
  purpose: LinkPurpose,
  { orgId, memberId, linkId }: { readonly orgId: string; readonly memberId: string; readonly linkId: string },
): Promise<GoodLink> {
  const links = await selectMemberLinks(parts.db, orgId, memberId);
  const link = links.find((one) => one.link_id === linkId);
  return judgeLink(parts, purpose, link);
}

async function judgeLink(
  parts: ApiParts,
  purpose: LinkPurpose,
  link: MemberLinkRow | undefined,
): Promise<GoodLink> {
  if (link === undefined) throw noLink();
  checkSealed(parts, 'member_links', link);
  if (link.purpose !== purpose || link.expires_at.getTime() <= parts.clock.now()) throw noLink();
  const member = await getLiveMember(parts, link.org_id, link.member_id);
  if (await parts.organizations.holds(link.org_id, [member.mac, link.mac])) return { link, member };
  // Used or replaced a moment ago, and else somebody put it back.
  if ((await findMemberLink(parts.db, link.token_hash)) === undefined) throw noLink();
  parts.log.error({ alarm: 'integrity', member_id: member.member_id }, 'a link is one that was put back');
  throw new Refusal('integrity_error');
}

/** In the transaction that uses it: of many at once, one. @throws Refusal `unauthenticated` */
export async function useLink(parts: ApiParts, draft: PeopleDraft, { link }: GoodLink): Promise<void> {
  const rows = await selectMemberLinks(draft.tx, link.org_id, link.member_id);
  if (!rows.some((row) => row.link_id === link.link_id)) throw noLink();
  // Whoever came in by one link needs no other.
  await takeBackLinks(parts, draft, link);
}

const noLink = (): Refusal =>
  new Refusal('unauthenticated', {
    message: 'This link is good no longer.',
    hint: 'Each is good once and for its time, and a newer one replaces it. Ask for another.',
  });
