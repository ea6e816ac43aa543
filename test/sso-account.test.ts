/** Single sign-on of one's own account: linked and unlinked, stepped up with, and whose it stays (W10). */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { seconds } from './oidc-provider.ts';
import {
  assertFault,
  begin,
  comeBack,
  newPerson,
  newSsoMember,
  sessionOf,
  signInAs,
  startSsoRig,
  type SsoRig,
} from './oidc-rig.ts';
import { sql } from './postgres.ts';
import { asSession, newMember, PASSWORD, stepUp } from './sessions.ts';
import { startVault, stopPostgres, testPostgres, type Answer, type Json } from './vault.ts';

let rig: SsoRig;
let superuser: string;

before(async () => {
  rig = await startSsoRig({ ALTER_OIDC_DOMAINS: 'corp.example' });
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(rig.vault.urls.ownerUrl).pathname;
  superuser = url.href;
});
// Tests come in more often than people do.
beforeEach(async () => {
  await sql(superuser, 'DELETE FROM sign_in_failures');
  rig.provider.lies = {};
  rig.provider.authTime = undefined;
  rig.provider.tellsAuthTime = true;
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
const as = (cookie: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  asSession(rig.vault, cookie, method, path, body);
const me = async (cookie: string): Promise<Json> => (await as(cookie, 'GET', '/v1/session')).json;
const eventsOf = async (memberId: string): Promise<string[]> =>
  (await rig.vault.audit())
    .filter((one) => one.actor.member_id === memberId)
    .map(({ kind }) => String(kind))
    .toReversed();

/** At the provider as whoever sits before it, and back. */
async function goThrough(path: string, cookie: string): Promise<Answer> {
  const begun = await begin(rig, path, {}, cookie);
  return comeBack(rig, rig.provider.authorize(begun.url), begun.cookie);
}
const link = (cookie: string): Promise<Answer> => goThrough('/v1/sso/link', cookie);
const stepUpBySso = (cookie: string): Promise<Answer> => goThrough('/v1/session/step-up/sso', cookie);
const steppedUp = async (cookie: string): Promise<boolean> => (await me(cookie)).stepped_up_until !== null;

test('W10: an account is linked by who stepped up, comes in from then on, and is unlinked again', async () => {
  const one = await newMember(rig.vault, 'developer');
  assert.equal((await me(one.cookie)).has_sso, false);
  assert.equal(codeOf(await as(one.cookie, 'POST', '/v1/sso/link')), 'step_up_required');
  assert.equal(codeOf(await as(one.cookie, 'DELETE', '/v1/sso/link')), 'step_up_required');
  await stepUp(rig.vault, one.cookie);
  const person = newPerson({ email: 'another@example.org' });
  rig.provider.person = person;
  assert.equal((await link(one.cookie)).headers.get('location'), '/account?sso=linked');
  assert.equal((await me(one.cookie)).has_sso, true);
  const answer = await signInAs(rig, person);
  assert.equal((await me(sessionOf(answer))).member_id, one.memberId);

  const other = newPerson();
  rig.provider.person = other;
  assert.equal(
    (await link(one.cookie)).headers.get('location'),
    '/account?sso=linked',
    'instead of that one',
  );
  assertFault(await signInAs(rig, person), 'not_invited');
  assert.equal((await as(one.cookie, 'DELETE', '/v1/sso/link')).status, 204);
  assert.equal((await me(one.cookie)).has_sso, false);
  assertFault(await signInAs(rig, other), 'not_invited');
  assert.equal(codeOf(await as(one.cookie, 'DELETE', '/v1/sso/link')), 'conflict');
  assert.deepEqual(
    (await eventsOf(one.memberId)).filter((kind) => kind.startsWith('identity.')),
    ['identity.linked', 'identity.unlinked', 'identity.linked', 'identity.unlinked'],
  );
});

test('W10: an account of somebody who is there is linked by nobody else', async () => {
  const { person, memberId } = await newSsoMember(rig);
  const one = await newMember(rig.vault, 'owner');
  await stepUp(rig.vault, one.cookie);
  rig.provider.person = person;
  assertFault(await link(one.cookie), 'other_account', '/account');
  assert.equal((await me(one.cookie)).has_sso, false);
  assert.equal((await me(sessionOf(await signInAs(rig, person)))).member_id, memberId);
  await rig.vault.ok('DELETE', `/v1/members/${memberId}`);
  rig.provider.person = person;
  assert.equal((await link(one.cookie)).headers.get('location'), '/account?sso=linked', 'once they are gone');
});

test('W4, W10: what was begun in a session counts while that session lives, and in its browser alone', async () => {
  const one = await newMember(rig.vault, 'developer');
  await stepUp(rig.vault, one.cookie);
  rig.provider.person = newPerson();
  const begun = await begin(rig, '/v1/sso/link', {}, one.cookie);
  const back = rig.provider.authorize(begun.url);
  const attacker = await begin(rig);
  assertFault(await comeBack(rig, back, attacker.cookie), 'expired');
  assert.equal((await as(one.cookie, 'DELETE', '/v1/session')).status, 204);
  assertFault(await comeBack(rig, back, begun.cookie), 'expired', '/account');
  const rows = await sql(superuser, `SELECT 1 FROM member_identities WHERE member_id = '${one.memberId}'`);
  assert.deepEqual(rows, []);
});

test('W3, W10: who has only single sign-on steps up by proving anew at the provider who they are', async () => {
  const { cookie, person, memberId } = await newSsoMember(rig);
  assert.deepEqual((await me(cookie)).step_up_methods, ['sso']);
  const refused = await as(cookie, 'POST', '/v1/tokens', { name: 'x' });
  assert.deepEqual(refused.json.error.step_up_methods, ['sso']);
  const answer = await stepUpBySso(cookie);
  assert.equal(answer.headers.get('location'), '/stepped-up');
  assert.equal(sessionOf(answer), '', 'the session goes on');
  const sent = rig.provider.authorizations.at(-1);
  assert.deepEqual([sent?.get('prompt'), sent?.get('max_age')], ['login', '0']);
  assert.equal(await steppedUp(cookie), true);
  assert.equal((await as(cookie, 'POST', '/v1/tokens', { name: 'x' })).status, 201);
  assert.ok((await eventsOf(memberId)).includes('member.stepped_up'));
  assert.equal(await steppedUp(sessionOf(await signInAs(rig, person))), false, 'coming in is no step-up');
});

test('W3, W10: a step-up counts only for the same account, and only if the provider says that it asked anew', async () => {
  const { cookie, person } = await newSsoMember(rig);
  for (const [authTime, tells] of [
    [seconds() - 120, true],
    [seconds() + 120, true],
    [undefined, false],
  ] as const) {
    rig.provider.authTime = authTime;
    rig.provider.tellsAuthTime = tells;
    assertFault(await stepUpBySso(cookie), 'not_fresh', '/stepped-up');
    rig.provider.lies = { claims: (claims) => ({ ...claims, auth_time: `${seconds()}` }) };
    assertFault(await stepUpBySso(cookie), 'refused', '/stepped-up');
    rig.provider.lies = {};
  }
  rig.provider.authTime = undefined;
  rig.provider.tellsAuthTime = true;
  const { person: other } = await newSsoMember(rig);
  for (const somebody of [other, newPerson({ email: 'new@corp.example' })]) {
    rig.provider.person = somebody;
    assertFault(await stepUpBySso(cookie), 'other_account', '/stepped-up');
  }
  const members = (await rig.vault.ok('GET', '/v1/members?limit=200')).items;
  assert.ok(!members.some((one: Json) => one.email === 'new@corp.example'), 'nobody comes in that way');
  assert.equal(await steppedUp(cookie), false);
  rig.provider.person = person;
  assert.equal((await stepUpBySso(cookie)).headers.get('location'), '/stepped-up');
});

test('W3: who has a password or a passkey steps up with that', async () => {
  const one = await newMember(rig.vault, 'developer');
  await stepUp(rig.vault, one.cookie);
  rig.provider.person = newPerson();
  await link(one.cookie);
  assert.deepEqual((await me(one.cookie)).step_up_methods, ['password']);
  const refused = await as(one.cookie, 'POST', '/v1/session/step-up/sso');
  assert.equal(codeOf(refused), 'conflict');

  const { cookie } = await newSsoMember(rig);
  const begun = await begin(rig, '/v1/session/step-up/sso', {}, cookie);
  const back = rig.provider.authorize(begun.url);
  await stepUpBySso(cookie);
  assert.equal((await as(cookie, 'PUT', '/v1/password', { new_password: PASSWORD })).status, 200);
  assertFault(await comeBack(rig, back, begun.cookie), 'expired', '/stepped-up');
});

test('the last way in is not taken away', async () => {
  const { cookie } = await newSsoMember(rig);
  await stepUpBySso(cookie);
  assert.equal(codeOf(await as(cookie, 'DELETE', '/v1/sso/link')), 'conflict');
  assert.equal((await me(cookie)).has_sso, true);
});

test('what an owner took away with the factors is not linked again by its address', async () => {
  const { person, memberId } = await newSsoMember(rig);
  await rig.vault.ok('DELETE', `/v1/members/${memberId}/factors`);
  assertFault(await signInAs(rig, person), 'link_first');
});

test('a provider that is no longer of the settings lets nobody in, and is no way in that is left', async () => {
  const one = await newMember(rig.vault, 'owner');
  await stepUp(rig.vault, one.cookie);
  rig.provider.person = newPerson();
  await link(one.cookie);
  await sql(superuser, 'DELETE FROM sign_in_failures');
  const without = await startVault({
    join: { urls: rig.vault.urls, dataDir: rig.vault.dataDir, token: rig.vault.token },
    env: { ALTER_PUBLIC_URL: 'https://vault.example.com' },
  });
  try {
    const session = await asSession(without, one.cookie, 'GET', '/v1/session');
    assert.equal(session.json.has_sso, false);
    const begun = await without.api('POST', '/v1/session/sso', {}, { token: null });
    assert.equal(codeOf(begun), 'conflict');
    assert.match(begun.json.error.hint, /ALTER_OIDC_ISSUER/);
    const options = await without.api('GET', '/v1/session/options', undefined, { token: null });
    assert.equal(options.json.sso, null);
  } finally {
    await without.stop();
  }
});
