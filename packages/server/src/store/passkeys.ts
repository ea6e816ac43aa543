/** Passkeys. Every statement names its organization, but for the one that finds a passkey by what it calls itself. */
import type { Queryable } from './database.ts';

export interface PasskeyRow {
  readonly org_id: string;
  readonly passkey_id: string;
  readonly member_id: string;
  readonly name: string;
  readonly credential_id: Buffer;
  readonly public_key: Buffer;
  readonly transports: readonly string[];
  /** Whether its authenticator keeps copies elsewhere. */
  readonly is_synced: boolean;
  readonly created_at: Date;
  readonly mac: Buffer;
}

/** What moves with each use. */
export interface PasskeyUse {
  readonly sign_count: bigint;
  readonly last_used_at: Date | null;
}

export interface FoundPasskey {
  readonly row: PasskeyRow;
  readonly use: PasskeyUse;
}

const PASSKEY =
  'org_id, passkey_id, member_id, name, credential_id, public_key, transports, is_synced, created_at, mac';

export async function insertPasskey(tx: Queryable, row: PasskeyRow, signCount: bigint): Promise<void> {
  await tx.query(
    'passkey_insert',
    `INSERT INTO passkeys (${PASSKEY}, sign_count) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::bigint)`,
    [
      row.org_id,
      row.passkey_id,
      row.member_id,
      row.name,
      row.credential_id,
      row.public_key,
      row.transports,
      row.is_synced,
      row.created_at,
      row.mac,
      signCount,
    ],
  );
}

export async function updatePasskeyName(tx: Queryable, row: PasskeyRow): Promise<void> {
  await tx.query(
    'passkey_rename',
    'UPDATE passkeys SET name = $3, mac = $4 WHERE org_id = $1 AND passkey_id = $2',
    [row.org_id, row.passkey_id, row.name, row.mac],
  );
}

export async function deletePasskey(tx: Queryable, row: PasskeyRow): Promise<void> {
  await tx.query('passkey_delete', 'DELETE FROM passkeys WHERE org_id = $1 AND passkey_id = $2', [
    row.org_id,
    row.passkey_id,
  ]);
}

export async function findPasskeyByCredential(
  db: Queryable,
  credentialId: Buffer,
): Promise<FoundPasskey | undefined> {
  const rows = await db.query<PasskeyRow & PasskeyUse>(
    'passkey_by_credential',
    `SELECT ${PASSKEY}, sign_count, last_used_at FROM passkeys WHERE credential_id = $1`,
    [credentialId],
  );
  return rows.map(split)[0];
}

/** The member's own, in the order in which they were added. */
export async function selectPasskeys(
  db: Queryable,
  of: { readonly orgId: string; readonly memberId: string },
  after: string,
  limit: number,
): Promise<FoundPasskey[]> {
  const rows = await db.query<PasskeyRow & PasskeyUse>(
    'passkeys_page',
    `SELECT ${PASSKEY}, sign_count, last_used_at FROM passkeys
     WHERE org_id = $1 AND member_id = $2 AND passkey_id > $3 ORDER BY passkey_id LIMIT $4`,
    [of.orgId, of.memberId, after, limit],
  );
  return rows.map(split);
}

export async function countPasskeys(db: Queryable, orgId: string, memberId: string): Promise<number> {
  const rows = await db.query<{ count: number }>(
    'passkeys_count',
    'SELECT count(*)::int AS count FROM passkeys WHERE org_id = $1 AND member_id = $2',
    [orgId, memberId],
  );
  return rows[0]?.count ?? 0;
}

/**
 * WebAuthn §6.1.1: a counter that does not grow tells of a copy; one that stays 0 is none. False where the passkey is gone,
 * or its counter went back.
 */
export async function usePasskey(db: Queryable, row: PasskeyRow, signCount: bigint): Promise<boolean> {
  const rows = await db.query(
    'passkey_use',
    `UPDATE passkeys SET sign_count = $3::bigint, last_used_at = now()
     WHERE org_id = $1 AND passkey_id = $2 AND (sign_count < $3::bigint OR ($3::bigint = 0 AND sign_count = 0)) RETURNING 1`,
    [row.org_id, row.passkey_id, signCount],
  );
  return rows.length === 1;
}

function split({ sign_count, last_used_at, ...row }: PasskeyRow & PasskeyUse): FoundPasskey {
  return { row, use: { sign_count, last_used_at } };
}
