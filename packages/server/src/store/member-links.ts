/** One-time links of members. Every statement names its organization, but for the one that finds a link by its token's hash. */
import type { Queryable } from './database.ts';

export type LinkPurpose = 'invitation' | 'recovery';

export interface MemberLinkRow {
  readonly org_id: string;
  readonly link_id: string;
  readonly member_id: string;
  readonly purpose: LinkPurpose;
  readonly token_hash: Buffer;
  readonly created_at: Date;
  readonly counts_from: Date;
  readonly expires_at: Date;
  readonly mac: Buffer;
}

const LINK = 'org_id, link_id, member_id, purpose, token_hash, created_at, counts_from, expires_at, mac';

export async function insertMemberLink(tx: Queryable, row: MemberLinkRow): Promise<void> {
  await tx.query(
    'member_link_insert',
    `INSERT INTO member_links (${LINK}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
    [
      row.org_id,
      row.link_id,
      row.member_id,
      row.purpose,
      row.token_hash,
      row.created_at,
      row.counts_from,
      row.expires_at,
      row.mac,
    ],
  );
}

export async function deleteMemberLink(tx: Queryable, row: MemberLinkRow): Promise<void> {
  await tx.query('member_link_delete', 'DELETE FROM member_links WHERE org_id = $1 AND link_id = $2', [
    row.org_id,
    row.link_id,
  ]);
}

export async function findMemberLink(db: Queryable, tokenHash: Buffer): Promise<MemberLinkRow | undefined> {
  const rows = await db.query<MemberLinkRow>(
    'member_link_by_token',
    `SELECT ${LINK} FROM member_links WHERE token_hash = $1`,
    [tokenHash],
  );
  return rows[0];
}

/** All of the member's, over or not. */
export async function selectMemberLinks(
  tx: Queryable,
  orgId: string,
  memberId: string,
): Promise<MemberLinkRow[]> {
  return tx.query<MemberLinkRow>(
    'member_links_of',
    `SELECT ${LINK} FROM member_links WHERE org_id = $1 AND member_id = $2 ORDER BY link_id`,
    [orgId, memberId],
  );
}
