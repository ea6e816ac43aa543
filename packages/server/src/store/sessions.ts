/** Sessions of members. Every statement names its organization, but for the one that finds it by the cookie's hash. */
import type { SignedInBy } from '@alter-vault/contract';
import type { Queryable } from './database.ts';

export interface SessionRow {
  readonly org_id: string;
  readonly session_id: string;
  readonly member_id: string;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
}

/** With what tells its owner where and how it began. Decides nothing. */
export interface ShownSession extends SessionRow {
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly signed_in_by: SignedInBy | null;
}

const SESSION = 'org_id, session_id, member_id, created_at, last_seen_at, expires_at';
const SHOWN = `${SESSION}, ip, user_agent, signed_in_by`;
const IS_LIVE = `ended_at IS NULL AND expires_at > now()`;

export interface NewSession {
  readonly org_id: string;
  readonly session_id: string;
  readonly member_id: string;
  readonly token_hash: Buffer;
  readonly ip: string;
  readonly user_agent: string | null;
  readonly signed_in_by: SignedInBy;
  readonly seconds: number;
}

/** Its times are the database's. */
export async function insertSession(tx: Queryable, session: NewSession): Promise<SessionRow> {
  const rows = await tx.query<SessionRow>(
    'session_insert',
    `INSERT INTO sessions (org_id, session_id, member_id, token_hash, ip, user_agent, signed_in_by, created_at, last_seen_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now(), now() + make_interval(secs => $8))
     RETURNING ${SESSION}`,
    [
      session.org_id,
      session.session_id,
      session.member_id,
      session.token_hash,
      session.ip,
      session.user_agent,
      session.signed_in_by,
      session.seconds,
    ],
  );
  const [row] = rows;
  if (row === undefined) throw new TypeError('an insert answers with its row');
  return row;
}

/** The live session with this token. Each use moves its idle deadline. */
export async function touchSession(
  db: Queryable,
  hash: Buffer,
  idleSeconds: number,
): Promise<SessionRow | undefined> {
  const rows = await db.query<SessionRow>(
    'session_touch',
    `UPDATE sessions SET last_seen_at = now()
     WHERE token_hash = $1 AND ${IS_LIVE} AND last_seen_at > now() - make_interval(secs => $2)
     RETURNING ${SESSION}`,
    [hash, idleSeconds],
  );
  return rows[0];
}

/** The live session of this id, without moving its idle deadline. */
export async function findSession(
  db: Queryable,
  orgId: string,
  sessionId: string,
  idleSeconds: number,
): Promise<SessionRow | undefined> {
  const rows = await db.query<SessionRow>(
    'session_one',
    `SELECT ${SESSION} FROM sessions
     WHERE org_id = $1 AND session_id = $2 AND ${IS_LIVE} AND last_seen_at > now() - make_interval(secs => $3)`,
    [orgId, sessionId, idleSeconds],
  );
  return rows[0];
}

/** Live ones, newest first. */
export async function selectSessions(
  db: Queryable,
  of: { readonly orgId: string; readonly memberId: string; readonly idleSeconds: number },
  before: string,
  limit: number,
): Promise<ShownSession[]> {
  return db.query<ShownSession>(
    'sessions_page',
    `SELECT ${SHOWN} FROM sessions
     WHERE org_id = $1 AND member_id = $2 AND session_id < $3 AND ${IS_LIVE}
       AND last_seen_at > now() - make_interval(secs => $4)
     ORDER BY session_id DESC LIMIT $5`,
    [of.orgId, of.memberId, before, of.idleSeconds, limit],
  );
}

/** True when it was the member's, and live. */
export async function endSession(
  tx: Queryable,
  of: { readonly orgId: string; readonly memberId: string },
  sessionId: string,
): Promise<boolean> {
  const rows = await tx.query(
    'session_end',
    `UPDATE sessions SET ended_at = now()
     WHERE org_id = $1 AND member_id = $2 AND session_id = $3 AND ${IS_LIVE} RETURNING 1`,
    [of.orgId, of.memberId, sessionId],
  );
  return rows.length === 1;
}

/** All of the member's, but for one that may go on; answers how many. */
export async function endSessionsOf(
  tx: Queryable,
  orgId: string,
  memberId: string,
  but: string | null = null,
): Promise<number> {
  const rows = await tx.query(
    'sessions_end',
    `UPDATE sessions SET ended_at = now()
     WHERE org_id = $1 AND member_id = $2 AND ${IS_LIVE} AND ($3::uuid IS NULL OR session_id <> $3) RETURNING 1`,
    [orgId, memberId, but],
  );
  return rows.length;
}

/** When the member last came in. Shown, and decides nothing. */
export async function updateLastSignIn(tx: Queryable, orgId: string, memberId: string): Promise<void> {
  await tx.query(
    'member_signed_in',
    'UPDATE members SET last_signed_in_at = now() WHERE org_id = $1 AND member_id = $2',
    [orgId, memberId],
  );
}

/** What ended, or ran out, is of no use after `days`. */
export async function deleteOldSessions(db: Queryable, days: number): Promise<void> {
  await db.query(
    'sessions_old',
    `DELETE FROM sessions WHERE least(coalesce(ended_at, expires_at), expires_at) < now() - $1 * interval '1 day'`,
    [days],
  );
}

// An authenticator app that is being set up

export async function updateTotpPending(
  db: Queryable,
  orgId: string,
  sessionId: string,
  sealed: Buffer | null,
): Promise<void> {
  await db.query(
    'session_totp_pending',
    'UPDATE sessions SET totp_pending = $3 WHERE org_id = $1 AND session_id = $2',
    [orgId, sessionId, sealed],
  );
}

export async function findTotpPending(
  db: Queryable,
  orgId: string,
  sessionId: string,
): Promise<Buffer | undefined> {
  const rows = await db.query<{ totp_pending: Buffer | null }>(
    'session_totp_found',
    'SELECT totp_pending FROM sessions WHERE org_id = $1 AND session_id = $2 AND ended_at IS NULL',
    [orgId, sessionId],
  );
  return rows[0]?.totp_pending ?? undefined;
}
