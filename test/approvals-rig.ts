/** People, policies and held calls for the tests of approvals. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Answer, Json, TestVault } from './vault.ts';

const PASSWORD = 'correct horse battery staple';

export interface Person {
  readonly memberId: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly cookie: string;
}

type Client = Pick<TestVault, 'api' | 'ok' | 'url'>;

/** A member with a session and a token of all scopes of the role. */
export async function person(vault: Client, role: string): Promise<Person> {
  const email = `${role}-${randomBytes(6).toString('hex')}@example.com`;
  const { member_id: memberId } = await vault.ok('POST', '/v1/members', { email, role, password: PASSWORD });
  const cookie = await signIn(vault, email);
  const made = await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 'test', ttl_seconds: 3600 });
  assert.equal(made.status, 201, made.text);
  return { memberId, email, password: PASSWORD, token: made.json.token, cookie };
}

export async function signIn(vault: Client, email: string): Promise<string> {
  const signedIn = await vault.api('POST', '/v1/session', { email, password: PASSWORD }, { token: null });
  assert.equal(signedIn.status, 200, signedIn.text);
  return (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** A request with a session instead of a token, from the vault's own pages. */
export function asSession(
  vault: Client,
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const headers = { Cookie: cookie, Origin: vault.url };
  return vault.api(method, path, body, { token: null, headers });
}

export function holdPolicy(
  vault: Client,
  appliesTo: Record<string, unknown>,
  rule: Record<string, unknown>,
): Promise<{ policy_id: string }> {
  return vault.ok('POST', '/v1/apps/default/policies', {
    name: `hold-${randomBytes(6).toString('hex')}`,
    applies_to: appliesTo,
    rule: { type: 'require_approval', ...rule },
  });
}

export const decide = (
  vault: Pick<TestVault, 'api'>,
  id: string,
  by: Pick<Person, 'token'>,
  body: Record<string, unknown> = { decision: 'approve' },
): Promise<Answer> => vault.api('POST', `/v1/approvals/${id}/decision`, body, { token: by.token });

export const state = (vault: Pick<TestVault, 'api'>, id: string, key: string, waitMs = 0): Promise<Answer> =>
  vault.api('GET', `/v1/approvals/${id}?wait_ms=${waitMs}`, undefined, { token: key });

/** The state at its end. */
export async function ended(vault: Pick<TestVault, 'api'>, id: string, key: string): Promise<Json> {
  const answer = await state(vault, id, key, 20_000);
  assert.equal(answer.status, 200, answer.text);
  return answer.json;
}

export const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
