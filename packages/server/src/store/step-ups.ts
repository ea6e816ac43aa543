/** When the member of a session last gave the password again. Every statement names its organization. */
import type { Queryable } from './database.ts';

export interface StepUpRow {
  readonly org_id: string;
  readonly session_id: string;
  readonly member_id: string;
  readonly stepped_up_at: Date;
}

export async function updateStepUp(tx: Queryable, row: StepUpRow, mac: Buffer): Promise<void> {
  await tx.query(
    'session_step_up',
    `UPDATE sessions SET stepped_up_at = $4, step_up_mac = $5
     WHERE org_id = $1 AND session_id = $2 AND member_id = $3 AND ended_at IS NULL`,
    [row.org_id, row.session_id, row.member_id, row.stepped_up_at, mac],
  );
}

/** Undefined where there was none within `seconds`, by the database's clock. */
export async function findStepUp(
  db: Queryable,
  orgId: string,
  sessionId: string,
  seconds: number,
): Promise<(StepUpRow & { readonly mac: Buffer }) | undefined> {
  const rows = await db.query<StepUpRow & { readonly mac: Buffer }>(
    'session_stepped_up',
    `SELECT org_id, session_id, member_id, stepped_up_at, step_up_mac AS mac FROM sessions
     WHERE org_id = $1 AND session_id = $2 AND ended_at IS NULL AND step_up_mac IS NOT NULL
       AND stepped_up_at > clock_timestamp() - make_interval(secs => $3)`,
    [orgId, sessionId, seconds],
  );
  return rows[0];
}
