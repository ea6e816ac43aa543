/**
 * The sealed bytes of held calls and of their results. Every statement names its app, except where all apps' are shredded
 * or sealed anew (I10).
 */
import type { ApprovalId } from './approvals.ts';
import type { Queryable } from './database.ts';
import { holdKey } from './keyring.ts';

export type BlobKind = 'request' | 'result';

export interface BlobRow {
  readonly app_id: string;
  readonly approval_id: string;
  readonly kind: BlobKind;
  readonly key_id: string;
  readonly sealed: Buffer;
}

/** In a transaction. @throws Refusal `unavailable` when the key that seals it was disabled meanwhile */
export async function insertBlob(tx: Queryable, row: BlobRow): Promise<void> {
  await holdKey(tx, row.key_id);
  await tx.query(
    'approval_blob_insert',
    `INSERT INTO approval_blobs (app_id, approval_id, kind, key_id, sealed) VALUES ($1, $2, $3, $4, $5)`,
    [row.app_id, row.approval_id, row.kind, row.key_id, row.sealed],
  );
}

export async function findBlob(
  db: Queryable,
  { app_id, approval_id }: ApprovalId,
  kind: BlobKind,
): Promise<BlobRow | undefined> {
  const rows = await db.query<BlobRow>(
    'approval_blob_one',
    `SELECT app_id, approval_id, kind, key_id, sealed FROM approval_blobs
     WHERE app_id = $1 AND approval_id = $2 AND kind = $3`,
    [app_id, approval_id, kind],
  );
  return rows[0];
}

export async function setShredTime(
  tx: Queryable,
  { app_id, approval_id }: ApprovalId,
  at: Date,
): Promise<void> {
  await tx.query(
    'approval_blobs_keep',
    'UPDATE approval_blobs SET shred_at = $3 WHERE app_id = $1 AND approval_id = $2',
    [app_id, approval_id, at],
  );
}

/** Deletes what was kept for its time, by the database's clock. */
export async function shredApprovalBlobs(db: Queryable): Promise<void> {
  await db.query(
    'approval_blobs_shred',
    'DELETE FROM approval_blobs WHERE shred_at <= clock_timestamp()',
    [],
  );
}

/** The place of a blob in the order in which they are sealed anew. */
export interface BlobPlace extends ApprovalId {
  readonly kind: string;
}

/** Sealed bytes under a key that is being replaced; few at a time, as each may be large. */
export function selectBlobsUnder(
  tx: Queryable,
  keyId: string,
  after: BlobPlace,
  limit: number,
): Promise<BlobRow[]> {
  return tx.query<BlobRow>(
    'approval_blobs_under',
    `SELECT app_id, approval_id, kind, key_id, sealed FROM approval_blobs
     WHERE key_id = $1 AND (app_id, approval_id, kind) > ($2::uuid, $3::uuid, $4::text)
     ORDER BY app_id, approval_id, kind LIMIT $5 FOR UPDATE`,
    [keyId, after.app_id, after.approval_id, after.kind, limit],
  );
}

export async function updateBlob(tx: Queryable, row: BlobRow): Promise<void> {
  await tx.query(
    'approval_blob_update',
    'UPDATE approval_blobs SET key_id = $4, sealed = $5 WHERE app_id = $1 AND approval_id = $2 AND kind = $3',
    [row.app_id, row.approval_id, row.kind, row.key_id, row.sealed],
  );
}

export async function countBlobsByKey(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ key_id: string; count: number }>(
    'approval_blobs_by_key',
    'SELECT key_id, count(*)::int AS count FROM approval_blobs GROUP BY key_id',
    [],
  );
  return new Map(rows.map((row) => [row.key_id, row.count]));
}
