/** People, policies and held calls for the tests of approvals. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { asSession, newMember, PASSWORD, signIn, stepUp } from './sessions.ts';
import type { Answer, Json, TestVault } from './vault.ts';

export interface Person {
  readonly memberId: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
  readonly cookie: string;
}

type Client = Pick<TestVault, 'api' | 'ok' | 'url'>;

/** A member with a session, not stepped up, and a token of all scopes of the role. */
export async function person(vault: Client, role: string): Promise<Person> {
  const { email, memberId, cookie: another } = await newMember(vault, role);
  await stepUp(vault, another);
  const made = await asSession(vault, another, 'POST', '/v1/tokens', { name: 'test', ttl_seconds: 3600 });
  assert.equal(made.status, 201, made.text);
  const cookie = await signIn(vault, email);
  return { memberId, email, password: PASSWORD, token: made.json.token, cookie };
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
