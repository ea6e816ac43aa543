/** Members: who they are, and the rules of who manages whom (WIRE §2). */
import type { Role } from '@alter-vault/contract';
import type { Actor } from '../../access/people.ts';
import { newId } from '../../ids.ts';
import { checkPasswordStrength, type PasswordContext } from '../../people/passwords.ts';
import { Refusal } from '../../refusal.ts';
import { UniqueViolation, type Queryable } from '../../store/database.ts';
import { findShownMember, lockOwners, selectMembers, type MemberRow } from '../../store/people.ts';
import { endSessionsOf } from '../../store/sessions.ts';
import { hashPassword } from '../../vault/password.ts';
import { Secret } from '../../vault/secret.ts';
import { changeEvent } from '../events.ts';
import { afterOf, page } from '../pages.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { tellMember } from './letters.ts';
import { takeBackLinks } from './links.ts';
import { getMemberIn } from './member-rows.ts';
import { memberView } from './member-view.ts';

export function registerMembers(routes: Routes, parts: ApiParts): void {
  routes.route('listMembers', async ({ actor, query }) => {
    const isInvited = query.status === undefined ? undefined : query.status === 'invited';
    const of = { after: afterOf(query.cursor), isInvited, text: query.q };
    const rows = await selectMembers(parts.db, actor.orgId, of, query.limit + 1);
    return page(rows, query.limit, (member) => member.member_id, memberView);
  });

  routes.route('createMember', async ({ actor, body, requestId, ip }) => {
    checkMayManage(actor, body.role);
    const passwordHash = await hashIfGiven(body.password, {
      email: body.email,
      displayName: body.display_name,
    });
    const member = {
      org_id: actor.orgId,
      member_id: newId(),
      email: body.email,
      role: body.role,
      password_hash: passwordHash ?? null,
      created_at: new Date(parts.clock.now()),
      removed_at: null,
      display_name: body.display_name ?? null,
      second_factor_id: null,
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
      return memberView({
        ...made,
        last_signed_in_at: null,
        passkeys: 0,
        has_sso: false,
        invited_until: null,
      });
    } catch (error) {
      if (error instanceof UniqueViolation) throw emailTaken(error);
      throw error;
    }
  });

  routes.route('changeMember', async ({ actor, params, body, requestId, ip }) => {
    if (Object.keys(body).length === 0)
      throw new Refusal('invalid_request', {
        issues: [{ path: 'role', message: 'give role, password or display_name' }],
      });
    const shown = await findShownMember(parts.db, actor.orgId, params.member_id);
    if (shown === undefined) throw new Refusal('not_found');
    const about = { email: shown.email, displayName: body.display_name ?? shown.display_name };
    const passwordHash = await hashIfGiven(body.password, about);
    const row = await parts.organizations.change(actor.orgId, async (draft) => {
      const { tx } = draft;
      const before = await getMemberIn(parts, tx, { orgId: actor.orgId, memberId: params.member_id });
      checkMayManage(actor, before.role);
      if (body.role !== undefined) checkMayManage(actor, body.role);
      if (before.role === 'owner' && body.role !== undefined && body.role !== 'owner')
        await checkNotLastOwner(tx, before);
      const after = await draft.updateMember(before, {
        role: body.role ?? before.role,
        password_hash: passwordHash ?? before.password_hash,
        display_name: body.display_name === undefined ? before.display_name : body.display_name,
      });
      // W4: a new password or role ends what was signed in under the old one.
      if (body.role !== undefined || body.password !== undefined)
        await endSessionsOf(tx, actor.orgId, after.member_id);
      if (body.password !== undefined) await takeBackLinks(parts, draft, after);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.updated', {
          context: { member: after.member_id, role: after.role, changed: Object.keys(body) },
        }),
      );
      return after;
    });
    if (body.password !== undefined) tellMember(parts, row.email, 'password_changed', ip);
    return memberView({ ...shown, ...row });
  });

  routes.route('removeMember', async ({ actor, params, requestId, ip }) => {
    await parts.organizations.change(actor.orgId, async (draft) => {
      const { tx } = draft;
      const before = await getMemberIn(parts, tx, { orgId: actor.orgId, memberId: params.member_id });
      checkMayManage(actor, before.role);
      if (before.role === 'owner') await checkNotLastOwner(tx, before);
      await draft.updateMember(before, { removed_at: new Date(parts.clock.now()) });
      await endSessionsOf(tx, actor.orgId, before.member_id);
      await takeBackLinks(parts, draft, before);
      draft.audit(
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.removed', {
          context: { member: before.member_id },
        }),
      );
    });
    return undefined;
  });
}

export async function hashIfGiven(
  password: string | undefined,
  about: PasswordContext,
): Promise<string | undefined> {
  if (password === undefined) return undefined;
  await checkPasswordStrength(password, about);
  return hashPassword(Secret.fromText(password));
}

/** Owners manage everybody; admins everybody but owners (WIRE §2). */
export function checkMayManage(actor: Actor, role: Role): void {
  if (role === 'owner' && actor.role !== 'owner')
    throw new Refusal('insufficient_scope', { message: 'Only owners manage owners.' });
}

export const emailTaken = (cause: unknown): Refusal =>
  new Refusal('conflict', {
    message: 'There is already a member with this e-mail address.',
    hint: 'Whoever did not take up their invitation yet can be sent another link.',
    cause,
  });

async function checkNotLastOwner(tx: Queryable, owner: MemberRow): Promise<void> {
  const others = (await lockOwners(tx, owner.org_id)).filter((other) => other.member_id !== owner.member_id);
  if (others.length === 0)
    throw new Refusal('conflict', {
      message: 'This is the last owner.',
      hint: 'Make another member an owner first.',
    });
}
