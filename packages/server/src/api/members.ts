/** Members: who they are, and the rules of who manages whom (WIRE §2). */
import type { Role } from '@alter-vault/contract';
import { checkSealed, type Actor } from '../access/people.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { UniqueViolation, type Queryable } from '../store/database.ts';
import { endSessionsOf, lockMember, lockOwners, selectMembers, type MemberRow } from '../store/people.ts';
import { hashPassword } from '../vault/password.ts';
import { Secret } from '../vault/secret.ts';
import { changeEvent } from './events.ts';
import { afterOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import type { Routes } from './routes.ts';

export const memberView = (member: MemberRow) => ({
  member_id: member.member_id,
  email: member.email,
  role: member.role,
  created_at: member.created_at.toISOString(),
});

export function registerMembers(routes: Routes, parts: ApiParts): void {
  routes.route('listMembers', async ({ actor, query }) => {
    const rows = await selectMembers(parts.db, actor.orgId, afterOf(query.cursor), query.limit + 1);
    return page(rows, query.limit, (member) => member.member_id, memberView);
  });

  routes.route('createMember', async ({ actor, body, requestId, ip }) => {
    checkMayManage(actor, body.role);
    const passwordHash =
      body.password === undefined ? null : await hashPassword(Secret.fromText(body.password));
    const member = {
      org_id: actor.orgId,
      member_id: newId(),
      email: body.email,
      role: body.role,
      password_hash: passwordHash,
      created_at: new Date(parts.clock.now()),
      removed_at: null,
    };
    try {
      const made = await parts.organizations.change(actor.orgId, async (draft) => {
        draft.audit(
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.created', {
            context: { member: member.member_id, role: member.role },
          }),
        );
        return draft.insertMember(member);
      });
      return memberView(made);
    } catch (error) {
      if (error instanceof UniqueViolation)
        throw new Refusal('conflict', {
          message: 'There is already a member with this e-mail address.',
          cause: error,
        });
      throw error;
    }
  });

  routes.route('changeMember', async ({ actor, params, body, requestId, ip }) => {
    const passwordHash =
      body.password === undefined ? undefined : await hashPassword(Secret.fromText(body.password));
    if (body.role === undefined && body.password === undefined)
      throw new Refusal('invalid_request', {
        issues: [{ path: 'role', message: 'give role, password or both' }],
      });
    const row = await parts.organizations.change(actor.orgId, async (draft) => {
      const { tx } = draft;
      const before = await getMember(parts, tx, actor, params.member_id);
      checkMayManage(actor, before.role);
      if (body.role !== undefined) checkMayManage(actor, body.role);
      if (before.role === 'owner' && body.role !== undefined && body.role !== 'owner')
        await checkNotLastOwner(tx, before);
      const after = await draft.updateMember(before, {
        role: body.role ?? before.role,
        password_hash: passwordHash ?? before.password_hash,
      });
      // W4: a new password or role ends what was signed in under the old one.
      await endSessionsOf(tx, actor.orgId, after.member_id);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.updated', {
          context: { member: after.member_id, role: after.role },
        }),
      );
      return after;
    });
    return memberView(row);
  });

  routes.route('removeMember', async ({ actor, params, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const { tx } = draft;
      const before = await getMember(parts, tx, actor, params.member_id);
      checkMayManage(actor, before.role);
      if (before.role === 'owner') await checkNotLastOwner(tx, before);
      await draft.updateMember(before, { removed_at: new Date(parts.clock.now()) });
      await endSessionsOf(tx, actor.orgId, before.member_id);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.removed', {
          context: { member: before.member_id },
        }),
      );
    });
    return undefined;
  });
}

/** Owners manage everybody; admins everybody but owners (WIRE §2). */
function checkMayManage(actor: Actor, role: Role): void {
  if (role === 'owner' && actor.role !== 'owner')
    throw new Refusal('insufficient_scope', { message: 'Only owners manage owners.' });
}

async function getMember(parts: ApiParts, tx: Queryable, actor: Actor, memberId: string): Promise<MemberRow> {
  const member = await lockMember(tx, actor.orgId, memberId);
  if (member === undefined || member.removed_at !== null) throw new Refusal('not_found');
  checkSealed(parts, 'members', member);
  return member;
}

async function checkNotLastOwner(tx: Queryable, owner: MemberRow): Promise<void> {
  const others = (await lockOwners(tx, owner.org_id)).filter((other) => other.member_id !== owner.member_id);
  if (others.length === 0)
    throw new Refusal('conflict', {
      message: 'This is the last owner.',
      hint: 'Make another member an owner first.',
    });
}
