/** Members, their access tokens and sessions, and the first owner's set-up. */
import { ROLE_SCOPES, type Role, type Scope } from '@alter-vault/contract';
import type { FastifyReply } from 'fastify';
import { hashCredentialText, mintOpaque, mintToken } from '../access/keys.ts';
import { checkSealed, sealMember, sealToken, SESSION_SECONDS, type Actor } from '../access/people.ts';
import type { AuditEvent } from '../audit/event.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import { findHomeApp } from '../store/apps.ts';
import { UniqueViolation, type Queryable } from '../store/database.ts';
import {
  addFailure,
  clearFailures,
  endSession,
  endSessionsOf,
  findFailures,
  findMember,
  findMemberByEmail,
  findOrganization,
  findToken,
  insertMember,
  insertOrganization,
  insertSession,
  insertToken,
  lockOwners,
  selectMembers,
  selectTokens,
  updateMember,
  updateTokenRevoked,
  useSetupToken,
  type MemberRow,
  type TokenRow,
} from '../store/people.ts';
import { hashPassword, verifyPassword } from '../vault/password.ts';
import { Secret } from '../vault/secret.ts';
import { makeApp } from './apps.ts';
import { changeEvent } from './events.ts';
import { afterOf, page } from './pages.ts';
import type { ApiParts } from './parts.ts';
import { PLAIN_COOKIE, SECURE_COOKIE, type Routes } from './routes.ts';
import { parseExpiry } from './times.ts';

/** The token that the first owner gets at set-up, and for how long. */
const FIRST_TOKEN_HOURS = 24;
/** Failed sign-ins before each further one is slowed, and by how much at most: strangers can't lock an owner out. */
const FAILURES_FREE = 5;
const DELAY_MS_MAX = 30_000;

const memberView = (member: MemberRow) => ({
  member_id: member.member_id,
  email: member.email,
  role: member.role,
  created_at: member.created_at.toISOString(),
});

const tokenView = (token: TokenRow) => ({
  token_id: token.token_id,
  member_id: token.member_id,
  name: token.name,
  prefix: token.prefix,
  scopes: [...token.scopes],
  expires_at: token.expires_at?.toISOString() ?? null,
  created_at: token.created_at.toISOString(),
  revoked_at: token.revoked_at?.toISOString() ?? null,
});

