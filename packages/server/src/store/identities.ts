/** Accounts of an identity provider. Every statement names its organization, but for the one that finds it by issuer and subject. */
import type { Queryable } from './database.ts';

export interface IdentityRow {
  readonly org_id: string;
  readonly identity_id: string;
  readonly member_id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly created_at: Date;
  readonly mac: Buffer;
}

const IDENTITY = 'org_id, identity_id, member_id, issuer, subject, created_at, mac';

export async function insertIdentity(tx: Queryable, row: IdentityRow): Promise<void> {
  await tx.query(
    'identity_insert',
    `INSERT INTO member_identities (${IDENTITY}) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [row.org_id, row.identity_id, row.member_id, row.issuer, row.subject, row.created_at, row.mac],
  );
}

export async function deleteIdentity(tx: Queryable, row: IdentityRow): Promise<void> {
  await tx.query('identity_delete', 'DELETE FROM member_identities WHERE org_id = $1 AND identity_id = $2', [
    row.org_id,
    row.identity_id,
  ]);
}

export async function findIdentity(
  db: Queryable,
  issuer: string,
  subject: string,
): Promise<IdentityRow | undefined> {
  const rows = await db.query<IdentityRow>(
    'identity_by_subject',
    `SELECT ${IDENTITY} FROM member_identities WHERE issuer = $1 AND subject = $2`,
    [issuer, subject],
  );
  return rows[0];
}

export async function selectIdentities(
  db: Queryable,
  orgId: string,
  memberId: string,
): Promise<IdentityRow[]> {
  return db.query<IdentityRow>(
    'identities_of',
    `SELECT ${IDENTITY} FROM member_identities WHERE org_id = $1 AND member_id = $2 ORDER BY identity_id`,
    [orgId, memberId],
  );
}
