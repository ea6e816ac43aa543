/** The rows of organizations: what stands for all their members and what these come in with. What a MAC covers belongs to `access/`. */
import type { Queryable } from './database.ts';
import { PEOPLE_EVENTS_SQL } from './people-kinds.ts';

export interface OrganizationRow {
  readonly org_id: string;
  readonly name: string;
  readonly epoch: bigint;
  /** Null in a row from before there were digests, until the first start. */
  readonly digest: Buffer | null;
  readonly mac: Buffer | null;
}

export type OrganizationBoundary = Pick<OrganizationRow, 'org_id' | 'epoch' | 'digest' | 'mac'>;

/** With the MACs of all its members, removed ones too, and of all that they come in with, as they stood at one moment. */
export interface OrganizationRows extends OrganizationRow {
  readonly macs: readonly Buffer[];
}

const COLUMNS = 'org_id, name, epoch, digest, mac';

export async function insertOrganization(tx: Queryable, row: OrganizationRow): Promise<void> {
  await tx.query(
    'organization_insert',
    `INSERT INTO organizations (${COLUMNS}) VALUES ($1, $2, $3::bigint, $4, $5)`,
    [row.org_id, row.name, row.epoch, row.digest, row.mac],
  );
}

export async function findOrganizationRow(
  db: Queryable,
  orgId: string,
): Promise<OrganizationRow | undefined> {
  const rows = await db.query<OrganizationRow>(
    'organization_one',
    `SELECT ${COLUMNS} FROM organizations WHERE org_id = $1`,
    [orgId],
  );
  return rows[0];
}

/** One statement, so that all of it is of one moment. */
export async function findOrganizationRows(
  db: Queryable,
  orgId: string,
): Promise<OrganizationRows | undefined> {
  const rows = await db.query<OrganizationRows>(
    'organization_rows',
    `SELECT ${COLUMNS}, ARRAY(
       SELECT mac FROM members WHERE org_id = $1 UNION ALL SELECT mac FROM access_tokens WHERE org_id = $1
       UNION ALL SELECT mac FROM second_factors WHERE org_id = $1 UNION ALL SELECT mac FROM passkeys WHERE org_id = $1
       UNION ALL SELECT mac FROM member_links WHERE org_id = $1
       UNION ALL SELECT mac FROM member_identities WHERE org_id = $1
     ) AS macs
     FROM organizations WHERE org_id = $1`,
    [orgId],
  );
  return rows[0];
}

/** Locked until the transaction ends: people of one organization are changed one after the other. Apps may be made meanwhile. */
export async function lockOrganization(tx: Queryable, orgId: string): Promise<OrganizationRow | undefined> {
  const rows = await tx.query<OrganizationRow>(
    'organization_lock',
    `SELECT ${COLUMNS} FROM organizations WHERE org_id = $1 FOR NO KEY UPDATE`,
    [orgId],
  );
  return rows[0];
}

export async function updateOrganizationBoundary(tx: Queryable, row: OrganizationBoundary): Promise<void> {
  await tx.query(
    'organization_boundary',
    'UPDATE organizations SET epoch = $2::bigint, digest = $3, mac = $4 WHERE org_id = $1',
    [row.org_id, row.epoch, row.digest, row.mac],
  );
}

/** Organizations from before there were digests. */
export async function selectUnsealedOrganizations(db: Queryable): Promise<string[]> {
  const rows = await db.query<{ org_id: string }>(
    'organizations_unsealed',
    'SELECT org_id FROM organizations WHERE digest IS NULL AND mac IS NULL AND epoch = 0',
    [],
  );
  return rows.map((row) => row.org_id);
}

/** The epoch that the newest audited change of people tells; undefined when there is none. */
export async function findAuditedPeopleEpoch(db: Queryable, orgId: string): Promise<bigint | undefined> {
  const rows = await db.query<{ epoch: bigint }>(
    'organization_audited_epoch',
    `SELECT epoch FROM audit_events
     WHERE app_id = (SELECT app_id FROM apps WHERE org_id = $1 ORDER BY app_id LIMIT 1) AND ${PEOPLE_EVENTS_SQL}
       AND epoch IS NOT NULL
     ORDER BY group_id DESC, position DESC LIMIT 1`,
    [orgId],
  );
  return rows[0]?.epoch;
}
