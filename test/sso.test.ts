/** Single sign-on: who comes in by it, and what must not be believed of an answer (W10). Linking and stepping up: sso-account.test.ts. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { seconds, type Lies } from './oidc-provider.ts';
import {
  assertFault,
  begin,
  CALLBACK,
  comeBack,
  cookieNamed,
  newPerson,
  newSsoMember,
  ORIGIN,
  sessionOf,
  signInAs,
  startSsoRig,
  type SsoRig,
} from './oidc-rig.ts';
import { sql } from './postgres.ts';
import { asSession, newMember } from './sessions.ts';
import { stopPostgres, testPostgres, type Answer, type Json } from './vault.ts';

let rig: SsoRig;
let superuser: string;

before(async () => {
  rig = await startSsoRig({ ALTER_OIDC_NAME: 'Example ID', ALTER_OIDC_DOMAINS: 'corp.example, corp.test' });
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(rig.vault.urls.ownerUrl).pathname;
  superuser = url.href;
});
// Tests come in more often than people do.
beforeEach(() => sql(superuser, 'DELETE FROM sign_in_failures'));
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const invite = (email: string, role = 'developer'): Promise<Json> =>
  rig.vault.ok('POST', '/v1/invitations', { email, role });
const me = async (answer: Answer): Promise<Json> =>
  (await asSession(rig.vault, sessionOf(answer), 'GET', '/v1/session')).json;
const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;

/** Run with a provider that lies, and told the truth again afterwards. */
async function lying<T>(lies: Lies, run: () => Promise<T>): Promise<T> {
  rig.provider.lies = lies;
  try {
    return await run();
  } finally {
    rig.provider.lies = {};
  }
}

/** Of a vault that has not read the provider's metadata yet. */
async function newRig(env: Record<string, string> = {}): Promise<SsoRig & AsyncDisposable> {
  const made = await startSsoRig(env);
  return { ...made, [Symbol.asyncDispose]: () => made.stop() };
}

test('who was invited comes in by single sign-on, with a verified address, as what they were invited as', async () => {
  const options = await rig.vault.api('GET', '/v1/session/options', undefined, { token: null });
  assert.deepEqual(options.json.sso, { name: 'Example ID' });
  const person = newPerson({ name: 'Ada Lovelace' });
  const invited = await invite(person.email.toUpperCase(), 'approver');
  const begun = await begin(rig);
  rig.provider.person = person;
  const back = rig.provider.authorize(begun.url);
  const answer = await comeBack(rig, back, begun.cookie);
  assert.equal(answer.status, 302, answer.text);
  assert.equal(answer.headers.get('location'), '/');
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  assert.match(answer.headers.getSetCookie().join('\n'), /__Host-alter_session=.*HttpOnly.*SameSite=Strict/);
  const session = await me(answer);
  assert.deepEqual(
    [session.member_id, session.role, session.display_name, session.has_sso, session.has_password],
    [invited.member_id, 'approver', 'Ada Lovelace', true, false],
  );
  const sent = new URL(begun.url).searchParams;
  assert.equal(sent.get('redirect_uri'), ORIGIN + CALLBACK);
  assert.equal(sent.get('scope'), 'openid email profile');
  for (const name of ['state', 'nonce', 'code_challenge']) assert.equal(sent.get(name)?.length, 43, name);
  const [listed] = (await rig.vault.ok('GET', '/v1/members?limit=200')).items.filter(
    (one: Json) => one.member_id === invited.member_id,
  );
  assert.deepEqual([listed.status, listed.has_sso], ['active', true]);
  const kinds = (await rig.vault.audit()).filter((one) => one.actor.member_id === invited.member_id);
  assert.deepEqual(kinds.map(({ kind }) => kind).toSorted(), [
    'identity.linked',
    'member.joined',
    'member.signed_in',
  ]);
  const used = { token: invited.invitation_url.split('#token=')[1] };
  const again = await rig.vault.api('POST', '/v1/invitation/read', used, { token: null });
  assert.equal(codeOf(again), 'unauthenticated', 'the link is good no longer');
});