export function registerPeople(routes: Routes, parts: ApiParts): void {
  const audited = async (tx: Queryable, orgId: string, ...events: AuditEvent[]): Promise<void> => {
    const appId = (await findHomeApp(tx, orgId)) ?? orgId;
    await parts.audit.appendInTransaction(
      tx,
      events.map((event, ordinal) => ({ ...event, appId, ordinal })),
    );
  };

  routes.route('setUp', async ({ body, requestId, ip }) => {
    const passwordHash = await hashPassword(Secret.fromText(body.password));
    const memberId = newId();
    const made = await parts.db.transaction(async (tx) => {
      const isGood = await useSetupToken(tx, hashCredentialText(parts.pepper(), body.setup_token));
      if (!isGood || (await findOrganization(tx)) !== undefined) throw new Refusal('unauthenticated');
      return makeFirstOwner(
        parts,
        tx,
        { memberId, email: body.email, passwordHash, token: mintToken(), tokenHours: FIRST_TOKEN_HOURS },
        { requestId, ip },
      );
    });
    return made;
  });

  routes.route('signIn', async ({ body, requestId, ip, request, reply }) => {
    const member = await checkPassword(parts, body.email, body.password, ip);
    const text = mintOpaque('');
    const now = parts.clock.now();
    const expiresAt = new Date(now + SESSION_SECONDS * 1000);
    const sessionId = newId();
    await parts.db.transaction(async (tx) => {
      await insertSession(tx, {
        org_id: member.org_id,
        session_id: sessionId,
        member_id: member.member_id,
        token_hash: hashCredentialText(parts.pepper(), text),
        ip,
        user_agent: request.headers['user-agent']?.slice(0, 256) ?? null,
        created_at: new Date(now),
        last_seen_at: new Date(now),
        expires_at: expiresAt,
      });
      await audited(
        tx,
        member.org_id,
        changeEvent({ actor: undefined, requestId, clock: parts.clock, ip }, 'member.signed_in', {
          memberId: member.member_id,
        }),
      );
    });
    setCookie(reply, parts.publicUrl(), text, SESSION_SECONDS);
    return sessionView({
      orgId: member.org_id,
      memberId: member.member_id,
      email: member.email,
      role: member.role,
      scopes: ROLE_SCOPES[member.role],
      expiresAt,
    });
  });

  routes.route('getSession', async ({ actor }) => sessionView(actor));

  routes.route('signOut', async ({ actor, requestId, ip, reply }) => {
    await parts.db.transaction(async (tx) => {
      if (actor.via === 'session') await endSession(tx, actor.orgId, actor.viaId);
      await audited(
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.signed_out'),
      );
    });
    setCookie(reply, parts.publicUrl(), '', 0);
    return undefined;
  });

  routes.route('listMembers', async ({ actor, query }) => {
    const rows = await selectMembers(parts.db, actor.orgId, afterOf(query.cursor), query.limit + 1);
    return page(rows, query.limit, (member) => member.member_id, memberView);
  });

  routes.route('createMember', async ({ actor, body, requestId, ip }) => {
    checkMayManage(actor, body.role);
    const passwordHash =
      body.password === undefined ? null : await hashPassword(Secret.fromText(body.password));
    const row = sealMember(parts.macKey(), {
      org_id: actor.orgId,
      member_id: newId(),
      email: body.email,
      role: body.role,
      password_hash: passwordHash,
      created_at: new Date(parts.clock.now()),
      removed_at: null,
    });
    try {
      await parts.db.transaction(async (tx) => {
        await insertMember(tx, row);
        await audited(
          tx,
          actor.orgId,
          changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.created', {
            context: { member: row.member_id, role: row.role },
          }),
        );
      });
    } catch (error) {
      if (error instanceof UniqueViolation)
        throw new Refusal('conflict', {
          message: 'There is already a member with this e-mail address.',
          cause: error,
        });
      throw error;
    }
    return memberView(row);
  });

  routes.route('changeMember', async ({ actor, params, body, requestId, ip }) => {
    const passwordHash =
      body.password === undefined ? undefined : await hashPassword(Secret.fromText(body.password));
    const row = await parts.db.transaction(async (tx) => {
      const before = await getMember(parts, tx, actor, params.member_id);
      checkMayManage(actor, before.role);
      if (body.role !== undefined) checkMayManage(actor, body.role);
      if (before.role === 'owner' && body.role !== undefined && body.role !== 'owner')
        await checkNotLastOwner(tx, before);
      const { mac: _mac, ...unsealed } = before;
      const after = sealMember(parts.macKey(), {
        ...unsealed,
        role: body.role ?? before.role,
        password_hash: passwordHash ?? before.password_hash,
      });
      await updateMember(tx, after);
      // W4: a new password or role ends what was signed in under the old one.
      await endSessionsOf(tx, actor.orgId, after.member_id);
      await audited(
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.updated', {
          context: { member: after.member_id, role: after.role },
        }),
      );
      return after;
    });
    return memberView(row);
  });

  routes.route('removeMember', async ({ actor, params, requestId, ip }) => {
    await parts.db.transaction(async (tx) => {
      const before = await getMember(parts, tx, actor, params.member_id);
      checkMayManage(actor, before.role);
      if (before.role === 'owner') await checkNotLastOwner(tx, before);
      const { mac: _mac, ...unsealed } = before;
      await updateMember(
        tx,
        sealMember(parts.macKey(), { ...unsealed, removed_at: new Date(parts.clock.now()) }),
      );
      await endSessionsOf(tx, actor.orgId, before.member_id);
      await audited(
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.removed', {
          context: { member: before.member_id },
        }),
      );
    });
    return undefined;
  });

  routes.route('listTokens', async ({ actor, query }) => {
    const rows = await selectTokens(
      parts.db,
      actor.orgId,
      actor.memberId,
      afterOf(query.cursor),
      query.limit + 1,
    );
    return page(rows, query.limit, (token) => token.token_id, tokenView);
  });

  routes.route('createToken', async ({ actor, body, requestId, ip }) => {
    const minted = mintToken();
    const row = newToken(parts, actor, {
      name: body.name,
      scopes: tokenScopes(actor, body.scopes),
      expiresAt: parseExpiry(body, parts.clock.now()),
      minted,
    });
    await parts.db.transaction(async (tx) => {
      await insertToken(tx, row);
      await audited(
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'token.created', {
          context: { token: row.prefix, name: row.name },
        }),
      );
    });
    return { ...tokenView(row), token: minted.text };
  });

  routes.route('revokeToken', async ({ actor, params, requestId, ip }) => {
    await parts.db.transaction(async (tx) => {
      const before = await findToken(tx, actor.orgId, params.token_id);
      if (before === undefined || before.member_id !== actor.memberId) throw new Refusal('not_found');
      checkSealed(parts, 'access_tokens', before);
      if (before.revoked_at !== null) return;
      const { mac: _mac, ...unsealed } = before;
      await updateTokenRevoked(
        tx,
        sealToken(parts.macKey(), { ...unsealed, revoked_at: new Date(parts.clock.now()) }),
      );
      await audited(
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'token.revoked', {
          context: { token: before.prefix, name: before.name },
        }),
      );
    });
    return undefined;
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
  await insertOrganization(tx, orgId, 'default');
  const app = await makeApp(parts, tx, orgId, 'default');
  const member = sealMember(parts.macKey(), {
    org_id: orgId,
    member_id: owner.memberId,
    email: owner.email,
    role: 'owner',
    password_hash: owner.passwordHash,
    created_at: new Date(now),
    removed_at: null,
  });
  await insertMember(tx, member);
  const actor = { orgId, memberId: owner.memberId, role: 'owner' as const };
  const expiresAt = new Date(now + owner.tokenHours * 3600 * 1000);
  await insertToken(
    tx,
    newToken(parts, actor, { name: 'first', scopes: [...ROLE_SCOPES.owner], expiresAt, minted: owner.token }),
  );
  await parts.boundaries.changeIn(tx, app.app_id, async (draft) => {
    const change = { actor: undefined, requestId: by.requestId, clock: parts.clock, ip: by.ip };
    draft.audit(
      changeEvent(change, 'member.created', { memberId: owner.memberId, context: { role: 'owner' } }),
    );
    draft.audit(
      changeEvent(change, 'app.created', { memberId: owner.memberId, context: { app: 'default' } }),
    );
  });
  return {
    ...memberView(member),
    app_id: app.app_id,
    token: owner.token.text,
    expires_at: expiresAt.toISOString(),
  };
}

