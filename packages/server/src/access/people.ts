/**
 * Who calls the control plane: a member by access token or session. Rows that decide (roles, tokens) are checked
 * against their MACs when they are loaded (I6).
 */
import type { KeyObject } from 'node:crypto';
import { ROLE_SCOPES, type Role, type Scope } from '@alter-vault/contract';
import type { Log } from '../log.ts';
import { Refusal } from '../refusal.ts';
import type { Queryable } from '../store/database.ts';
import { findMember, findTokenByHash, touchSession, type MemberRow, type TokenRow } from '../store/people.ts';
import { isExpired } from './authorize.ts';
import type { Clock } from './clock.ts';
import { hashCredentialText, mintOpaque, TOKEN_PREFIX } from './keys.ts';
import { isRecordSealed, recordMac } from './row-macs.ts';

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
  readonly log: Log;
}

export function sealMember(macKey: KeyObject, row: Omit<MemberRow, 'mac'>): MemberRow {
  return { ...row, mac: recordMac(macKey, 'members', row) };
}

export function sealToken(macKey: KeyObject, row: Omit<TokenRow, 'mac'>): TokenRow {
  return { ...row, mac: recordMac(macKey, 'access_tokens', row) };
}

/** The member behind an access token. @throws Refusal `unauthenticated` */
export async function actorOfToken(parts: PeopleParts, text: string, ip: string): Promise<Actor> {
  if (!text.startsWith(TOKEN_PREFIX)) throw new Refusal('unauthenticated');
  const token = await findTokenByHash(parts.db, hashCredentialText(parts.pepper(), text));
  if (token === undefined) throw new Refusal('unauthenticated');
  checkSealed(parts, 'access_tokens', token);
  if (token.revoked_at !== null || isExpired(token, parts.clock.now())) throw new Refusal('unauthenticated');
  const member = await liveMember(parts, token.org_id, token.member_id);
  const allowed = new Set(ROLE_SCOPES[member.role]);
  return {
    ...identity(member, ip),
    scopes: token.scopes.filter((scope) => allowed.has(scope)),
    via: 'token',
    viaId: token.token_id,
    expiresAt: token.expires_at,
  };
}

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
  const member = await liveMember(parts, session.org_id, session.member_id);
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

async function liveMember(parts: PeopleParts, orgId: string, memberId: string): Promise<MemberRow> {
  const member = await findMember(parts.db, orgId, memberId);
  if (member === undefined) throw new Refusal('unauthenticated');
  checkSealed(parts, 'members', member);
  if (member.removed_at !== null) throw new Refusal('unauthenticated');
  return member;
}

/** @throws Refusal `integrity_error` */
export function checkSealed(
  parts: Pick<PeopleParts, 'macKey' | 'log'>,
  table: 'members' | 'access_tokens',
  row: MemberRow | TokenRow,
): void {
  if (isRecordSealed(parts.macKey(), table, row)) return;
  parts.log.error(
    { alarm: 'integrity', table, member_id: row.member_id },
    'a stored row is not what was sealed',
  );
  throw new Refusal('integrity_error');
}
