/**
 * The keyring's rows. They belong to the deployment, not to an app. Here are the two locks that rotations rest on;
 * what a key's bytes are is never known here.
 */
import { Refusal } from '../refusal.ts';
import type { KeyPurpose, KeyringRow, KeyState } from '../vault/keyring.ts';
import type { Queryable } from './database.ts';

/** A hint to every server that the keyring changed. */
export const KEYRING_CHANNEL = 'alter_keyring';

interface Row {
  readonly key_id: string;
  readonly purpose: KeyPurpose;
  readonly state: KeyState;
  readonly root_id: string;
  readonly wrapped: Buffer;
  readonly created_at: Date;
  readonly state_ms: number;
  readonly wraps: bigint;
}

export interface StoredKeyringRow extends KeyringRow {
  /** How long it has been in its state, by the database's clock. */
  readonly stateMs: number;
  /** About so many wraps were made under it: all of the deployment since its row was made. */
  readonly wraps: bigint;
}

export async function selectKeyring(db: Queryable): Promise<StoredKeyringRow[]> {
  const rows = await db.query<Row>(
    'keyring_all',
    `SELECT key_id, purpose, state, root_id, wrapped, created_at,
       (extract(epoch FROM statement_timestamp() - state_since) * 1000)::float8 AS state_ms,
       coalesce(pg_sequence_last_value('keyring_wraps'::regclass), 0) - wraps_before AS wraps
     FROM keyring ORDER BY created_at, key_id`,
    [],
  );
  return rows.map((row) => ({
    keyId: row.key_id,
    purpose: row.purpose,
    state: row.state,
    rootId: row.root_id,
    wrapped: row.wrapped,
    createdAt: row.created_at,
    stateMs: row.state_ms,
    wraps: row.wraps,
  }));
}

/** The times are the database's. */
export async function insertKeyringRow(tx: Queryable, row: KeyringRow): Promise<void> {
  await tx.query(
    'keyring_insert',
    `INSERT INTO keyring (key_id, purpose, state, root_id, wrapped, wraps_before)
     VALUES ($1, $2, $3, $4, $5, coalesce(pg_sequence_last_value('keyring_wraps'::regclass), 0))`,
    [row.keyId, row.purpose, row.state, row.rootId, row.wrapped],
  );
}

export async function updateKeyState(tx: Queryable, keyId: string, state: KeyState): Promise<void> {
  await tx.query(
    'keyring_state',
    'UPDATE keyring SET state = $2, state_since = statement_timestamp() WHERE key_id = $1',
    [keyId, state],
  );
}

export async function updateKeyWrap(tx: Queryable, row: KeyringRow): Promise<void> {
  await tx.query('keyring_rewrap', 'UPDATE keyring SET root_id = $2, wrapped = $3 WHERE key_id = $1', [
    row.keyId,
    row.rootId,
    row.wrapped,
  ]);
}

/** Every server hears of it when the transaction commits. */
export async function notifyKeyring(tx: Queryable): Promise<void> {
  await tx.query('keyring_notify', 'SELECT pg_notify($1, $2)', [KEYRING_CHANNEL, '']);
}

/**
 * One change of the keyring at a time, over all servers, until the transaction ends. The first statement of its
 * transaction: each later one must see what was committed while this one waited, whatever the database's default is.
 */
export async function lockKeyring(tx: Queryable): Promise<void> {
  await tx.query('keyring_isolation', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED', []);
  await tx.query(
    'keyring_lock',
    "SELECT pg_advisory_xact_lock(hashtextextended('alter-vault keyring', 0))",
    [],
  );
}

/** Whether this transaction may do the re-wrapping now; another server is at it when not. */
export async function tryLockRewrap(tx: Queryable): Promise<boolean> {
  await tx.query('keyring_isolation', 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED', []);
  const rows = await tx.query<{ locked: boolean }>(
    'keyring_rewrap_lock',
    "SELECT pg_try_advisory_xact_lock(hashtextextended('alter-vault re-wrap', 0)) AS locked",
    [],
  );
  return rows[0]?.locked === true;
}

/**
 * Holds the key against being disabled until the transaction ends. Whoever stores something that this key wraps asks
 * here first, in the same transaction (F12): a server that missed a rotation is refused, and never seals under a key
 * that nothing will open again. Counts one wrap.
 * @throws Refusal `unavailable` when the key is disabled or gone
 */
export async function holdKey(tx: Queryable, keyId: string): Promise<KeyState> {
  const rows = await tx.query<{ state: KeyState }>(
    'keyring_hold',
    "SELECT state, nextval('keyring_wraps') AS counted FROM keyring WHERE key_id = $1 FOR KEY SHARE",
    [keyId],
  );
  const state = rows[0]?.state;
  if (state === undefined || state === 'disabled')
    throw new Refusal('unavailable', {
      detail: `this server's keyring is old: ${keyId} is ${state ?? 'gone'}`,
    });
  return state;
}

/** One wrap more is under way, or `count`: counted whether or not its transaction commits. */
export async function countWraps(tx: Queryable, count: number): Promise<void> {
  await tx.query('keyring_count', "SELECT max(nextval('keyring_wraps')) FROM generate_series(1, $1::int)", [
    count,
  ]);
}

/** Waits for every transaction that holds the key, and keeps new ones waiting until this one ends. */
export async function excludeHolders(tx: Queryable, keyId: string): Promise<void> {
  await tx.query('keyring_exclude', 'SELECT 1 FROM keyring WHERE key_id = $1 FOR UPDATE', [keyId]);
}
