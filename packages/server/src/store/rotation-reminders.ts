/** Which secrets are to be rotated, and how far the reminders of each have got. */
import type { Queryable } from './database.ts';

export interface DueRotation {
  readonly app_id: string;
  readonly app_name: string;
  readonly secret_id: string;
  readonly name: string;
  readonly template: string | null;
  readonly rotate_by: Date;
  /** 0: 14 days before, 1: 3 days before, 2: due, 2 + n: n weeks over. */
  readonly stage: number;
}

/**
 * Claims the next secrets, of any app, that have come to a stage which nobody was told of: of several that were missed only
 * the last. The row is the claim, so that no two servers take the same, and the transaction that tells of it takes it along.
 */
export function claimDueRotations(tx: Queryable, now: Date, limit: number): Promise<DueRotation[]> {
  return tx.query<DueRotation>(
    'rotation_reminders_claim',
    `WITH due AS (
       SELECT s.app_id, s.secret_id, s.name, s.template, s.rotate_by,
         CASE WHEN $1::timestamptz < s.rotate_by - interval '3 days' THEN 0
              WHEN $1::timestamptz < s.rotate_by THEN 1
              ELSE 2 + floor(extract(epoch FROM $1::timestamptz - s.rotate_by) / 604800)::int END AS stage
       FROM secrets s
       WHERE s.rotate_by IS NOT NULL AND s.deleted_at IS NULL AND s.rotate_by <= $1::timestamptz + interval '14 days'
     ), next AS (
       SELECT due.* FROM due LEFT JOIN rotation_reminders r USING (app_id, secret_id)
       WHERE r.secret_id IS NULL OR r.rotate_by <> due.rotate_by OR r.stage < due.stage
       ORDER BY due.app_id, due.secret_id LIMIT $2
     ), claimed AS (
       INSERT INTO rotation_reminders AS r (app_id, secret_id, rotate_by, stage)
       SELECT app_id, secret_id, rotate_by, stage FROM next
       ON CONFLICT (app_id, secret_id) DO UPDATE
         SET rotate_by = excluded.rotate_by, stage = excluded.stage, sent_at = clock_timestamp()
         WHERE r.rotate_by <> excluded.rotate_by OR r.stage < excluded.stage
       RETURNING r.app_id, r.secret_id
     )
     SELECT next.*, a.name AS app_name FROM claimed
     JOIN next USING (app_id, secret_id) JOIN apps a ON a.app_id = claimed.app_id
     ORDER BY next.app_id, next.secret_id`,
    [now, limit],
  );
}