function newToken(
  parts: ApiParts,
  actor: Pick<Actor, 'orgId' | 'memberId'>,
  token: {
    name: string;
    scopes: readonly Scope[];
    expiresAt: Date | null;
    minted: { text: string; prefix: string };
  },
): TokenRow {
  return sealToken(parts.macKey(), {
    org_id: actor.orgId,
    token_id: newId(),
    member_id: actor.memberId,
    name: token.name,
    prefix: token.minted.prefix,
    token_hash: hashCredentialText(parts.pepper(), token.minted.text),
    scopes: [...token.scopes],
    expires_at: token.expiresAt,
    created_at: new Date(parts.clock.now()),
    revoked_at: null,
  });
}

/** At most what the caller has: a token can't make one that may more. */
function tokenScopes(actor: Actor, asked: readonly Scope[] | undefined): readonly Scope[] {
  const missing = (asked ?? []).filter((scope) => !actor.scopes.includes(scope));
  if (missing.length > 0)
    throw new Refusal('insufficient_scope', { message: `You do not have ${missing.join(', ')} yourself.` });
  return asked ?? actor.scopes;
}

/** Owners manage everybody; admins everybody but owners (WIRE §2). */
function checkMayManage(actor: Actor, role: Role): void {
  if (role === 'owner' && actor.role !== 'owner')
    throw new Refusal('insufficient_scope', { message: 'Only owners manage owners.' });
}

async function getMember(parts: ApiParts, tx: Queryable, actor: Actor, memberId: string): Promise<MemberRow> {
  const member = await findMember(tx, actor.orgId, memberId);
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

/** W5: the same work and answer for an unknown address as for a wrong password; slowed by account and by address. */
async function checkPassword(
  parts: ApiParts,
  email: string,
  password: string,
  ip: string,
): Promise<MemberRow> {
  const subjects = [`account ${email.toLowerCase()}`, `address ${ip}`].map((text) =>
    hashCredentialText(parts.pepper(), text),
  );
  for (const subject of subjects) await slowDown(parts, subject);
  const member = await findMemberByEmail(parts.db, email);
  if (member !== undefined) checkSealed(parts, 'members', member);
  const isRight = await verifyPassword(member?.password_hash ?? undefined, Secret.fromText(password));
  if (member !== undefined && isRight) {
    for (const subject of subjects) await clearFailures(parts.db, subject);
    return member;
  }
  for (const subject of subjects) await addFailure(parts.db, subject);
  throw new Refusal('unauthenticated', {
    message: 'E-mail address or password is wrong.',
    hint: 'Check both and try again.',
  });
}

async function slowDown(parts: ApiParts, subject: Buffer): Promise<void> {
  const seen = await findFailures(parts.db, subject);
  if (seen === undefined || seen.failures < FAILURES_FREE) return;
  const delayMs = Math.min(1000 * 2 ** (seen.failures - FAILURES_FREE), DELAY_MS_MAX);
  const leftMs = seen.last_at.getTime() + delayMs - parts.clock.now();
  if (leftMs <= 0) return;
  throw new Refusal('rate_limited', {
    message: 'Too many failed sign-ins.',
    headers: { 'Retry-After': String(Math.ceil(leftMs / 1000)) },
  });
}

type Shown = Pick<Actor, 'orgId' | 'memberId' | 'email' | 'role' | 'scopes' | 'expiresAt'>;

const sessionView = (shown: Shown) => ({
  member_id: shown.memberId,
  email: shown.email,
  role: shown.role,
  scopes: [...shown.scopes],
  organization_id: shown.orgId,
  expires_at: shown.expiresAt?.toISOString() ?? null,
});

function setCookie(reply: FastifyReply, publicUrl: string, value: string, maxAgeSeconds: number): void {
  const secure = publicUrl.startsWith('https:');
  reply.setCookie(secure ? SECURE_COOKIE : PLAIN_COOKIE, value, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    maxAge: maxAgeSeconds,
  });
}
