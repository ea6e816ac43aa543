/**
 * Step-up: whoever decides in a session gives the password again, so that a session left open decides on nothing. Kept
 * under a MAC with the session's ids.
 */
import type { Actor } from '../access/people.ts';
import { isRecordSealed, recordMac } from '../access/row-macs.ts';
import { Refusal } from '../refusal.ts';
import { databaseTime } from '../store/approvals.ts';
import { findStepUp, updateStepUp } from '../store/step-ups.ts';
import { appendForPeople, changeEvent } from './events.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';
import { checkPassword } from './sessions.ts';

export const STEP_UP_SECONDS = 5 * 60;
const TABLE = 'session_step_ups';

export function registerStepUp(routes: Routes, parts: ApiParts): void {
  routes.route('stepUp', async ({ actor, body, requestId, ip }) => {
    if (actor.via !== 'session' || actor.email === null)
      throw new Refusal('insufficient_scope', {
        message: 'Only a session steps up.',
        hint: 'A token decides by its scope approvals:decide.',
      });
    const member = await checkPassword(parts, actor.email, body.password, ip);
    if (member.member_id !== actor.memberId) throw new Refusal('unauthenticated');
    const at = await databaseTime(parts.db);
    const row = {
      org_id: actor.orgId,
      session_id: actor.viaId,
      member_id: actor.memberId,
      stepped_up_at: at,
    };
    await parts.db.transaction(async (tx) => {
      await updateStepUp(tx, row, recordMac(parts.macKey(), TABLE, row));
      const change = { actor, requestId, clock: parts.clock, ip };
      await appendForPeople(parts, tx, actor.orgId, changeEvent(change, 'member.stepped_up'));
    });
    return { valid_until: new Date(at.getTime() + STEP_UP_SECONDS * 1000).toISOString() };
  });
}

/** @throws Refusal `insufficient_scope` when the password was not given within five minutes */
export async function checkSteppedUp(parts: ApiParts, actor: Actor): Promise<void> {
  const row = await findStepUp(parts.db, actor.orgId, actor.viaId, STEP_UP_SECONDS);
  if (row !== undefined && row.member_id === actor.memberId && isRecordSealed(parts.macKey(), TABLE, row))
    return;
  throw new Refusal('insufficient_scope', {
    message: 'Deciding needs the password again.',
    hint: 'POST /v1/session/step-up, and decide within five minutes.',
  });
}