test('W10: an account is known by issuer and subject: its address may change, and takes over nobody', async () => {
  const { person, memberId } = await newSsoMember(rig);
  const owner = await newMember(rig.vault, 'owner');
  for (const email of ['elsewhere@example.org', owner.email]) {
    const answer = await signInAs(rig, { ...person, email });
    assert.equal((await me(answer)).member_id, memberId);
  }
  const stranger = newPerson({ email: owner.email });
  assertFault(await signInAs(rig, stranger), 'link_first');
  const { person: other } = await newSsoMember(rig);
  assertFault(await signInAs(rig, newPerson({ email: other.email })), 'link_first');
  const failed = await rig.vault.audit({ kind: 'member.sign_in_failed' });
  assert.ok(failed.some((one) => one.actor.member_id === owner.memberId && one.context.why === 'link_first'));
});

test('W4, W10: each sign-in makes a session of its own, and the cookie of before it opens nothing', async () => {
  const { person, cookie } = await newSsoMember(rig);
  const begun = await begin(rig);
  rig.provider.person = person;
  const back = rig.provider.authorize(begun.url);
  const answer = await comeBack(rig, back, `${begun.cookie}; __Host-alter_session=${canaryCookie(cookie)}`);
  assert.notEqual(sessionOf(answer), cookie);
  assert.notEqual(sessionOf(answer), `__Host-alter_session=${canaryCookie(cookie)}`);
  const flow = begun.cookie.replace('alter_sso', 'alter_session');
  const opened = await rig.vault.api('GET', '/v1/session', undefined, {
    token: null,
    headers: { Cookie: flow },
  });
  assert.equal(codeOf(opened), 'unauthenticated');
});
const canaryCookie = (cookie: string): string =>
  `${cookie.split('=')[1]?.slice(0, 37)}fixed-by-somebody-else`;

test('W10: an answer counts in the browser that began it alone, with its state, once', async () => {
  const { person, memberId } = await newSsoMember(rig);
  rig.provider.person = person;
  const [mine, theirs] = [await begin(rig), await begin(rig)];
  const asked = rig.provider.asked.length;
  const back = rig.provider.authorize(mine.url);
  const withState = (state: string | undefined): URL => {
    const url = new URL(back);
    url.searchParams.delete('state');
    if (state !== undefined) url.searchParams.set('state', state);
    return url;
  };
  const state = back.searchParams.get('state') ?? '';
  const [name, text = ''] = mine.cookie.split('=');
  const parts = text.split('.');
  const otherwise = (at: number, value: string): string =>
    `${name}=${parts.map((part, index) => (index === at ? value : part)).join('.')}`;
  for (const [why, url, cookie] of [
    ['no cookie', back, ''],
    ['the cookie of another browser', back, theirs.cookie],
    ['no state', withState(undefined), mine.cookie],
    ['another state', withState(state.replace(/^./, (one) => (one === 'A' ? 'B' : 'A'))), mine.cookie],
    ['the state of another', withState(new URL(theirs.url).searchParams.get('state') ?? ''), mine.cookie],
    ['a cookie that goes elsewhere', back, otherwise(6, Buffer.from('/settings').toString('base64url'))],
    ['a cookie for a link', back, otherwise(1, 'link')],
    ['a cookie that lasts longer', back, otherwise(2, String(Date.now() + 60_000))],
    ['a cookie of long ago', back, otherwise(2, String(Date.now() - 11 * 60_000))],
    ['no cookie of ours', back, `${name}=x`],
  ] as const) {
    const answer = await comeBack(rig, url, cookie);
    assertFault(answer, 'expired', why === 'a cookie for a link' ? '/account' : '/sign-in');
  }
  assert.equal(rig.provider.asked.length, asked, 'nothing is asked of the provider before');
  const tries = await Promise.all(Array.from({ length: 5 }, () => comeBack(rig, back, mine.cookie)));
  assert.deepEqual(tries.filter((one) => sessionOf(one) !== '').length, 1, 'of five at once, one');
  assertFault(await comeBack(rig, back, mine.cookie), 'expired');
  const [won] = tries.filter((one) => sessionOf(one) !== '');
  assert.equal((await me(won as Answer)).member_id, memberId);
});

test('W1, W10: a sign-in is begun by our own pages alone', async () => {
  for (const headers of [{ Origin: 'https://evil.example' }, { 'Sec-Fetch-Site': 'cross-site' }]) {
    const answer = await rig.vault.api('POST', '/v1/session/sso', {}, { token: null, headers });
    assert.equal(codeOf(answer), 'insufficient_scope');
    assert.equal(cookieNamed(answer, 'alter_sso'), undefined);
  }
});

