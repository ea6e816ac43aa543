/**
 * Second factors: what the MAC covers, and beside it the sealed secret, which a rotation of the keyring seals anew, and
 * the step that was used last. Every statement names its organization, except where keys are counted.
 */
import type { Queryable } from './database.ts';
import { holdKey } from './keyring.ts';

export interface SecondFactorRow {
  readonly org_id: string;
  readonly member_id: string;
  readonly factor_id: string;
  readonly recovery_hashes: readonly string[];
  readonly created_at: Date;
  readonly mac: Buffer;
}

export interface SealedTotp {
  readonly key_id: string;
  readonly sealed: Buffer;
}

/** What its seal is bound to. */
export type SecondFactorPlace = Pick<SecondFactorRow, 'org_id' | 'member_id' | 'factor_id'>;

const FACTOR = 'org_id, member_id, factor_id, recovery_hashes, created_at, mac';

/** In a transaction. `lastStep` is that of the code which confirmed it. */
export async function insertSecondFactor(
  tx: Queryable,
  row: SecondFactorRow,
  totp: SealedTotp,
  lastStep: bigint,
): Promise<void> {
  await holdKey(tx, totp.key_id);
  await tx.query(
    'second_factor_insert',
    `INSERT INTO second_factors (${FACTOR}, key_id, sealed, last_step)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::bigint)`,
    [
      row.org_id,
      row.member_id,
      row.factor_id,
      row.recovery_hashes,
      row.created_at,
      row.mac,
      totp.key_id,
      totp.sealed,
      lastStep,
    ],
  );
}

export async function updateRecoveryHashes(tx: Queryable, row: SecondFactorRow): Promise<void> {
  await tx.query(
    'second_factor_recovery',
    'UPDATE second_factors SET recovery_hashes = $3, mac = $4 WHERE org_id = $1 AND member_id = $2',
    [row.org_id, row.member_id, row.recovery_hashes, row.mac],
  );
}

export async function deleteSecondFactor(tx: Queryable, orgId: string, memberId: string): Promise<void> {
  await tx.query('second_factor_delete', 'DELETE FROM second_factors WHERE org_id = $1 AND member_id = $2', [
    orgId,
    memberId,
  ]);
}

export async function findSecondFactor(
  db: Queryable,
  orgId: string,
  memberId: string,
): Promise<{ readonly row: SecondFactorRow; readonly totp: SealedTotp } | undefined> {
  const [found] = await db.query<SecondFactorRow & SealedTotp>(
    'second_factor_one',
    `SELECT ${FACTOR}, key_id, sealed FROM second_factors WHERE org_id = $1 AND member_id = $2`,
    [orgId, memberId],
  );
  if (found === undefined) return undefined;
  const { key_id, sealed, ...row } = found;
  return { row, totp: { key_id, sealed } };
}

/** RFC 6238 §5.2: a code is good once. False when this step, or a later one, was used before. */
export async function useTotpStep(
  db: Queryable,
  of: { readonly orgId: string; readonly memberId: string; readonly factorId: string },
  step: bigint,
): Promise<boolean> {
  const rows = await db.query(
    'second_factor_step',
    `UPDATE second_factors SET last_step = $4::bigint
     WHERE org_id = $1 AND member_id = $2 AND factor_id = $3 AND last_step < $4::bigint RETURNING 1`,
    [of.orgId, of.memberId, of.factorId, step],
  );
  return rows.length === 1;
}

// Keyring

export async function countSecondFactorsByKey(db: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await db.query<{ key_id: string; count: number }>(
    'second_factors_by_key',
    'SELECT key_id, count(*)::int AS count FROM second_factors GROUP BY key_id',
    [],
  );
  return new Map(rows.map((row) => [row.key_id, row.count]));
}

type Place = Pick<SecondFactorRow, 'org_id' | 'member_id'>;

/** The next ones that `keyId` seals, locked. */
export async function selectSecondFactorsUnder(
  tx: Queryable,
  keyId: string,
  after: Place,
  limit: number,
): Promise<(SecondFactorRow & SealedTotp)[]> {
  return tx.query<SecondFactorRow & SealedTotp>(
    'second_factors_under',
    `SELECT ${FACTOR}, key_id, sealed FROM second_factors
     WHERE key_id = $1 AND (org_id, member_id) > ($2::uuid, $3::uuid) ORDER BY org_id, member_id LIMIT $4 FOR UPDATE`,
    [keyId, after.org_id, after.member_id, limit],
  );
}

/** In a transaction that locked the row. */
export async function updateTotpSeal(tx: Queryable, of: Place, totp: SealedTotp): Promise<void> {
  await tx.query(
    'second_factor_reseal',
    'UPDATE second_factors SET key_id = $3, sealed = $4 WHERE org_id = $1 AND member_id = $2',
    [of.org_id, of.member_id, totp.key_id, totp.sealed],
  );
}
