/**
 * Who calls the control plane: a member by access token or session. Rows that decide (roles, tokens) are checked
 * against their MACs when they are loaded (I6).
 */
import type { KeyObject } from 'node:crypto';
import { ROLE_SCOPES, type Role, type Scope } from '@alter-vault/contract';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import { findMember, findToken, findTokenByHash, type MemberRow, type TokenRow } from '../store/people.ts';
import { findIdentity, type IdentityRow } from '../store/identities.ts';
import { findPasskeyByCredential, type PasskeyRow } from '../store/passkeys.ts';
import { findSecondFactor, type SealedTotp, type SecondFactorRow } from '../store/second-factors.ts';
import { findSession, touchSession, type SessionRow } from '../store/sessions.ts';
import { isExpired } from './authorize.ts';
import type { Clock } from './clock.ts';
import { hashCredentialText, mintOpaque, TOKEN_PREFIX } from './keys.ts';
import type { Organizations } from './organizations.ts';
import type { PeopleRows } from './people-draft.ts';
import { isRecordSealed } from './row-macs.ts';

/** A session ends after this long without use, and in any case after the second. */
export const SESSION_IDLE_SECONDS = 2 * 3600;
export const SESSION_SECONDS = 12 * 3600;

export interface Actor {
  readonly orgId: string;
  readonly memberId: string;
  readonly email: string | null;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly via: 'token' | 'session';
  /** The id of the token or session. */
  readonly viaId: string;
  readonly expiresAt: Date | null;
  readonly ip: string;
}

export interface PeopleParts {
  readonly db: Queryable;
  readonly clock: Clock;
  readonly macKey: () => KeyObject;
  readonly pepper: () => KeyObject;
  readonly organizations: Organizations;
  readonly log: Log;
}

/** Rows that were read one after the other may be of before and after a change; so often they are read before it is an alarm. */
const READS_MAX = 3;

/** The member behind an access token. @throws Refusal `unauthenticated` */
export async function actorOfToken(parts: PeopleParts, text: string, ip: string): Promise<Actor> {
  if (!text.startsWith(TOKEN_PREFIX)) throw new Refusal('unauthenticated');
  const hash = hashCredentialText(parts.pepper(), text);
  return actorOfTokenRow(parts, () => findTokenByHash(parts.db, hash), ip);
}

async function actorOfTokenRow(
  parts: PeopleParts,
  find: () => Promise<TokenRow | undefined>,
  ip: string,
): Promise<Actor> {
  const { token, member } = await liveRows(parts, async () => {
    const found = await find();
    if (found === undefined) throw new Refusal('unauthenticated');
    checkSealed(parts, 'access_tokens', found);
    if (found.revoked_at !== null || isExpired(found, parts.clock.now()))
      throw new Refusal('unauthenticated');
    return { token: found, member: await findMember(parts.db, found.org_id, found.member_id) };
  });
  const allowed = new Set(ROLE_SCOPES[member.role]);
  return {
    ...identity(member, ip),
    scopes: token.scopes.filter((scope) => allowed.has(scope)),
    via: 'token',
    viaId: token.token_id,
    expiresAt: token.expires_at,
  };
}

/**
 * Whoever was let in, as they are now: for what goes on by itself after that. It is no use of a session, which ends without
 * one. @throws Refusal `unauthenticated`
 */
export async function actorNow(
  parts: PeopleParts,
  actor: Pick<Actor, 'orgId' | 'memberId' | 'via' | 'viaId' | 'ip'>,
): Promise<Actor> {
  const { orgId, viaId, ip } = actor;
  if (actor.via === 'token') return actorOfTokenRow(parts, () => findToken(parts.db, orgId, viaId), ip);
  const session = await findSession(parts.db, orgId, viaId, SESSION_IDLE_SECONDS);
  if (session?.member_id !== actor.memberId) throw new Refusal('unauthenticated');
  return actorOfSessionRow(parts, session, ip);
}

/** W1: what a session sends beside its cookie when it changes something. Nobody but the vault can make it from the id. */
export const csrfToken = (pepper: KeyObject, sessionId: string): Buffer =>
  hashCredentialText(pepper, `csrf ${sessionId}`);

/** What the cookie of a new session holds. */
export const mintSessionText = (memberId: string): string => mintOpaque(`${memberId}.`);

/** The member behind a session cookie. @throws Refusal `unauthenticated` */
export async function actorOfSession(parts: PeopleParts, cookie: string, ip: string): Promise<Actor> {
  const session = await touchSession(
    parts.db,
    hashCredentialText(parts.pepper(), cookie),
    SESSION_IDLE_SECONDS,
  );
  // I6: the member is part of what is hashed, so that a row edited in SQL signs nobody else in.
  if (session === undefined || !cookie.startsWith(`${session.member_id}.`))
    throw new Refusal('unauthenticated');
  return actorOfSessionRow(parts, session, ip);
}

async function actorOfSessionRow(parts: PeopleParts, session: SessionRow, ip: string): Promise<Actor> {
  const member = await getLiveMember(parts, session.org_id, session.member_id);
  return {
    ...identity(member, ip),
    scopes: ROLE_SCOPES[member.role],
    via: 'session',
    viaId: session.session_id,
    expiresAt: session.expires_at,
  };
}

