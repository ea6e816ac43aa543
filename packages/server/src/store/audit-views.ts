/** What members look for in the log of an app again and again. Each member's own; every statement names its app. */
import type { Queryable } from './database.ts';

export interface AuditViewRow {
  readonly app_id: string;
  readonly member_id: string;
  readonly view_id: string;
  readonly name: string;
  /** JSON. */
  readonly filters: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const VIEW = 'app_id, member_id, view_id, name, filters, created_at, updated_at';

export interface OwnViews {
  readonly appId: string;
  readonly memberId: string;
}

export function selectAuditViews(
  db: Queryable,
  { appId, memberId }: OwnViews,
  after: string,
  limit: number,
): Promise<AuditViewRow[]> {
  return db.query<AuditViewRow>(
    'audit_views_page',
    `SELECT ${VIEW} FROM audit_views WHERE app_id = $1 AND member_id = $2 AND view_id > $3 ORDER BY view_id LIMIT $4`,
    [appId, memberId, after, limit + 1],
  );
}

export async function countAuditViews(tx: Queryable, { appId, memberId }: OwnViews): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    'audit_views_count',
    'SELECT count(*)::int AS count FROM audit_views WHERE app_id = $1 AND member_id = $2',
    [appId, memberId],
  );
  return row?.count ?? 0;
}

/** Locked, for whoever changes it. */
export async function lockAuditView(
  tx: Queryable,
  { appId, memberId }: OwnViews,
  viewId: string,
): Promise<AuditViewRow | undefined> {
  const rows = await tx.query<AuditViewRow>(
    'audit_view_lock',
    `SELECT ${VIEW} FROM audit_views WHERE app_id = $1 AND member_id = $2 AND view_id = $3 FOR UPDATE`,
    [appId, memberId, viewId],
  );
  return rows[0];
}

/** @throws UniqueViolation */
export async function insertAuditView(tx: Queryable, row: AuditViewRow): Promise<void> {
  await tx.query(
    'audit_view_insert',
    `INSERT INTO audit_views (${VIEW}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [row.app_id, row.member_id, row.view_id, row.name, row.filters, row.created_at, row.updated_at],
  );
}

/** @throws UniqueViolation */
export async function updateAuditView(tx: Queryable, row: AuditViewRow): Promise<void> {
  await tx.query(
    'audit_view_update',
    'UPDATE audit_views SET name = $3, filters = $4, updated_at = $5 WHERE app_id = $1 AND view_id = $2',
    [row.app_id, row.view_id, row.name, row.filters, row.updated_at],
  );
}

export async function deleteAuditView(tx: Queryable, { app_id, view_id }: AuditViewRow): Promise<void> {
  await tx.query('audit_view_delete', 'DELETE FROM audit_views WHERE app_id = $1 AND view_id = $2', [
    app_id,
    view_id,
  ]);
}
