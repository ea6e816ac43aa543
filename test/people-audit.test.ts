/** Whatever people change of how they come in is written into the log, by whom, and never with what they prove themselves by. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { ENDPOINTS } from '@alter-vault/contract';
import { codeAt } from './authenticator-app.ts';
import { Authenticator } from './authenticator.ts';
import { begin as beginSso, comeBack, ORIGIN, startSsoRig, type SsoRig } from './oidc-rig.ts';
import { asSession, cookieOf, newMember, PASSWORD, signIn, stepUp } from './sessions.ts';
import { startVault, stopPostgres, type Answer, type Json, type TestVault } from './vault.ts';

const NEW_PASSWORD = 'seventeen quiet lighthouses';

let rig: SsoRig;
let vault: TestVault;

before(async () => {
  rig = await startSsoRig();
  vault = rig.vault;
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

/** What a member sends in one session; each is taken. */
function sessionOf(cookie: string): (method: string, path: string, body?: unknown) => Promise<Json> {
  return async (method, path, body) => taken(await asSession(vault, cookie, method, path, body));
}

const open = async (path: string, body?: unknown): Promise<Answer> => {
  const answer = await vault.api('POST', path, body, { token: null });
  taken(answer);
  return answer;
};

function taken(answer: Answer): Json {
  assert.ok(answer.status < 300, answer.text);
  return answer.json;
}

const tokenOf = (url: string): string => url.split('#token=')[1] ?? '';

test('I8: each change of how people come in leaves the event that its endpoint declares, and no proof in it', async () => {
  const one = await newMember(vault, 'admin');
  await stepUp(vault, one.cookie);
  const mine = sessionOf(one.cookie);
  await mine('PATCH', '/v1/session', { display_name: 'One' });

  const { secret } = await mine('POST', '/v1/totp');
  const { recovery_codes: codes } = await mine('POST', '/v1/totp/confirm', { code: codeAt(secret) });
  await mine('POST', '/v1/recovery-codes');
  await mine('DELETE', '/v1/totp');

  const device = new Authenticator(ORIGIN);
  const begin = await mine('POST', '/v1/passkeys/options');
  const credential = device.register(begin.options);
  const { passkey_id: passkey } = await mine('POST', '/v1/passkeys', { name: 'laptop', credential });
  await mine('PATCH', `/v1/passkeys/${passkey}`, { name: 'desk' });
  const asked = (await open('/v1/session/passkey/options')).json.options;
  await open('/v1/session/passkey', { credential: device.answer(asked) });
  const again = await mine('POST', '/v1/session/step-up/passkey/options');
  await mine('POST', '/v1/session/step-up/passkey', { credential: device.answer(again.options) });
  await mine('DELETE', `/v1/passkeys/${passkey}`);

  const linking = await beginSso(rig, '/v1/sso/link', {}, one.cookie);
  const back = rig.provider.authorize(linking.url);
  await comeBack(rig, back, linking.cookie);
  await mine('DELETE', '/v1/sso/link');

  await signIn(vault, one.email);
  const { items: sessions } = await mine('GET', '/v1/sessions');
  const other = sessions.find((session: Json) => !session.is_current);
  await mine('DELETE', `/v1/sessions/${other.session_id}`);
  await mine('POST', '/v1/sessions/end-others');
  const token = await mine('POST', '/v1/tokens', { name: 't', scopes: ['apps:read'] });
  await mine('DELETE', `/v1/tokens/${token.token_id}`);

  const email = `${randomUUID()}@example.com`;
  const invited = await mine('POST', '/v1/invitations', { email, role: 'developer' });
  const renewed = await mine('POST', `/v1/members/${invited.member_id}/invitation`);
  await open('/v1/invitation/accept', { token: tokenOf(renewed.invitation_url), password: NEW_PASSWORD });
  const at = `/v1/members/${invited.member_id}`;
  await mine('DELETE', `${at}/factors`);
  const link = await mine('POST', `${at}/recovery`);
  await open('/v1/recovery/complete', { token: tokenOf(link.recovery_url), new_password: PASSWORD });
  await mine('PATCH', at, { role: 'auditor' });
  await mine('DELETE', at);

  await mine('PUT', '/v1/password', { current_password: PASSWORD, new_password: NEW_PASSWORD });
  const last = await open('/v1/session', { email: one.email, password: NEW_PASSWORD });
  await sessionOf(cookieOf(last))('DELETE', '/v1/session');

  const events = await vault.audit();
  const kinds = new Set(events.map(({ kind }) => kind));
  const declared = Object.values(ENDPOINTS).flatMap(({ audit, tag }) =>
    tag === 'People' ? (audit ?? []) : [],
  );
  assert.deepEqual(
    declared.filter((kind) => !kinds.has(kind)),
    [],
  );
  assert.ok(declared.length > 20);
  const text = JSON.stringify(events);
  const proofs = [
    PASSWORD,
    NEW_PASSWORD,
    secret,
    ...codes,
    token.token,
    tokenOf(renewed.invitation_url),
    tokenOf(link.recovery_url),
    back.searchParams.get('code') ?? '-',
    linking.cookie.split('=')[1] ?? '-',
  ];
  for (const proof of proofs) assert.equal(text.includes(proof), false);
});

test('F15: no change of people makes an app look rolled back to a server that starts after it', async () => {
  const { key_id: keyId } = await vault.key();
  for (const role of ['developer', 'auditor', 'approver']) {
    const { member_id: memberId } = await vault.ok('POST', '/v1/invitations', {
      email: `${randomUUID()}@example.com`,
      role,
    });
    await vault.ok('POST', `/v1/members/${memberId}/recovery`);
  }
  const { urls, token } = vault;
  const other = await startVault({ join: { urls, dataDir: rig.vault.dataDir, token } });
  try {
    const { items } = await other.ok('GET', '/v1/apps/default/keys');
    assert.ok(items.some((key: Json) => key.key_id === keyId));
    await other.key();
    assert.equal(other.log().includes('"alarm"'), false);
  } finally {
    await other.stop();
  }
});
