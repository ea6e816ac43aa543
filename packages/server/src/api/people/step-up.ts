/** Step-up: whoever does what is grave in a session proves again who they are, so that a session left open does not. */
import { Refusal } from '../../refusal.ts';
import type { Actor } from '../../access/people.ts';
import { appendForPeople, changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { provePassword, type Coming, type Proven } from './sign-in.ts';
import { markSteppedUp } from './stepped-up.ts';

export function registerStepUp(routes: Routes, parts: ApiParts): void {
  routes.route('stepUp', async ({ actor, body, ...call }) => {
    if (actor.email === null) throw withoutPassword();
    return stepUpAs(parts, actor, await provePassword(parts, { ...body, email: actor.email }, call), call);
  });
}

/** @throws Refusal `unauthenticated` when somebody else proved who they are */
export async function stepUpAs(
  parts: ApiParts,
  actor: Actor,
  { member, by }: Proven,
  { requestId, ip }: Coming,
): Promise<{ valid_until: string }> {
  if (member.member_id !== actor.memberId) throw new Refusal('unauthenticated');
  const until = await parts.db.transaction(async (tx) => {
    const end = await markSteppedUp(parts, tx, actor);
    const change = { actor, requestId, clock: parts.clock, ip };
    const event = changeEvent(change, 'member.stepped_up', { context: { by } });
    await appendForPeople(parts, tx, actor.orgId, event);
    return end;
  });
  return { valid_until: until.toISOString() };
}

const withoutPassword = (): Refusal =>
  new Refusal('unauthenticated', { message: 'This account has no password.', hint: 'Use a passkey.' });
