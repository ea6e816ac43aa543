/** The sealed credentials: one row a version. Every statement names its app, except where keys are counted (I10). */
import type { SealedCredential } from '../vault/format.ts';
import type { Queryable } from './database.ts';

interface VersionRow {
  readonly key_id: string;
  readonly wrapped_key: Buffer;
  readonly sealed: Buffer;
}

export interface StoredVersion extends SealedCredential {
  readonly appId: string;
  readonly secretId: string;
  readonly version: number;
}

export async function findVersion(
  db: Queryable,
  appId: string,
  secretId: string,
  version: number,
): Promise<SealedCredential | undefined> {
  const rows = await db.query<VersionRow>(
    'version_one',
    'SELECT key_id, wrapped_key, sealed FROM secret_versions WHERE app_id = $1 AND secret_id = $2 AND version = $3',
    [appId, secretId, version],
  );
  const row = rows[0];
  return row && { keyId: row.key_id, wrappedKey: row.wrapped_key, sealed: row.sealed };
}

export async function insertVersion(tx: Queryable, row: StoredVersion): Promise<void> {
  await tx.query(
    'version_insert',
    `INSERT INTO secret_versions (app_id, secret_id, version, key_id, wrapped_key, sealed)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [row.appId, row.secretId, row.version, row.keyId, row.wrappedKey, row.sealed],
  );
}

/** The data key under another wrap: of another keyring key, or for a narrower binding. */
export async function updateWrap(tx: Queryable, row: StoredVersion): Promise<void> {
  await tx.query(
    'version_rewrap',
    `UPDATE secret_versions SET key_id = $4, wrapped_key = $5, sealed = $6
     WHERE app_id = $1 AND secret_id = $2 AND version = $3`,
    [row.appId, row.secretId, row.version, row.keyId, row.wrappedKey, row.sealed],
  );
}

/** Shreds every version of a secret but `except`: without its wrapped data key a ciphertext is noise. */
export async function deleteVersions(
  tx: Queryable,
  appId: string,
  secretId: string,
  except: number | null,
): Promise<void> {
  await tx.query(
    'version_delete',
    'DELETE FROM secret_versions WHERE app_id = $1 AND secret_id = $2 AND version IS DISTINCT FROM $3::int',
    [appId, secretId, except],
  );
}

/** The next versions, of any app, that are not wrapped by `keyId`: work for the re-wrap after a rotation. */
export async function selectVersionsNotUnder(
  db: Queryable,
  keyId: string,
  limit: number,
): Promise<StoredVersion[]> {
  const rows = await db.query<VersionRow & { app_id: string; secret_id: string; version: number }>(
    'versions_not_under',
    `SELECT app_id, secret_id, version, key_id, wrapped_key, sealed FROM secret_versions
     WHERE key_id <> $1 ORDER BY app_id, secret_id, version LIMIT $2`,
    [keyId, limit],
  );
  return rows.map((row) => ({
    appId: row.app_id,
    secretId: row.secret_id,
    version: row.version,
    keyId: row.key_id,
    wrappedKey: row.wrapped_key,
    sealed: row.sealed,
  }));
}

export async function countVersionsByKey(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ key_id: string; count: number }>(
    'versions_by_key',
    'SELECT key_id, count(*)::int AS count FROM secret_versions GROUP BY key_id',
    [],
  );
  return new Map(rows.map((row) => [row.key_id, row.count]));
}

/** Shreds versions that were replaced a minute ago: the calls that were authorised under them are through. */
export async function shredReplacedVersions(db: Queryable): Promise<void> {
  await db.query(
    'versions_shred',
    `DELETE FROM secret_versions v USING secrets s
     WHERE s.app_id = v.app_id AND s.secret_id = v.secret_id
       AND v.version < s.version AND s.updated_at < clock_timestamp() - interval '60 seconds'`,
    [],
  );
}
