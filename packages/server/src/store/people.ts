/** Members, their access tokens, and setting up. Every statement names its organization, or finds it. */
import type { Role, Scope } from '@alter-vault/contract';
import type { Queryable } from './database.ts';

export interface MemberRow {
  readonly org_id: string;
  readonly member_id: string;
  readonly email: string | null;
  readonly role: Role;
  readonly password_hash: string | null;
  readonly created_at: Date;
  readonly removed_at: Date | null;
  readonly display_name: string | null;
  /** Which second factor the member has: its row can not go without being missed. */
  readonly second_factor_id: string | null;
  readonly mac: Buffer;
}

/** With what is shown of it and decides nothing. */
export interface ShownMember extends MemberRow {
  readonly last_signed_in_at: Date | null;
  readonly passkeys: number;
  readonly has_sso: boolean;
  /** Until when an invitation can be taken up. */
  readonly invited_until: Date | null;
}

export interface TokenRow {
  readonly org_id: string;
  readonly token_id: string;
  readonly member_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly token_hash: Buffer;
  readonly scopes: readonly Scope[];
  readonly expires_at: Date | null;
  readonly created_at: Date;
  readonly revoked_at: Date | null;
  readonly mac: Buffer;
}

/** What a member's MAC covers, and the MAC. */
export const MEMBER =
  'org_id, member_id, email, role, password_hash, created_at, removed_at, display_name, second_factor_id, mac';
const SHOWN_MEMBER = `${MEMBER}, last_signed_in_at,
  (SELECT count(*)::int FROM passkeys p WHERE p.org_id = members.org_id AND p.member_id = members.member_id) AS passkeys,
  EXISTS (SELECT 1 FROM member_identities i WHERE i.org_id = members.org_id AND i.member_id = members.member_id) AS has_sso,
  (SELECT max(l.expires_at) FROM member_links l WHERE l.org_id = members.org_id AND l.member_id = members.member_id
     AND l.purpose = 'invitation') AS invited_until`;
const TOKEN =
  'org_id, token_id, member_id, name, prefix, token_hash, scopes, expires_at, created_at, revoked_at, mac';

const first = <R>(rows: readonly R[]): R | undefined => rows[0];

// Organizations and the deployment

export async function findDeployment(db: Queryable): Promise<string | undefined> {
  const rows = await db.query<{ deployment_id: string }>(
    'deployment',
    'SELECT deployment_id FROM deployment',
    [],
  );
  return rows[0]?.deployment_id;
}

export async function insertDeployment(tx: Queryable, deploymentId: string): Promise<void> {
  await tx.query(
    'deployment_insert',
    'INSERT INTO deployment (deployment_id) VALUES ($1) ON CONFLICT DO NOTHING',
    [deploymentId],
  );
}

export async function findOrganization(db: Queryable): Promise<string | undefined> {
  const rows = await db.query<{ org_id: string }>(
    'organization_first',
    'SELECT org_id FROM organizations ORDER BY org_id LIMIT 1',
    [],
  );
  return rows[0]?.org_id;
}

// Members