const identity = (member: MemberRow, ip: string) => ({
  orgId: member.org_id,
  memberId: member.member_id,
  email: member.email,
  role: member.role,
  ip,
});

type CheckParts = Pick<PeopleParts, 'db' | 'macKey' | 'organizations' | 'log'>;

/** The member as they are now: their row, and that it is no older one. @throws Refusal `unauthenticated`, `integrity_error` */
export async function getLiveMember(parts: CheckParts, orgId: string, memberId: string): Promise<MemberRow> {
  return (await liveRows(parts, async () => ({ member: await findMember(parts.db, orgId, memberId) })))
    .member;
}

export interface LiveFactor {
  readonly row: SecondFactorRow;
  readonly totp: SealedTotp;
}

/**
 * The member as they are now, with the second factor that they have. The member's row says whether there is one, so that
 * it does not go by deleting its own (F15). @throws Refusal `unauthenticated`, `integrity_error`
 */
export async function getLiveFactor(
  parts: CheckParts,
  orgId: string,
  memberId: string,
): Promise<{ readonly member: MemberRow; readonly factor: LiveFactor | undefined }> {
  for (let reads = 1; reads <= READS_MAX; reads += 1) {
    const member = await getLiveMember(parts, orgId, memberId);
    if (member.second_factor_id === null) return { member, factor: undefined };
    const factor = await findSecondFactor(parts.db, orgId, memberId);
    if (factor?.row.factor_id !== member.second_factor_id) continue;
    checkSealed(parts, 'second_factors', factor.row);
    if (await parts.organizations.holds(orgId, [member.mac, factor.row.mac])) return { member, factor };
  }
  parts.log.error(
    { alarm: 'integrity', member_id: memberId },
    'a second factor is not the one of its member',
  );
  throw new Refusal('integrity_error');
}

/**
 * The member whose passkey this is, as they are now, once both are of the organization's set.
 * @throws Refusal `unauthenticated`, `integrity_error`
 */
export async function getPasskeyOwner(parts: CheckParts, passkey: PasskeyRow): Promise<MemberRow> {
  checkSealed(parts, 'passkeys', passkey);
  const member = await getLiveMember(parts, passkey.org_id, passkey.member_id);
  if (await parts.organizations.holds(passkey.org_id, [member.mac, passkey.mac])) return member;
  // Renamed or removed a moment ago, and else somebody put it back.
  const again = await findPasskeyByCredential(parts.db, passkey.credential_id);
  if (again === undefined || !again.row.mac.equals(passkey.mac)) throw new Refusal('unauthenticated');
  parts.log.error({ alarm: 'integrity', member_id: member.member_id }, 'a passkey is one that was put back');
  throw new Refusal('integrity_error');
}

/**
 * The member whose account of an identity provider this is, as they are now, once both are of the organization's set.
 * @throws Refusal `unauthenticated`, `integrity_error`
 */
export async function getIdentityOwner(parts: CheckParts, account: IdentityRow): Promise<MemberRow> {
  checkSealed(parts, 'member_identities', account);
  const member = await getLiveMember(parts, account.org_id, account.member_id);
  if (await parts.organizations.holds(account.org_id, [member.mac, account.mac])) return member;
  // Unlinked a moment ago, and else somebody put it back.
  const again = await findIdentity(parts.db, account.issuer, account.subject);
  if (again === undefined || !again.mac.equals(account.mac)) throw new Refusal('unauthenticated');
  parts.log.error(
    { alarm: 'integrity', member_id: member.member_id },
    'an account of an identity provider is one that was put back',
  );
  throw new Refusal('integrity_error');
}

/** What `read` finds, once it is what the organization's set holds. */
async function liveRows<
  Rows extends { readonly member: MemberRow | undefined; readonly token?: TokenRow | undefined },
>(parts: CheckParts, read: () => Promise<Rows>): Promise<Rows & { readonly member: MemberRow }> {
  for (let reads = 1; reads <= READS_MAX; reads += 1) {
    const rows = await read();
    const { member, token } = rows;
    if (member === undefined) throw new Refusal('unauthenticated');
    checkSealed(parts, 'members', member);
    const macs = token === undefined ? [member.mac] : [member.mac, token.mac];
    if (!(await parts.organizations.holds(member.org_id, macs))) continue;
    if (member.removed_at !== null) throw new Refusal('unauthenticated');
    return { ...rows, member };
  }
  parts.log.error({ alarm: 'integrity' }, 'a member or access token is an older one, put back');
  throw new Refusal('integrity_error');
}

/** @throws Refusal `integrity_error` */
export function checkSealed<Table extends keyof PeopleRows>(
  parts: Pick<PeopleParts, 'macKey' | 'log'>,
  table: Table,
  row: PeopleRows[Table],
): void {
  if (isRecordSealed(parts.macKey(), table, row)) return;
  parts.log.error(
    { alarm: 'integrity', table, member_id: row.member_id },
    'a stored row is not what was sealed',
  );
  throw new Refusal('integrity_error');
}
