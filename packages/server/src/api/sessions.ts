/** Signing in and out by e-mail and password, and the session cookie. */
import { limitHeaders } from '../access/limits/headers.ts';
import { ROLE_SCOPES } from '@alter-vault/contract';
import type { FastifyReply } from 'fastify';
import { hashCredentialText } from '../access/keys.ts';
import {
  checkSealed,
  getLiveMember,
  mintSessionText,
  SESSION_SECONDS,
  type Actor,
} from '../access/people.ts';
import { newId } from '../ids.ts';
import { Refusal } from '../refusal.ts';
import {
  addTry,
  clearFailures,
  endSession,
  findMemberByEmail,
  insertSession,
  takeBackTry,
  type MemberRow,
} from '../store/people.ts';
import { verifyPassword } from '../vault/password.ts';
import { Secret } from '../vault/secret.ts';
import { appendForPeople, changeEvent } from './events.ts';
import type { ApiParts } from './parts.ts';
import { sessionCookie, type Routes } from './routes.ts';

/**
 * W5: sign-ins that fail before each further one is slowed. The count of an account at one address is reached first, so that a
 * stranger slows themselves and not the owner; that of the whole account bounds guessing from many addresses.
 */
const FREE_AT_ADDRESS_OF_ACCOUNT = 5;
const FREE_AT_ADDRESS = 20;
const FREE_OF_ACCOUNT = 100;

export function registerSessions(routes: Routes, parts: ApiParts): void {
  routes.route('signIn', async ({ body, requestId, ip, request, reply }) => {
    const member = await checkPassword(parts, body.email, body.password, ip);
    const text = mintSessionText(member.member_id);
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
      await appendForPeople(
        parts,
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
      await appendForPeople(
        parts,
        tx,
        actor.orgId,
        changeEvent({ actor, requestId, clock: parts.clock, ip }, 'member.signed_out'),
      );
    });
    setCookie(reply, parts.publicUrl(), '', 0);
    return undefined;
  });
}

/**
 * W5: the same work and answer for an unknown address as for a wrong password. Each try is counted before it is judged, so that
 * many at once count too.
 */
export async function checkPassword(
  parts: ApiParts,
  email: string,
  password: string,
  ip: string,
): Promise<MemberRow> {
  const account = email.toLowerCase();
  const subject = (kind: string, text: string): Buffer =>
    hashCredentialText(parts.pepper(), `sign-in ${kind} ${text}`);
  const pair = subject('pair', `${ip} ${account}`);
  const address = subject('address', ip);
  const ofAccount = subject('account', account);
  await countTry(parts, pair, FREE_AT_ADDRESS_OF_ACCOUNT);
  await countTry(parts, address, FREE_AT_ADDRESS);
  await countTry(parts, ofAccount, FREE_OF_ACCOUNT);
  const member = await findMemberByEmail(parts.db, email);
  if (member !== undefined) checkSealed(parts, 'members', member);
  const isRight = await verifyPassword(member?.password_hash ?? undefined, Secret.fromText(password));
  if (member === undefined || !isRight) {
    throw new Refusal('unauthenticated', {
      message: 'E-mail address or password is wrong.',
      hint: 'Check both and try again.',
    });
  }
  // F15: after the password, so that the time tells nothing of whether there is such an account.
  const live = await getLiveMember(parts, member.org_id, member.member_id);
  if (live.password_hash !== member.password_hash) throw new Refusal('unauthenticated');
  await clearFailures(parts.db, pair);
  await clearFailures(parts.db, ofAccount);
  // Not cleared: else whoever has an account could guess at others from here without end.
  await takeBackTry(parts.db, address);
  return live;
}

async function countTry(parts: ApiParts, subject: Buffer, free: number): Promise<void> {
  const waitMs = await addTry(parts.db, subject, free);
  if (waitMs === 0) return;
  throw new Refusal('rate_limited', {
    message: 'Too many failed sign-ins.',
    headers: limitHeaders('sign-in', {
      limit: free,
      windowSeconds: 3600,
      resetSeconds: Math.ceil(waitMs / 1000),
    }),
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
  reply.setCookie(sessionCookie(publicUrl), value, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure,
    maxAge: maxAgeSeconds,
  });
}
