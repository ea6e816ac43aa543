/** The sealed credentials: one row a version. Every statement names its app, except where keys are counted (I10). */
import type { SealedCredential } from '../vault/format.ts';
import type { Queryable } from './database.ts';
import type { SecretRow } from './deciding.ts';
import { holdKey } from './keyring.ts';

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

/** The version before `version`, only while the secret is at that version and its overlap is open by the database's clock. */
export async function findOverlappingVersion(
  db: Queryable,
  appId: string,
  secretId: string,
  version: number,
): Promise<SealedCredential | undefined> {
  const rows = await db.query<VersionRow>(
    'version_overlapping',
    `SELECT v.key_id, v.wrapped_key, v.sealed FROM secret_versions v
     JOIN secrets s ON s.app_id = v.app_id AND s.secret_id = v.secret_id
     WHERE v.app_id = $1 AND v.secret_id = $2 AND v.version = $3::int - 1
       AND s.version = $3 AND s.deleted_at IS NULL AND s.overlap_until > clock_timestamp()`,
    [appId, secretId, version],
  );
  const row = rows[0];
  return row && { keyId: row.key_id, wrappedKey: row.wrapped_key, sealed: row.sealed };
}

/** In a transaction. @throws Refusal `unavailable` when the key that wraps it was disabled meanwhile */
export async function insertVersion(tx: Queryable, row: StoredVersion): Promise<void> {
  await holdKey(tx, row.keyId);
  await tx.query(
    'version_insert',
    `INSERT INTO secret_versions (app_id, secret_id, version, key_id, wrapped_key, sealed)
     VALUES ($1, $2, $3, $4, $5, $6)`,
    [row.appId, row.secretId, row.version, row.keyId, row.wrappedKey, row.sealed],
  );
}

/** The data key wrapped for a narrower binding. In a transaction. @throws Refusal `unavailable` like `insertVersion` */
export async function updateWrap(tx: Queryable, row: StoredVersion): Promise<void> {
  await holdKey(tx, row.keyId);
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

/** Shreds one version. */
export async function deleteVersion(
  tx: Queryable,
  appId: string,
  secretId: string,
  version: number,
): Promise<void> {
  await tx.query(
    'version_delete_one',
    'DELETE FROM secret_versions WHERE app_id = $1 AND secret_id = $2 AND version = $3',
    [appId, secretId, version],
  );
}

/** Secrets, of any app, whose overlap is over and not yet ended. */
export function selectOverlapsOver(
  db: Queryable,
  limit: number,
): Promise<{ readonly app_id: string; readonly secret_id: string }[]> {
  return db.query(
    'secrets_overlap_over',
    'SELECT app_id, secret_id FROM secrets WHERE overlap_until <= clock_timestamp() ORDER BY overlap_until LIMIT $1',
    [limit],
  );
}

/** A version that is to be wrapped anew, and what of its secret it is bound to. */
export interface RewrapWork {
  readonly keyId: string;
  readonly wrappedKey: Buffer;
  /**
   * Or of an overlap, and so for the same destinations. Any other replaced version may be bound to destinations that are
   * no longer known; it is shredded within minutes.
   */
  readonly isCurrent: boolean;
  readonly secret: Pick<
    SecretRow,
    | 'app_id'
    | 'secret_id'
    | 'version'
    | 'credential_type'
    | 'allowed_hosts'
    | 'allow_any_host'
    | 'injection'
    | 'delivery'
    | 'default_headers'
    | 'base_url'
    | 'public_fields'
  >;
}

/**
 * The next versions, of any app, that `keyId` wraps. One statement, so that a version and the destinations beside it are
 * of the same moment; limited before the join, so that no batch reads more than its rows.
 */
export async function selectRewrapWork(
  tx: Queryable,
  keyId: string,
  after: { readonly appId: string; readonly secretId: string },
  limit: number,
): Promise<RewrapWork[]> {
  const rows = await tx.query<RewrapWork['secret'] & Omit<VersionRow, 'sealed'> & { is_current: boolean }>(
    'versions_to_rewrap',
    `SELECT v.key_id, v.wrapped_key, v.app_id, v.secret_id, v.version, v.version = s.version OR (v.version = s.version - 1 AND s.overlap_until IS NOT NULL) AS is_current,
       s.credential_type, s.allowed_hosts, s.allow_any_host, s.injection, s.delivery, s.default_headers,
       s.base_url, s.public_fields
     FROM (SELECT key_id, wrapped_key, app_id, secret_id, version FROM secret_versions
           WHERE key_id = $1 AND (app_id, secret_id) > ($2::uuid, $3::uuid)
           ORDER BY app_id, secret_id LIMIT $4) v
     JOIN secrets s ON s.app_id = v.app_id AND s.secret_id = v.secret_id
     ORDER BY v.app_id, v.secret_id`,
    [keyId, after.appId, after.secretId, limit],
  );
  return rows.map(({ key_id, wrapped_key, is_current, ...secret }) => ({
    keyId: key_id,
    wrappedKey: wrapped_key,
    isCurrent: is_current,
    secret,
  }));
}

export interface Rewrapped {
  readonly work: RewrapWork;
  readonly wrappedKey: Buffer;
}

/**
 * Stores new wraps where the old ones are still what they were, and says how many that was: a credential that was
 * rotated, narrowed or shredded meanwhile is left as it is.
 */
export async function updateWrapsIfUnchanged(
  tx: Queryable,
  keyId: string,
  rewrapped: readonly Rewrapped[],
): Promise<number> {
  const rows = await tx.query<{ version: number }>(
    'versions_rewrap',
    `UPDATE secret_versions v SET key_id = $1, wrapped_key = u.wrapped_key
     FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::uuid[], $6::bytea[], $7::bytea[])
       AS u (app_id, secret_id, version, old_key_id, old_wrapped_key, wrapped_key)
     WHERE v.app_id = u.app_id AND v.secret_id = u.secret_id AND v.version = u.version
       AND v.key_id = u.old_key_id AND v.wrapped_key = u.old_wrapped_key
     RETURNING v.version`,
    [
      keyId,
      rewrapped.map(({ work }) => work.secret.app_id),
      rewrapped.map(({ work }) => work.secret.secret_id),
      rewrapped.map(({ work }) => work.secret.version),
      rewrapped.map(({ work }) => work.keyId),
      rewrapped.map(({ work }) => work.wrappedKey),
      rewrapped.map((one) => one.wrappedKey),
    ],
  );
  return rows.length;
}

export async function countVersionsByKey(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ key_id: string; count: number }>(
    'versions_by_key',
    'SELECT key_id, count(*)::int AS count FROM secret_versions GROUP BY key_id',
    [],
  );
  return new Map(rows.map((row) => [row.key_id, row.count]));
}

/**
 * Shreds versions that were replaced a minute ago: the calls that were authorised under them are through. The one before
 * the current stays while its overlap is open.
 */
export async function shredReplacedVersions(db: Queryable): Promise<void> {
  await db.query(
    'versions_shred',
    `DELETE FROM secret_versions v USING secrets s
     WHERE s.app_id = v.app_id AND s.secret_id = v.secret_id
       AND v.version < s.version AND s.updated_at < clock_timestamp() - interval '60 seconds'
       AND NOT (v.version = s.version - 1 AND coalesce(s.overlap_until > clock_timestamp(), false))`,
    [],
  );
}
