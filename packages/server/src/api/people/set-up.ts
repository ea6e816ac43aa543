/** The first owner, once: by the one-time link of the first start, or by the bootstrap token. */
import { ROLE_SCOPES } from '@alter-vault/contract';
import { hashCredentialText, mintToken } from '../../access/keys.ts';
import { SESSION_SECONDS } from '../../access/people.ts';
import { newId, newRequestId } from '../../ids.ts';
import { checkPasswordStrength } from '../../people/passwords.ts';
import { Refusal } from '../../refusal.ts';
import type { Queryable } from '../../store/database.ts';
import { insertOrganization } from '../../store/organizations.ts';
import { findOrganization, isSetupToken, useSetupToken } from '../../store/people.ts';
import { updateLastSignIn } from '../../store/sessions.ts';
import { hashPassword } from '../../vault/password.ts';
import { Secret } from '../../vault/secret.ts';
import { makeApp } from '../apps.ts';
import { changeEvent } from '../events.ts';
import { memberView } from './member-view.ts';
import { openSession } from './sign-in.ts';
import type { ApiParts } from '../parts.ts';
import type { Routes } from '../routes.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { newToken } from './tokens.ts';

/** The token that the first owner gets at set-up, and for how long. */
const FIRST_TOKEN_HOURS = 24;

export function registerSetUp(routes: Routes, parts: ApiParts): void {
  routes.route('setUp', async ({ body, requestId, ip, request, reply }) => {
    // Before the costly work: once there is an owner, nobody can make the vault hash passwords here.
    if ((await findOrganization(parts.db)) !== undefined) throw new Refusal('unauthenticated');
    if (!(await isSetupToken(parts.db, hashCredentialText(parts.pepper(), body.setup_token))))
      throw new Refusal('unauthenticated');
    await checkPasswordStrength(body.password, { email: body.email });
    const passwordHash = await hashPassword(Secret.fromText(body.password));
    const memberId = newId();
    const made = await parts.db.transaction(async (tx) => {
      const isGood = await useSetupToken(tx, hashCredentialText(parts.pepper(), body.setup_token));
      if (!isGood || (await findOrganization(tx)) !== undefined) throw new Refusal('unauthenticated');
      const first = await makeFirstOwner(
        parts,
        tx,
        { memberId, email: body.email, passwordHash, token: mintToken(), tokenHours: FIRST_TOKEN_HOURS },
        { requestId, ip },
      );
      // The portal goes on where set-up ends.
      await updateLastSignIn(tx, first.member.org_id, memberId);
      return {
        first,
        session: await openSession(parts, tx, { member: first.member, by: 'setup' }, { request, ip }),
      };
    });
    setSessionCookie(reply, parts.publicUrl(), made.session.text, SESSION_SECONDS);
    const { member, ...rest } = made.first;
    return {
      ...memberView({
        ...member,
        last_signed_in_at: new Date(parts.clock.now()),
        passkeys: 0,
        has_sso: false,
        invited_until: null,
      }),
      ...rest,
    };
  });
}

export interface FirstOwner {
  readonly memberId: string;
  readonly email: string | null;
  readonly passwordHash: string | null;
  readonly token: { readonly text: string; readonly prefix: string };
  readonly tokenHours: number;
}

/** Organization, app `default`, the owner and a token of theirs, in one transaction; for set-up and for bootstrap. */
export async function makeFirstOwner(
  parts: ApiParts,
  tx: Queryable,
  owner: FirstOwner,
  by: { readonly requestId: string; readonly ip: string },
) {
  const now = parts.clock.now();
  const orgId = newId();
  await insertOrganization(tx, parts.organizations.make(orgId, 'default'));
  const app = await makeApp(parts, tx, orgId, 'default');
  const actor = { orgId, memberId: owner.memberId };
  const expiresAt = new Date(now + owner.tokenHours * 3600 * 1000);
  const token = { name: 'first', scopes: [...ROLE_SCOPES.owner], expiresAt, minted: owner.token };
  const change = { actor: undefined, requestId: by.requestId, clock: parts.clock, ip: by.ip };
  const member = await parts.organizations.changeIn(tx, orgId, async (draft) => {
    const made = await draft.insertMember({
      org_id: orgId,
      member_id: owner.memberId,
      email: owner.email,
      role: 'owner',
      password_hash: owner.passwordHash,
      created_at: new Date(now),
      removed_at: null,
      display_name: null,
      second_factor_id: null,
    });
    await draft.insertToken(newToken(parts, actor, token));
    draft.audit(
      changeEvent(change, 'member.created', { memberId: owner.memberId, context: { role: 'owner' } }),
    );
    return made;
  });
  await parts.boundaries.changeIn(tx, app.app_id, async (draft) =>
    draft.audit(
      changeEvent({ ...change, requestId: newRequestId() }, 'app.created', {
        memberId: owner.memberId,
        context: { app: 'default' },
      }),
    ),
  );
  return {
    member,
    app_id: app.app_id,
    token: owner.token.text,
    expires_at: expiresAt.toISOString(),
  };
}