const changing =
  (changes: Record<string, unknown>): NonNullable<Lies['claims']> =>
  (claims) => ({ ...claims, ...changes });
const elsewhere = (): Lies[] => [
  { claims: changing({ nonce: 'another' }) },
  { claims: changing({ nonce: undefined }) },
  { claims: changing({ aud: 'another-client' }) },
  { claims: changing({ aud: [] }) },
  { claims: changing({ aud: [rig.provider.clientId, 'another-client'] }) },
  { claims: changing({ aud: [rig.provider.clientId, 'another-client'], azp: 'another-client' }) },
  { claims: changing({ azp: 'another-client' }) },
  { claims: changing({ iss: 'https://evil.example' }) },
  { claims: changing({ iss: `${rig.provider.issuer}/` }) },
  { claims: changing({ exp: seconds() - 60 }) },
  { claims: changing({ exp: undefined }) },
  { claims: changing({ iat: seconds() - 3600 }) },
  { claims: changing({ iat: seconds() + 3600 }) },
  { claims: changing({ iat: undefined }) },
  { claims: changing({ nbf: seconds() + 3600 }) },
  { claims: changing({ sub: undefined }) },
  { claims: changing({ sub: '' }) },
  { claims: changing({ sub: 'x'.repeat(256) }) },
  { claims: changing({ sub: 'a\u0000b' }) },
  { signing: 'none' },
  { signing: 'none', header: (header) => ({ ...header, alg: 'None' }) },
  { signing: 'hmac-of-public-key' },
  { signing: 'stranger' },
  { signing: 'broken' },
  { header: (header) => ({ ...header, kid: 'unknown' }) },
  { header: (header) => ({ ...header, crit: ['exp'] }) },
  { header: (header) => ({ ...header, alg: 'ES256' }) },
];

test('W10: an ID token that is not of this provider, client, sign-in and time is refused', async () => {
  const { person } = await newSsoMember(rig);
  for (const lies of elsewhere()) {
    await sql(superuser, 'DELETE FROM sign_in_failures');
    const answer = await lying(lies, () => signInAs(rig, person));
    const what = JSON.stringify([lies.claims?.({}), lies.signing, lies.header?.({})]);
    assert.equal(answer.headers.get('location'), '/sign-in?sso=refused', what);
    assert.equal(sessionOf(answer), '', what);
  }
  const told = await lying({ claims: (claims) => ({ ...claims, azp: rig.provider.clientId }) }, () =>
    signInAs(rig, person),
  );
  assert.notEqual(sessionOf(told), '', 'and one that is, is not');
  const log = rig.vault.log();
  assert.match(log, /the ID token was issued to another client/);
  for (const secret of [rig.provider.clientSecret, 'canary of the provider', 'eyJ'])
    assert.ok(!log.includes(secret), secret);
});

test('W10: keys that the provider replaced count from the next sign-in on, and the old ones no longer', async () => {
  const { person } = await newSsoMember(rig);
  for (const kind of ['ES256', 'RS256'] as const) {
    rig.provider.rotate(kind);
    assert.notEqual(sessionOf(await signInAs(rig, person)), '', kind);
  }
});