export async function insertMember(tx: Queryable, row: MemberRow): Promise<void> {
  await tx.query(
    'member_insert',
    `INSERT INTO members (${MEMBER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      row.org_id,
      row.member_id,
      row.email,
      row.role,
      row.password_hash,
      row.created_at,
      row.removed_at,
      row.display_name,
      row.second_factor_id,
      row.mac,
    ],
  );
}

export async function updateMember(tx: Queryable, row: MemberRow): Promise<void> {
  await tx.query(
    'member_update',
    `UPDATE members SET role = $3, password_hash = $4, removed_at = $5, display_name = $6, second_factor_id = $7, mac = $8
     WHERE org_id = $1 AND member_id = $2`,
    [
      row.org_id,
      row.member_id,
      row.role,
      row.password_hash,
      row.removed_at,
      row.display_name,
      row.second_factor_id,
      row.mac,
    ],
  );
}

/** The member, locked until the transaction ends: what is read here is what is written back. */
export async function lockMember(
  tx: Queryable,
  orgId: string,
  memberId: string,
): Promise<MemberRow | undefined> {
  return first(
    await tx.query<MemberRow>(
      'member_lock',
      `SELECT ${MEMBER} FROM members WHERE org_id = $1 AND member_id = $2 FOR UPDATE`,
      [orgId, memberId],
    ),
  );
}

export async function findMember(
  db: Queryable,
  orgId: string,
  memberId: string,
): Promise<MemberRow | undefined> {
  return first(
    await db.query<MemberRow>(
      'member_one',
      `SELECT ${MEMBER} FROM members WHERE org_id = $1 AND member_id = $2`,
      [orgId, memberId],
    ),
  );
}

/** All owners that are left, locked, so that two requests can't each remove "the other" last owner. */
export async function lockOwners(tx: Queryable, orgId: string): Promise<MemberRow[]> {
  return tx.query<MemberRow>(
    'owners_lock',
    `SELECT ${MEMBER} FROM members WHERE org_id = $1 AND role = 'owner' AND removed_at IS NULL ORDER BY member_id FOR UPDATE`,
    [orgId],
  );
}

/** Whoever signs in says only an e-mail address, so the organization is what this finds. */
export async function findMemberByEmail(db: Queryable, email: string): Promise<MemberRow | undefined> {
  return first(
    await db.query<MemberRow>(
      'member_by_email',
      `SELECT ${MEMBER} FROM members WHERE lower(email) = lower($1) AND removed_at IS NULL`,
      [email],
    ),
  );
}

/** Whether this was somebody's address who was removed. */
export async function wasRemoved(db: Queryable, orgId: string, email: string): Promise<boolean> {
  const rows = await db.query(
    'member_removed_by_email',
    'SELECT 1 FROM members WHERE org_id = $1 AND lower(email) = lower($2) AND removed_at IS NOT NULL LIMIT 1',
    [orgId, email],
  );
  return rows.length > 0;
}

/** What nobody can come in with, and nobody came in with: an invitation that was not taken up. */
const IS_INVITED = 'password_hash IS NULL AND email IS NOT NULL AND last_signed_in_at IS NULL';

export async function selectMembers(
  db: Queryable,
  orgId: string,
  of: { readonly after: string; readonly isInvited: boolean | undefined; readonly text?: string | undefined },
  limit: number,
): Promise<ShownMember[]> {
  return db.query<ShownMember>(
    'members_page',
    `SELECT ${SHOWN_MEMBER} FROM members
     WHERE org_id = $1 AND member_id > $2 AND removed_at IS NULL AND ($4::boolean IS NULL OR (${IS_INVITED}) = $4)
       AND ($5::text IS NULL OR strpos(lower(coalesce(email, '') || chr(10) || coalesce(display_name, '')), lower($5)) > 0)
     ORDER BY member_id LIMIT $3`,
    [orgId, of.after, limit, of.isInvited ?? null, of.text ?? null],
  );
}

export async function findShownMember(
  db: Queryable,
  orgId: string,
  memberId: string,
): Promise<ShownMember | undefined> {
  return first(
    await db.query<ShownMember>(
      'member_shown',
      `SELECT ${SHOWN_MEMBER} FROM members WHERE org_id = $1 AND member_id = $2 AND removed_at IS NULL`,
      [orgId, memberId],
    ),
  );
}

// Access tokens

export async function insertToken(tx: Queryable, row: TokenRow): Promise<void> {
  await tx.query(
    'token_insert',
    `INSERT INTO access_tokens (${TOKEN}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      row.org_id,
      row.token_id,
      row.member_id,
      row.name,
      row.prefix,
      row.token_hash,
      row.scopes,
      row.expires_at,
      row.created_at,
      row.revoked_at,
      row.mac,
    ],
  );
}

export async function updateTokenRevoked(tx: Queryable, row: TokenRow): Promise<void> {
  await tx.query(
    'token_revoke',
    'UPDATE access_tokens SET revoked_at = $3, mac = $4 WHERE org_id = $1 AND token_id = $2',
    [row.org_id, row.token_id, row.revoked_at, row.mac],
  );
}

export async function findTokenByHash(db: Queryable, hash: Buffer): Promise<TokenRow | undefined> {
  return first(
    await db.query<TokenRow>('token_by_hash', `SELECT ${TOKEN} FROM access_tokens WHERE token_hash = $1`, [
      hash,
    ]),
  );
}

export async function findToken(
  db: Queryable,
  orgId: string,
  tokenId: string,
): Promise<TokenRow | undefined> {
  return first(
    await db.query<TokenRow>(
      'token_one',
      `SELECT ${TOKEN} FROM access_tokens WHERE org_id = $1 AND token_id = $2`,
      [orgId, tokenId],
    ),
  );
}

export async function selectTokens(
  db: Queryable,
  orgId: string,
  memberId: string,
  after: string,
  limit: number,
): Promise<TokenRow[]> {
  return db.query<TokenRow>(
    'tokens_page',
    `SELECT ${TOKEN} FROM access_tokens
     WHERE org_id = $1 AND member_id = $2 AND token_id > $3 AND revoked_at IS NULL ORDER BY token_id LIMIT $4`,
    [orgId, memberId, after, limit],
  );
}

// Setting up

export async function insertSetupToken(tx: Queryable, hash: Buffer, expiresAt: Date): Promise<void> {
  await tx.query('setup_clear', 'DELETE FROM setup_tokens', []);
  await tx.query('setup_insert', 'INSERT INTO setup_tokens (token_hash, expires_at) VALUES ($1, $2)', [
    hash,
    expiresAt,
  ]);
}

export async function isSetupToken(db: Queryable, hash: Buffer): Promise<boolean> {
  const rows = await db.query(
    'setup_check',
    'SELECT 1 FROM setup_tokens WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now()',
    [hash],
  );
  return rows.length === 1;
}

/** True once for each token, and only in its time. */
export async function useSetupToken(tx: Queryable, hash: Buffer): Promise<boolean> {
  const rows = await tx.query(
    'setup_use',
    'UPDATE setup_tokens SET used_at = now() WHERE token_hash = $1 AND used_at IS NULL AND expires_at > now() RETURNING token_hash',
    [hash],
  );
  return rows.length === 1;
}
