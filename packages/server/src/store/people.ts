/** Members, their access tokens and sessions, and setting up. Every statement names its organization, or finds it. */
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
  readonly mac: Buffer;
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

export interface SessionRow {
  readonly org_id: string;
  readonly session_id: string;
  readonly member_id: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
}

const MEMBER = 'org_id, member_id, email, role, password_hash, created_at, removed_at, mac';
const TOKEN =
  'org_id, token_id, member_id, name, prefix, token_hash, scopes, expires_at, created_at, revoked_at, mac';
const SESSION = 'org_id, session_id, member_id, created_at, last_seen_at, expires_at';

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
  await tx.query('member_insert', `INSERT INTO members (${MEMBER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, [
    row.org_id,
    row.member_id,
    row.email,
    row.role,
    row.password_hash,
    row.created_at,
    row.removed_at,
    row.mac,
  ]);
}

export async function updateMember(tx: Queryable, row: MemberRow): Promise<void> {
  await tx.query(
    'member_update',
    `UPDATE members SET role = $3, password_hash = $4, removed_at = $5, mac = $6 WHERE org_id = $1 AND member_id = $2`,
    [row.org_id, row.member_id, row.role, row.password_hash, row.removed_at, row.mac],
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

export async function selectMembers(
  db: Queryable,
  orgId: string,
  after: string,
  limit: number,
): Promise<MemberRow[]> {
  return db.query<MemberRow>(
    'members_page',
    `SELECT ${MEMBER} FROM members WHERE org_id = $1 AND member_id > $2 AND removed_at IS NULL ORDER BY member_id LIMIT $3`,
    [orgId, after, limit],
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

// Sessions

export async function insertSession(
  tx: Queryable,
  row: SessionRow & { readonly token_hash: Buffer; readonly ip: string; readonly user_agent: string | null },
): Promise<void> {
  await tx.query(
    'session_insert',
    `INSERT INTO sessions (org_id, session_id, member_id, token_hash, ip, user_agent, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.org_id,
      row.session_id,
      row.member_id,
      row.token_hash,
      row.ip,
      row.user_agent,
      row.created_at,
      row.last_seen_at,
      row.expires_at,
    ],
  );
}

/** The live session with this token. Each use moves its idle deadline. */
export async function touchSession(
  db: Queryable,
  hash: Buffer,
  idleSeconds: number,
): Promise<SessionRow | undefined> {
  return first(
    await db.query<SessionRow>(
      'session_touch',
      `UPDATE sessions SET last_seen_at = now()
       WHERE token_hash = $1 AND ended_at IS NULL AND expires_at > now() AND last_seen_at > now() - make_interval(secs => $2)
       RETURNING ${SESSION}`,
      [hash, idleSeconds],
    ),
  );
}

export async function endSession(tx: Queryable, orgId: string, sessionId: string): Promise<void> {
  await tx.query(
    'session_end',
    'UPDATE sessions SET ended_at = now() WHERE org_id = $1 AND session_id = $2 AND ended_at IS NULL',
    [orgId, sessionId],
  );
}

export async function endSessionsOf(tx: Queryable, orgId: string, memberId: string): Promise<void> {
  await tx.query(
    'sessions_end',
    'UPDATE sessions SET ended_at = now() WHERE org_id = $1 AND member_id = $2 AND ended_at IS NULL',
    [orgId, memberId],
  );
}

// Failed sign-ins

/** Each try beyond the free ones waits twice as long as the one before, up to this. */
const TRY_DELAY_MS_MAX = 30_000;
const MAY_TRY_AT = `f.last_at + least($2::int, 1000 * 2 ^ least(f.failures - $3::int, 20)) * interval '1 millisecond'`;

/**
 * Counts a try in one statement, so that many at once can't pass together; 0, or how many milliseconds are left to wait, and
 * then nothing is counted. A quiet hour forgives.
 */
export async function addTry(db: Queryable, subject: Buffer, free: number): Promise<number> {
  const counted = await db.query(
    'sign_in_try',
    `INSERT INTO sign_in_failures AS f (subject, failures, last_at) VALUES ($1, 1, clock_timestamp())
     ON CONFLICT (subject) DO UPDATE
       SET failures = CASE WHEN f.last_at < clock_timestamp() - interval '1 hour' THEN 1 ELSE f.failures + 1 END,
           last_at = clock_timestamp()
       WHERE f.failures < $3::int OR clock_timestamp() >= ${MAY_TRY_AT}
     RETURNING failures`,
    [subject, TRY_DELAY_MS_MAX, free],
  );
  if (counted.length > 0) return 0;
  const rows = await db.query<{ wait_ms: number }>(
    'sign_in_wait',
    `SELECT (extract(epoch FROM ${MAY_TRY_AT} - clock_timestamp()) * 1000)::float8 AS wait_ms
     FROM sign_in_failures AS f WHERE subject = $1`,
    [subject, TRY_DELAY_MS_MAX, free],
  );
  return Math.max(1, rows[0]?.wait_ms ?? 1);
}

export async function takeBackTry(db: Queryable, subject: Buffer): Promise<void> {
  await db.query(
    'sign_in_take_back',
    'UPDATE sign_in_failures SET failures = greatest(failures - 1, 0) WHERE subject = $1',
    [subject],
  );
}

export async function clearFailures(tx: Queryable, subject: Buffer): Promise<void> {
  await tx.query('failures_clear', 'DELETE FROM sign_in_failures WHERE subject = $1', [subject]);
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
