/** One's own password: changed by whoever knows the one before, or stepped up a moment ago. */
import { SESSION_SECONDS } from '../../access/people.ts';
import { checkPasswordStrength } from '../../people/passwords.ts';
import { Refusal } from '../../refusal.ts';
import { endSessionsOf } from '../../store/sessions.ts';
import { hashPassword } from '../../vault/password.ts';
import { Secret } from '../../vault/secret.ts';
import { changeEvent } from '../events.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { tellMember } from './letters.ts';
import { takeBackLinks } from './links.ts';
import { getMemberIn } from './member-rows.ts';
import { sessionView } from './session-view.ts';
import { checkPassword, openSession } from './sign-in.ts';
import { checkSteppedUp } from './stepped-up.ts';

export function registerPassword(routes: Routes, parts: ApiParts): void {
  routes.route('changePassword', async ({ actor, body, ...call }) => {
    const { current_password: current, new_password: next } = body;
    if (current === undefined || actor.email === null) await checkSteppedUp(parts, actor);
    else {
      const { member } = await checkPassword(parts, actor.email, current, call.ip);
      if (member.member_id !== actor.memberId) throw new Refusal('unauthenticated');
    }
    await checkPasswordStrength(next, { email: actor.email }, 'new_password');
    const passwordHash = await hashPassword(Secret.fromText(next));
    const opened = await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, actor);
      const member = await draft.updateMember(before, { password_hash: passwordHash });
      // W4: what was signed in under the old one ends, this session too; it goes on under an id that nobody knew.
      await endSessionsOf(draft.tx, actor.orgId, actor.memberId);
      await takeBackLinks(parts, draft, member);
      draft.audit(
        changeEvent(
          { actor, requestId: call.requestId, clock: parts.clock, ip: call.ip },
          'password.changed',
        ),
      );
      return openSession(parts, draft.tx, { member, by: 'password' }, call);
    });
    tellMember(parts, actor.email, 'password_changed', call.ip);
    setSessionCookie(call.reply, parts.publicUrl(), opened.text, SESSION_SECONDS);
    return sessionView(parts, opened.actor);
  });
}
