/**
 * Reminders of secrets that are to be rotated: 14 days before, 3 days before, when due, and each week after. One notice and
 * one audit event for each secret and stage, in one transaction with the claim, so that neither is lost nor told twice
 * whatever dies, and whichever server does it.
 */
import { EMPTY_EVENT, type AuditEvent } from '../audit/event.ts';
import { newRequestId } from '../ids.ts';
import type { Notice } from '../notify/notice.ts';
import type { Queryable } from '../store/database.ts';
import { claimDueRotations, type DueRotation } from '../store/rotation-reminders.ts';
import type { ApiParts } from './parts.ts';

export interface Notifier {
  enqueue(tx: Queryable, appId: string, notice: Notice): Promise<void>;
}

export type ReminderParts = Pick<ApiParts, 'db' | 'audit' | 'clock'> & {
  readonly outbox: Notifier;
};

const BATCH = 100;
const STAGES = ['in_14_days', 'in_3_days', 'due'] as const;
const DUE = STAGES.length - 1;

/** Tells of all that has come to its next stage by now; answers with how many that were. */
export async function remindOfRotations(parts: ReminderParts): Promise<number> {
  let reminded = 0;
  for (;;) {
    const now = new Date(parts.clock.now());
    const claimed = await parts.db.transaction((tx) => remindBatch(parts, tx, now));
    reminded += claimed;
    if (claimed < BATCH) return reminded;
  }
}

async function remindBatch(parts: ReminderParts, tx: Queryable, now: Date): Promise<number> {
  const due = await claimDueRotations(tx, now, BATCH);
  for (const secret of due) {
    const { app_id, app_name, secret_id, name } = secret;
    await parts.outbox.enqueue(tx, app_id, {
      kind: 'secret.rotation_due',
      at: now,
      subject: {
        app_id,
        app: app_name,
        secret_id,
        secret: name,
        ...when(secret),
      },
    });
  }
  await parts.audit.appendInTransaction(
    tx,
    due.map((secret) => eventOf(secret, now)),
  );
  return due.length;
}

const when = ({ rotate_by, stage }: DueRotation) => ({
  rotate_by: rotate_by.toISOString(),
  stage: STAGES[stage] ?? 'overdue',
  weeks_over: Math.max(0, stage - DUE),
});

const eventOf = (secret: DueRotation, at: Date): AuditEvent => ({
  ...EMPTY_EVENT,
  appId: secret.app_id,
  requestId: newRequestId(),
  ordinal: 0,
  kind: 'secret.rotation_due',
  at,
  secretId: secret.secret_id,
  provider: secret.template ?? secret.name,
  context: { secret: secret.name, ...when(secret) },
});
