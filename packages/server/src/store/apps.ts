/** Finding apps for the control plane, always within one organization. */
import type { Queryable } from './database.ts';
import type { AppRow } from './deciding.ts';

/** Of an app that is deleted only its log is left. */
export type AppSummary = Pick<AppRow, 'app_id' | 'org_id' | 'name' | 'created_at'> & {
  readonly deleted_at: Date | null;
};

const COLUMNS = 'app_id, org_id, name, created_at, deleted_at';

export async function findAppByName(
  db: Queryable,
  orgId: string,
  name: string,
): Promise<AppSummary | undefined> {
  const rows = await db.query<AppSummary>(
    'app_by_name',
    `SELECT ${COLUMNS} FROM apps WHERE org_id = $1 AND name = $2 AND deleted_at IS NULL`,
    [orgId, name],
  );
  return rows[0];
}

/** Deleted ones too. */
export async function findAppById(
  db: Queryable,
  orgId: string,
  appId: string,
): Promise<AppSummary | undefined> {
  const rows = await db.query<AppSummary>(
    'app_by_id',
    `SELECT ${COLUMNS} FROM apps WHERE org_id = $1 AND app_id = $2`,
    [orgId, appId],
  );
  return rows[0];
}

export async function selectApps(
  db: Queryable,
  orgId: string,
  after: string,
  limit: number,
): Promise<AppSummary[]> {
  return db.query<AppSummary>(
    'apps_page',
    `SELECT ${COLUMNS} FROM apps WHERE org_id = $1 AND app_id > $2 AND deleted_at IS NULL ORDER BY app_id LIMIT $3`,
    [orgId, after, limit],
  );
}

export async function renameApp(tx: Queryable, appId: string, name: string): Promise<void> {
  await tx.query('app_rename', 'UPDATE apps SET name = $2 WHERE app_id = $1', [appId, name]);
}

export async function endApp(tx: Queryable, appId: string, at: Date): Promise<void> {
  await tx.query('app_end', 'UPDATE apps SET deleted_at = $2 WHERE app_id = $1', [appId, at]);
}

/** The organization's oldest app: where the audit events of its people stand. */
export async function findHomeApp(db: Queryable, orgId: string): Promise<string | undefined> {
  const rows = await db.query<{ app_id: string }>(
    'app_home',
    'SELECT app_id FROM apps WHERE org_id = $1 ORDER BY app_id LIMIT 1',
    [orgId],
  );
  return rows[0]?.app_id;
}

export async function selectAppIds(db: Queryable, orgId: string): Promise<string[]> {
  const rows = await db.query<{ app_id: string }>('app_ids', 'SELECT app_id FROM apps WHERE org_id = $1', [
    orgId,
  ]);
  return rows.map((row) => row.app_id);
}

/** Which of these there are, in any organization: for keys, which name their app themselves. */
export async function selectExistingApps(db: Queryable, appIds: readonly string[]): Promise<string[]> {
  const rows = await db.query<{ app_id: string }>(
    'apps_existing',
    'SELECT app_id FROM apps WHERE app_id = ANY ($1::uuid[])',
    [appIds],
  );
  return rows.map((row) => row.app_id);
}

/** The app of a grant, among those of one organization. */
export async function findAppOfGrant(
  db: Queryable,
  orgId: string,
  grantId: string,
): Promise<string | undefined> {
  const rows = await db.query<{ app_id: string }>(
    'app_of_grant',
    'SELECT g.app_id FROM grants g JOIN apps a ON a.app_id = g.app_id WHERE g.grant_id = $1 AND a.org_id = $2',
    [grantId, orgId],
  );
  return rows[0]?.app_id;
}