test('W10: an answer of another provider never reaches the token endpoint (mix-up)', async () => {
  const { person } = await newSsoMember(rig);
  for (const back of [
    (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
    (url: URL) => url.searchParams.delete('iss'),
    (url: URL) => url.searchParams.append('iss', 'https://evil.example'),
    (url: URL) => url.searchParams.append('code', 'another'),
    (url: URL) => url.searchParams.set('response', 'eyJ'),
  ]) {
    const before = rig.provider.asked.length;
    assertFault(await lying({ back }, () => signInAs(rig, person)), 'refused');
    assert.ok(!rig.provider.asked.slice(before).includes('/token'));
  }
});

test('W10: who says no at the provider is told so, and no text of an address is repeated', async () => {
  const begun = await begin(rig);
  assertFault(await comeBack(rig, rig.provider.authorize(begun.url, 'no'), begun.cookie), 'denied');
  for (const [error, fault] of [
    ['<script>alert(1)</script>', 'refused'],
    ['invalid_scope', 'refused'],
    ['login_required', 'denied'],
    ['temporarily_unavailable', 'unavailable'],
  ] as const) {
    const one = await begin(rig);
    const back = rig.provider.authorize(one.url, 'no');
    back.searchParams.set('error', error);
    back.searchParams.set('error_description', '<img src=x onerror=alert(1)>');
    const answer = await comeBack(rig, back, one.cookie);
    assertFault(answer, fault);
    assert.ok(!answer.text.includes('<'));
  }
  assert.ok(!rig.vault.log().includes('onerror'));
});

test('W10: an address that the provider did not verify lets nobody in', async () => {
  for (const changes of [
    { email_verified: false },
    { email_verified: undefined },
    { email_verified: 'true' },
    { email_verified: 1 },
    { email: 'not an address' },
    { email: 'two@example.com, one@example.com' },
  ]) {
    const person = newPerson();
    await invite(person.email);
    assertFault(await signInAs(rig, { ...person, ...changes }), 'not_verified');
  }
  const { email: _, ...without } = newPerson();
  assertFault(await signInAs(rig, without), 'not_verified');
  const person = newPerson();
  await invite(person.email);
  const { email, email_verified, ...told } = person;
  const answer = await lying({ userinfo: { email, email_verified } }, () => signInAs(rig, told));
  assert.notEqual(sessionOf(answer), '', 'told at the userinfo endpoint');
  const { email: third, ...other } = newPerson();
  await invite(third);
  const lies = { userinfo: { sub: 'somebody else', email: third, email_verified: true } };
  assertFault(await lying(lies, () => signInAs(rig, other)), 'refused');
});

test('W10: who was not invited stays out, but for the domains of the settings, with the least role', async () => {
  for (const email of [
    'eve@example.com',
    'eve@sub.corp.example',
    'eve@corp.example.org',
    'eve@notcorp.example',
  ])
    assertFault(await signInAs(rig, newPerson({ email })), 'not_invited');
  const unverified = newPerson({ email: 'mallory@corp.example', email_verified: false });
  assertFault(await signInAs(rig, unverified), 'not_verified');
  const person = newPerson({ email: 'Joan@CORP.example', name: 'Joan\u202E\u0000' });
  const session = await me(await signInAs(rig, person));
  assert.deepEqual([session.email, session.role, session.display_name], [person.email, 'auditor', null]);
  const events = (await rig.vault.audit()).filter((one) => one.actor.member_id === session.member_id);
  assert.deepEqual(events.map(({ kind }) => kind).toSorted(), [
    'identity.linked',
    'member.created',
    'member.signed_in',
  ]);
  assert.deepEqual(events.find(({ kind }) => kind === 'member.created')?.context, {
    member: session.member_id,
    role: 'auditor',
    by: 'sso',
  });
});

test('W10: who was removed does not come in, neither known nor by domain, until they are invited again', async () => {
  const person = newPerson({ email: 'gone@corp.test' });
  const { member_id: memberId } = await me(await signInAs(rig, person));
  await rig.vault.ok('DELETE', `/v1/members/${memberId}`);
  assertFault(await signInAs(rig, person), 'removed');
  assertFault(await signInAs(rig, newPerson({ email: 'GONE@corp.test' })), 'removed');
  const again = await invite(person.email, 'approver');
  const session = await me(await signInAs(rig, person));
  assert.deepEqual([session.member_id, session.role], [again.member_id, 'approver']);
});

test('W10: where one goes on to is a path of this vault', async () => {
  const { person } = await newSsoMember(rig);
  for (const [next, location] of [
    ['/secrets?status=live#top', '/secrets?status=live#top'],
    ['//evil.example', '/'],
    ['/\\evil.example', '/'],
    ['https://evil.example', '/'],
    ['javascript:alert(1)', '/'],
    ['/a\r\nSet-Cookie: x=y', '/'],
    ['/\u0009/evil.example', '/'],
    ['', '/'],
  ] as const) {
    const answer = await signInAs(rig, person, next);
    assert.equal(answer.headers.get('location'), location, JSON.stringify(next));
    assert.notEqual(sessionOf(answer), '');
  }
  const begun = await begin(rig, '/v1/session/sso', { next: '/secrets?a=b#c' });
  const refused = await comeBack(rig, rig.provider.authorize(begun.url, 'no'), begun.cookie);
  assert.equal(refused.headers.get('location'), '/sign-in?sso=denied&next=%2Fsecrets%3Fa%3Db%23c');
});

test('an invitation is taken up by its link with an account whose address nobody verified, once', async () => {
  const { email: _, ...person } = newPerson();
  const { member_id: memberId, invitation_url: url } = await invite(newPerson().email, 'auditor');
  const token = { token: url.split('#token=')[1] };
  const read = await rig.vault.api('POST', '/v1/invitation/read', token, { token: null });
  assert.deepEqual(read.json.sso, { name: 'Example ID' });
  rig.provider.person = person;
  const [one, two] = [
    await begin(rig, '/v1/invitation/sso', token),
    await begin(rig, '/v1/invitation/sso', token),
  ];
  const answer = await comeBack(rig, rig.provider.authorize(one.url), one.cookie);
  assert.equal((await me(answer)).member_id, memberId);
  rig.provider.person = newPerson();
  assertFault(await comeBack(rig, rig.provider.authorize(two.url), two.cookie), 'expired');
  const late = await rig.vault.api('POST', '/v1/invitation/sso', token, { token: null });
  assert.equal(codeOf(late), 'unauthenticated');

  const other = await invite(newPerson().email);
  const otherToken = { token: other.invitation_url.split('#token=')[1] };
  rig.provider.person = person;
  const third = await begin(rig, '/v1/invitation/sso', otherToken);
  assertFault(await comeBack(rig, rig.provider.authorize(third.url), third.cookie), 'other_account');
  assertFault(await signInAs(rig, newPerson({ email: other.email, email_verified: false })), 'not_verified');
});

test('W5: whoever begins many sign-ins is slowed, and who comes in is not', async () => {
  const { person } = await newSsoMember(rig);
  let slowed: Answer | undefined;
  for (let tries = 0; tries < 60 && slowed === undefined; tries += 1) {
    const answer = await rig.vault.api('POST', '/v1/session/sso', {}, { token: null });
    if (answer.status !== 200) slowed = answer;
  }
  assert.equal(slowed === undefined ? undefined : codeOf(slowed), 'rate_limited');
  await sql(superuser, 'DELETE FROM sign_in_failures');
  for (let times = 0; times < 55; times += 1)
    assert.notEqual(sessionOf(await signInAs(rig, person)), '', `sign-in ${times}`);
});

test('F15: an account that is written to another member, or put back after it was taken away, alarms', async () => {
  const { person, memberId } = await newSsoMember(rig);
  const { memberId: owner } = await newMember(rig.vault, 'owner');
  const where = `WHERE subject = '${person.sub}'`;
  const [row] = await sql(superuser, `SELECT * FROM member_identities ${where}`);
  await sql(superuser, `UPDATE member_identities SET member_id = '${owner}' ${where}`);
  assertFault(await signInAs(rig, person), 'failed');
  await sql(superuser, `UPDATE member_identities SET member_id = '${String(row?.['member_id'])}' ${where}`);
  assert.notEqual(sessionOf(await signInAs(rig, person)), '');
  assert.match(rig.vault.log(), /"alarm":"integrity","table":"member_identities"/);
  await sql(superuser, `CREATE TABLE kept AS SELECT * FROM member_identities ${where}`);
  await rig.vault.ok('DELETE', `/v1/members/${memberId}/factors`);
  assertFault(await signInAs(rig, person), 'link_first');
  await sql(superuser, 'INSERT INTO member_identities SELECT * FROM kept');
  assertFault(await signInAs(rig, person), 'failed');
  assert.match(rig.vault.log(), /"alarm":"integrity"[^\n]*(put back|rolled back|not what was)/);
  await sql(superuser, `DELETE FROM member_identities ${where}`);
});

const broken = (status: number, body: string, headers: Record<string, string> = {}): Lies => ({
  answer: (_, response) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
    return true;
  },
});

