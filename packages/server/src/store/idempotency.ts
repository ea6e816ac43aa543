/** Answers of requests that carried an Idempotency-Key, less what is shown once. */
import type { Queryable } from './database.ts';

export interface StoredAnswer {
  readonly body_mac: Buffer;
  readonly status: number;
  readonly answer: unknown;
}

export async function findAnswer(
  db: Queryable,
  orgId: string,
  scope: Buffer,
): Promise<StoredAnswer | undefined> {
  const rows = await db.query<StoredAnswer>(
    'idempotency_one',
    "SELECT body_mac, status, answer FROM idempotency_keys WHERE org_id = $1 AND scope = $2 AND created_at > now() - interval '24 hours'",
    [orgId, scope],
  );
  return rows[0];
}

/** False when another request with the same key was quicker. */
export async function insertAnswer(
  tx: Queryable,
  orgId: string,
  scope: Buffer,
  answer: StoredAnswer,
): Promise<boolean> {
  await tx.query(
    'idempotency_old',
    "DELETE FROM idempotency_keys WHERE created_at <= now() - interval '24 hours'",
    [],
  );
  const rows = await tx.query(
    'idempotency_insert',
    `INSERT INTO idempotency_keys (org_id, scope, body_mac, status, answer) VALUES ($1, $2, $3, $4, $5::jsonb)
     ON CONFLICT DO NOTHING RETURNING org_id`,
    [orgId, scope, answer.body_mac, answer.status, JSON.stringify(answer.answer)],
  );
  return rows.length === 1;
}

/** Waits for a request with the same key that is under way on any server, and keeps others waiting. */
export async function lockScope(tx: Queryable, scope: Buffer): Promise<void> {
  await tx.query('idempotency_lock', 'SELECT pg_advisory_xact_lock($1)', [scope.readBigInt64BE(0)]);
}
