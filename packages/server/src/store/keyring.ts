/** The keyring's rows. They belong to the deployment, not to an app. */
import type { KeyPurpose, KeyringRow, KeyState } from '../vault/keyring.ts';
import type { Queryable } from './database.ts';

interface Row {
  readonly key_id: string;
  readonly purpose: KeyPurpose;
  readonly state: KeyState;
  readonly root_id: string;
  readonly wrapped: Buffer;
  readonly created_at: Date;
}

export async function selectKeyring(db: Queryable): Promise<KeyringRow[]> {
  const rows = await db.query<Row>(
    'keyring_all',
    'SELECT key_id, purpose, state, root_id, wrapped, created_at FROM keyring ORDER BY created_at, key_id',
    [],
  );
  return rows.map((row) => ({
    keyId: row.key_id,
    purpose: row.purpose,
    state: row.state,
    rootId: row.root_id,
    wrapped: row.wrapped,
    createdAt: row.created_at,
  }));
}

export async function insertKeyringRow(tx: Queryable, row: KeyringRow): Promise<void> {
  await tx.query(
    'keyring_insert',
    'INSERT INTO keyring (key_id, purpose, state, root_id, wrapped, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [row.keyId, row.purpose, row.state, row.rootId, row.wrapped, row.createdAt],
  );
}

export async function updateKeyState(tx: Queryable, keyId: string, state: KeyState): Promise<void> {
  await tx.query('keyring_state', 'UPDATE keyring SET state = $2 WHERE key_id = $1', [keyId, state]);
}

export async function updateKeyWrap(tx: Queryable, row: KeyringRow): Promise<void> {
  await tx.query('keyring_rewrap', 'UPDATE keyring SET root_id = $2, wrapped = $3 WHERE key_id = $1', [
    row.keyId,
    row.rootId,
    row.wrapped,
  ]);
}

/** One rotation at a time, over all servers, until the transaction ends. */
export async function lockKeyring(tx: Queryable): Promise<void> {
  await tx.query(
    'keyring_lock',
    "SELECT pg_advisory_xact_lock(hashtextextended('alter-vault keyring', 0))",
    [],
  );
}