test('W10: a provider that lies, says too much, or nothing, is told in a sentence; the vault goes on', async () => {
  await using own = await newRig();
  const start = (): Promise<Answer> => own.vault.api('POST', '/v1/session/sso', {}, { token: null });
  const changed = (changes: Record<string, unknown>): Lies => ({
    metadata: (document) => ({ ...document, ...changes }),
  });
  for (const lies of [
    changed({ issuer: 'https://evil.example' }),
    changed({ issuer: `${own.provider.issuer}/` }),
    changed({ issuer: `${own.provider.issuer}${'/.'.repeat(50_000)}` }),
    changed({ authorization_endpoint: 'http://localhost/authorize' }),
    changed({ authorization_endpoint: 'javascript:alert(1)' }),
    changed({ authorization_endpoint: undefined }),
    broken(200, `{"issuer":"${'x'.repeat(2 ** 20)}"}`),
    broken(200, '{"issuer":'),
    broken(200, '<html>', { 'Content-Type': 'text/html' }),
    broken(302, '', { Location: `${own.provider.issuer}/jwks` }),
    broken(503, '{}'),
    { answer: (_, response) => response.destroy() !== undefined },
    { answer: () => true },
  ] satisfies Lies[]) {
    own.provider.lies = lies;
    const startedAt = performance.now();
    const answer = await start();
    assert.equal(codeOf(answer), 'unavailable', answer.text);
    assert.match(answer.json.error.message, /identity provider/);
    assert.ok(answer.json.error.hint.length > 20);
    assert.equal(cookieNamed(answer, 'alter_sso'), undefined);
    assert.ok(performance.now() - startedAt < 7000);
  }
  assert.equal((await own.vault.api('GET', '/readyz', undefined, { token: null })).status, 200);
  assert.match(own.vault.log(), /set ALTER_OIDC_ISSUER to that/);
  assert.ok(
    own.vault
      .log()
      .split('\n')
      .every((line) => line.length < 4000),
  );
  own.provider.lies = {};
  assert.equal((await start()).status, 200, 'and it is asked anew');
});

