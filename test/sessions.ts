/** Sessions of the portal for tests: signing in, and requests with the cookie as the vault's own pages make them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { Answer, TestVault } from './vault.ts';

export const PASSWORD = 'correct horse battery staple';

type Client = Pick<TestVault, 'api' | 'ok'>;

export const cookieOf = (answer: Answer): string =>
  (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';

/** The cookie of a new session. */
export async function signIn(
  vault: Client,
  email: string,
  more: Record<string, string> = {},
): Promise<string> {
  const body = { email, password: PASSWORD, ...more };
  const signedIn = await vault.api('POST', '/v1/session', body, { token: null });
  assert.equal(signedIn.status, 200, signedIn.text);
  return cookieOf(signedIn);
}

export const OUR_PAGES = { 'Sec-Fetch-Site': 'same-origin' };

/** A request with a session instead of a token; what changes something carries the session's CSRF token. */
export async function asSession(
  vault: Client,
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = OUR_PAGES,
): Promise<Answer> {
  const csrf = method === 'GET' ? {} : { 'Alter-Csrf': await csrfOf(vault, cookie) };
  return vault.api(method, path, body, { token: null, headers: { Cookie: cookie, ...csrf, ...headers } });
}

/** Empty where the session is none. */
export async function csrfOf(vault: Client, cookie: string): Promise<string> {
  const me = await vault.api('GET', '/v1/session', undefined, { token: null, headers: { Cookie: cookie } });
  return me.json?.csrf_token ?? '';
}

export async function stepUp(
  vault: Client,
  cookie: string,
  more: Record<string, string> = {},
): Promise<void> {
  const body = { password: PASSWORD, ...more };
  const done = await asSession(vault, cookie, 'POST', '/v1/session/step-up', body);
  assert.equal(done.status, 200, done.text);
}

export interface SignedIn {
  readonly email: string;
  readonly memberId: string;
  readonly cookie: string;
}

/** A new member with a session. */
export async function newMember(vault: Client, role: string): Promise<SignedIn> {
  const email = `${role}-${randomUUID()}@example.com`;
  const { member_id: memberId } = await vault.ok('POST', '/v1/members', { email, role, password: PASSWORD });
  return { email, memberId, cookie: await signIn(vault, email) };
}
