/** Signing in and out, and the list of one's own sessions. */
import { SESSION_IDLE_SECONDS, type Actor } from '../../access/people.ts';
import { Refusal } from '../../refusal.ts';
import { endSession, endSessionsOf, selectSessions, type ShownSession } from '../../store/sessions.ts';
import { appendForPeople, changeEvent } from '../events.ts';
import { beforeOf, page } from '../pages.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { getMemberIn } from './member-rows.ts';
import { sessionView } from './session-view.ts';
import { provePassword, signInAs } from './sign-in.ts';

export function registerSessions(routes: Routes, parts: ApiParts): void {
  routes.route('signIn', async ({ body, ...call }) => {
    const proven = await provePassword(parts, body, call);
    return sessionView(parts, await signInAs(parts, proven, call));
  });

  routes.route('getSession', async ({ actor }) => sessionView(parts, actor));

  routes.route('changeProfile', async ({ actor, body, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const before = await getMemberIn(parts, draft.tx, actor);
      if (before.display_name === body.display_name) return;
      await draft.updateMember(before, { display_name: body.display_name });
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.updated', {
          context: { member: actor.memberId, changed: ['display_name'] },
        }),
      );
    });
    return sessionView(parts, actor);
  });

  routes.route('signOut', async ({ actor, requestId, ip, reply }) => {
    await parts.db.transaction(async (tx) => {
      if (actor.via === 'session') await endSession(tx, actor, actor.viaId);
      await appendForPeople(
        parts,
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.signed_out'),
      );
    });
    setSessionCookie(reply, parts.publicUrl(), '', 0);
    return undefined;
  });

  routes.route('listSessions', async ({ actor, query }) => {
    const of = { orgId: actor.orgId, memberId: actor.memberId, idleSeconds: SESSION_IDLE_SECONDS };
    const rows = await selectSessions(parts.db, of, beforeOf(query.cursor), query.limit + 1);
    return page(rows, query.limit, (row) => row.session_id, viewFor(actor));
  });

  routes.route('endSession', async ({ actor, params, requestId, ip, reply }) => {
    await parts.db.transaction(async (tx) => {
      if (!(await endSession(tx, actor, params.session_id))) throw new Refusal('not_found');
      await appendForPeople(
        parts,
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'session.ended', {
          context: { session: params.session_id },
        }),
      );
    });
    if (isCurrent(actor, params.session_id)) setSessionCookie(reply, parts.publicUrl(), '', 0);
    return undefined;
  });

  routes.route('endOtherSessions', async ({ actor, requestId, ip }) => {
    const ended = await parts.db.transaction(async (tx) => {
      const but = actor.via === 'session' ? actor.viaId : null;
      const count = await endSessionsOf(tx, actor.orgId, actor.memberId, but);
      await appendForPeople(
        parts,
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'session.others_ended', {
          context: { sessions: count },
        }),
      );
      return count;
    });
    return { ended };
  });
}

const isCurrent = (actor: Actor, sessionId: string): boolean =>
  actor.via === 'session' && actor.viaId === sessionId;

const viewFor = (actor: Actor) => (row: ShownSession) => ({
  session_id: row.session_id,
  is_current: isCurrent(actor, row.session_id),
  signed_in_by: row.signed_in_by,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  ip: row.ip,
  user_agent: row.user_agent,
});
