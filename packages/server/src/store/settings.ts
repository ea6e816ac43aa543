/** What organizations set for themselves. What a MAC covers belongs to `access/`. */
import type { Queryable } from './database.ts';

export interface SettingsRow {
  readonly org_id: string;
  /** Null: kept for ever. */
  readonly audit_retention_months: number | null;
  readonly changed_at: Date;
  readonly mac: Buffer;
}

const COLUMNS = 'org_id, audit_retention_months, changed_at, mac';

export async function findSettings(db: Queryable, orgId: string): Promise<SettingsRow | undefined> {
  const rows = await db.query<SettingsRow>(
    'settings_one',
    `SELECT ${COLUMNS} FROM organization_settings WHERE org_id = $1`,
    [orgId],
  );
  return rows[0];
}

export async function upsertSettings(tx: Queryable, row: SettingsRow): Promise<void> {
  await tx.query(
    'settings_upsert',
    `INSERT INTO organization_settings (${COLUMNS}) VALUES ($1, $2, $3, $4)
     ON CONFLICT (org_id) DO UPDATE SET audit_retention_months = $2, changed_at = $3, mac = $4`,
    [row.org_id, row.audit_retention_months, row.changed_at, row.mac],
  );
}