test('W10: a provider that fails while somebody is under way sends them back with a sentence', async () => {
  const { person } = await newSsoMember(rig);
  const at = (path: string, lies: Lies): Lies => ({
    answer: (asked, response) => asked === path && lies.answer?.(asked, response) === true,
  });
  for (const [lies, fault] of [
    [at('/token', { answer: () => true }), 'unavailable'],
    [at('/token', broken(500, '{}')), 'unavailable'],
    [at('/token', broken(200, '{}')), 'refused'],
    [at('/token', broken(200, `{"id_token":"${'x'.repeat(2 ** 20)}"}`)), 'unavailable'],
    [at('/token', broken(400, '{"error":"invalid_grant"}')), 'refused'],
    [at('/jwks', broken(200, '{"keys":[]}')), 'refused'],
    [at('/jwks', { answer: (_, response) => response.destroy() !== undefined }), 'unavailable'],
  ] as const)
    assertFault(await lying(lies, () => signInAs(rig, person)), fault);
});

test('W10: a provider whose tokens are signed by a shared secret alone is not believed', async () => {
  await using own = await newRig();
  own.provider.lies = {
    metadata: (document) => ({ ...document, id_token_signing_alg_values_supported: ['HS256', 'none'] }),
    signing: 'hmac-of-public-key',
  };
  const person = newPerson();
  await own.vault.ok('POST', '/v1/invitations', { email: person.email, role: 'owner' });
  assertFault(await signInAs(own, person), 'refused');
});

test('the settings say which provider it is and what it must be told, and not its secret', async () => {
  const answer = await rig.vault.api('GET', '/v1/settings');
  assert.deepEqual(answer.json.vault.single_sign_on, {
    name: 'Example ID',
    issuer: rig.provider.issuer,
    client_id: rig.provider.clientId,
    redirect_uri: ORIGIN + CALLBACK,
    domains: ['corp.example', 'corp.test'],
    role: 'auditor',
  });
  assert.ok(!answer.text.includes(rig.provider.clientSecret));
});

test('without single sign-on there is none, and a private address is asked only where the operator allowed it (S17)', async () => {
  await using own = await newRig({ ALTER_EGRESS_ALLOW: '' });
  const answer = await own.vault.api('POST', '/v1/session/sso', {}, { token: null });
  assert.equal(codeOf(answer), 'unavailable');
  assert.deepEqual(own.provider.asked, []);
});
