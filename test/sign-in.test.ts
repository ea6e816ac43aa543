/** Coming in with a password and a second factor: CSRF, step-up, sessions, codes that are good once, and what a stolen database gives. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ENDPOINTS, type Endpoint } from '@alter-vault/contract';
import { base32Bytes, codeAt } from './authenticator-app.ts';
import { sql } from './postgres.ts';
import { asSession, cookieOf, csrfOf, newMember, OUR_PAGES, PASSWORD, signIn, stepUp } from './sessions.ts';
import { canary, startVault, stopPostgres, testPostgres, type Answer, type TestVault } from './vault.ts';

let vault: TestVault;
let superuser: string;

before(async () => {
  vault = await startVault();
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(vault.urls.ownerUrl).pathname;
  superuser = url.href;
});
after(async () => {
  await vault?.stop();
  await stopPostgres();
});

const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
const nobody = { token: null };
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  vault.api('POST', path, body, { ...nobody, headers });

interface Enrolled {
  readonly email: string;
  readonly memberId: string;
  readonly cookie: string;
  readonly secret: string;
  readonly codes: readonly string[];
}

/** A member with an authenticator app, whose code of this step is used. */
async function enrolled(role = 'developer'): Promise<Enrolled> {
  const one = await newMember(vault, role);
  await stepUp(vault, one.cookie);
  const started = await asSession(vault, one.cookie, 'POST', '/v1/totp');
  assert.equal(started.status, 200, started.text);
  const { secret } = started.json;
  const done = await asSession(vault, one.cookie, 'POST', '/v1/totp/confirm', { code: codeAt(secret) });
  assert.equal(done.status, 200, done.text);
  return { ...one, secret, codes: done.json.recovery_codes };
}

const withCode = (email: string, more: Record<string, string>): Promise<Answer> =>
  post('/v1/session', { email, password: PASSWORD, ...more });

/** Tests try codes more often than a person does. */
const forgetGuesses = (): Promise<unknown> => sql(superuser, 'DELETE FROM sign_in_failures');

test('W1: a session changes nothing without its CSRF token, and that of another session is none', async () => {
  const one = await newMember(vault, 'owner');
  const other = await newMember(vault, 'owner');
  const make = (headers: Record<string, string>): Promise<Answer> =>
    post(
      '/v1/apps',
      { name: `csrf-${canary().slice(0, 8)}x` },
      { Cookie: one.cookie, ...OUR_PAGES, ...headers },
    );
  const csrf = await csrfOf(vault, one.cookie);
  for (const wrong of [undefined, '', 'x', csrf.slice(1), await csrfOf(vault, other.cookie)])
    assert.equal(
      codeOf(await make(wrong === undefined ? {} : { 'Alter-Csrf': wrong })),
      'csrf_token_invalid',
    );
  assert.equal((await make({ 'Alter-Csrf': csrf })).status, 201);
  const again = await signIn(vault, one.email);
  assert.notEqual(await csrfOf(vault, again), csrf, 'it is of the session, not of the member');
  assert.equal(codeOf(await make({ Cookie: again, 'Alter-Csrf': csrf })), 'csrf_token_invalid');
});

test('W1, W4: nobody is signed in by a page of another origin', async () => {
  const { email } = await newMember(vault, 'auditor');
  const body = { email, password: PASSWORD };
  for (const headers of [
    { Origin: 'https://evil.example' },
    { Origin: 'null' },
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
  ]) {
    const answer = await post('/v1/session', body, headers);
    assert.equal(codeOf(answer), 'insufficient_scope', JSON.stringify(headers));
    assert.equal(answer.headers.get('set-cookie'), null);
  }
  assert.equal((await post('/v1/session', body, OUR_PAGES)).status, 200);
});

test('W1: no endpoint that answers to GET changes anything', () => {
  const changing = Object.values<Endpoint>(ENDPOINTS).filter(
    ({ method, audit, status }) => method === 'GET' && audit !== null && status !== 302,
  );
  assert.deepEqual(changing, []);
});

test('W3: what is grave declares that a session must step up, and a session that did not is told how', async () => {
  const grave = Object.values<Endpoint>(ENDPOINTS).filter(
    ({ method, permission, path }) =>
      method !== 'GET' &&
      (['members:write', 'keyring:rotate', 'audit:erase'].includes(permission) ||
        /^\/v1\/(totp|recovery-codes|passkeys)/.test(path) ||
        path === '/v1/approvals/:approval_id/decision' ||
        (path === '/v1/tokens' && method === 'POST')),
  );
  assert.ok(grave.length >= 10);
  const { cookie } = await newMember(vault, 'owner');
  for (const { path, method, stepUp: isDeclared } of grave.filter((one) => !isRename(one))) {
    assert.equal(isDeclared, true, `${method} ${path}`);
    const at = path.replaceAll(/:[a-z_]+/g, '01900000-0000-7000-8000-000000000000');
    const answer = await asSession(vault, cookie, method, at, method === 'DELETE' ? undefined : {});
    assert.equal(codeOf(answer), 'step_up_required', `${method} ${path}`);
    assert.deepEqual(answer.json.error.step_up_methods, ['password']);
  }
  assert.equal((await asSession(vault, cookie, 'GET', '/v1/session')).json.stepped_up_until, null);
  await stepUp(vault, cookie);
  const me = await asSession(vault, cookie, 'GET', '/v1/session');
  assert.ok(Date.parse(me.json.stepped_up_until) > Date.now());
  assert.equal((await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 'now' })).status, 201);
  await sql(superuser, `UPDATE sessions SET stepped_up_at = stepped_up_at - interval '6 minutes'`);
  assert.equal(
    codeOf(await asSession(vault, cookie, 'POST', '/v1/tokens', { name: 'later' })),
    'step_up_required',
  );
});

/** A name decides nothing. */
const isRename = ({ method, path }: Endpoint): boolean =>
  method === 'PATCH' && path.startsWith('/v1/passkeys');

test('W4: sessions are listed with where they are, ended one by one, and all but this one', async () => {
  const one = await newMember(vault, 'developer');
  const phone = await signIn(vault, one.email);
  const stranger = await newMember(vault, 'owner');
  const list = async (cookie: string): Promise<{ session_id: string; is_current: boolean }[]> =>
    (await asSession(vault, cookie, 'GET', '/v1/sessions')).json.items;
  const items = await list(one.cookie);
  assert.equal(items.length, 2);
  assert.equal(items.filter((item) => item.is_current).length, 1);
  const [newest] = (await asSession(vault, one.cookie, 'GET', '/v1/sessions')).json.items;
  assert.equal(newest.signed_in_by, 'password');
  assert.equal(newest.ip, '127.0.0.1');
  const theirs = items.find((item) => !item.is_current)?.session_id ?? '';
  assert.equal((await asSession(vault, stranger.cookie, 'DELETE', `/v1/sessions/${theirs}`)).status, 404);
  assert.equal((await asSession(vault, one.cookie, 'DELETE', `/v1/sessions/${theirs}`)).status, 204);
  assert.equal((await asSession(vault, phone, 'GET', '/v1/session')).status, 401);
  assert.equal((await asSession(vault, one.cookie, 'DELETE', `/v1/sessions/${theirs}`)).status, 404);

  for (let i = 0; i < 3; i += 1) await signIn(vault, one.email);
  assert.deepEqual((await asSession(vault, one.cookie, 'POST', '/v1/sessions/end-others')).json, {
    ended: 3,
  });
  assert.equal((await list(one.cookie)).length, 1);
  assert.equal((await list(stranger.cookie)).length, 1, 'and nobody else’s');
});

test('W4: a new password ends every other session, and this one goes on under a new id', async () => {
  const one = await newMember(vault, 'developer');
  const other = await signIn(vault, one.email);
  const next = 'seventeen blue teapots sing';
  const change = (body: Record<string, string>): Promise<Answer> =>
    asSession(vault, one.cookie, 'PUT', '/v1/password', body);
  assert.equal(codeOf(await change({ new_password: next })), 'step_up_required');
  assert.equal(
    codeOf(await change({ new_password: next, current_password: 'a wrong guess' })),
    'unauthenticated',
  );
  const weak = await change({ new_password: 'password1234', current_password: PASSWORD });
  assert.equal(weak.json.error.issues[0].path, 'new_password');
  assert.equal((await asSession(vault, other, 'GET', '/v1/session')).status, 200, 'nothing changed yet');

  const done = await change({ new_password: next, current_password: PASSWORD });
  assert.equal(done.status, 200, done.text);
  const cookie = cookieOf(done);
  assert.notEqual(cookie, one.cookie);
  for (const before of [one.cookie, other])
    assert.equal((await asSession(vault, before, 'GET', '/v1/session')).status, 401);
  assert.equal((await asSession(vault, cookie, 'GET', '/v1/session')).status, 200);
  assert.equal((await withCode(one.email, {})).status, 401);
  assert.equal((await withCode(one.email, { password: next })).status, 200);
  assert.equal(codeOf(await vault.api('PUT', '/v1/password', { new_password: next })), 'insufficient_scope');
});

test('a password that is on a list is refused wherever one is set', async () => {
  const email = `${canary()}@example.com`.toLowerCase();
  const common = 'passwordpassword';
  const made = await vault.api('POST', '/v1/members', { email, role: 'auditor', password: common });
  assert.equal(made.json.error.issues[0].path, 'password');
  const { member_id } = await vault.ok('POST', '/v1/members', { email, role: 'auditor', password: PASSWORD });
  const changed = await vault.api('PATCH', `/v1/members/${member_id}`, { password: common });
  assert.equal(changed.json.error.issues[0].path, 'password');
  assert.ok(!vault.log().includes(common));
});

test('with an authenticator app the password is not enough; each code counts once', async () => {
  const one = await enrolled();
  const without = await withCode(one.email, {});
  assert.equal(without.status, 401);
  assert.equal(codeOf(without), 'second_factor_required');
  assert.deepEqual(without.json.error.second_factors, ['totp_code', 'recovery_code']);
  assert.equal(without.headers.get('set-cookie'), null);
  assert.equal(codeOf(await withCode(one.email, { password: 'a wrong guess' })), 'unauthenticated');
  assert.equal(
    codeOf(await withCode(one.email, { totp_code: codeAt(one.secret) })),
    'unauthenticated',
    'used',
  );
  const code = codeAt(one.secret, 1);
  const tries = await Promise.all(Array.from({ length: 4 }, () => withCode(one.email, { totp_code: code })));
  assert.equal(tries.filter(({ status }) => status === 200).length, 1, 'of four at once, one');
  await forgetGuesses();
  assert.equal(codeOf(await withCode(one.email, { totp_code: code })), 'unauthenticated');
  const sessions = await asSession(vault, one.cookie, 'GET', '/v1/sessions');
  assert.equal(sessions.json.items[0].signed_in_by, 'password_totp');
});

test('a recovery code comes in once, and a new set replaces the old one', async () => {
  const one = await enrolled();
  const [first = '', second = '', third = ''] = one.codes;
  assert.equal(one.codes.length, 10);
  const tries = await Promise.all(
    Array.from({ length: 4 }, () => withCode(one.email, { recovery_code: first.toUpperCase() })),
  );
  assert.equal(tries.filter(({ status }) => status === 200).length, 1, 'of four at once, one');
  await forgetGuesses();
  const me = await asSession(vault, one.cookie, 'GET', '/v1/session');
  assert.equal(me.json.recovery_codes_left, 9);
  assert.equal(me.json.has_totp, true);
  assert.equal((await withCode(one.email, { recovery_code: second })).status, 200);
  const replaced = await asSession(vault, one.cookie, 'POST', '/v1/recovery-codes');
  assert.equal(replaced.json.recovery_codes.length, 10);
  assert.equal(codeOf(await withCode(one.email, { recovery_code: third })), 'unauthenticated');
  assert.equal((await withCode(one.email, { recovery_code: replaced.json.recovery_codes[0] })).status, 200);
});

test('step-up asks for the second factor too, and removing it ends that', async () => {
  const one = await enrolled();
  const cookie = cookieOf(await withCode(one.email, { recovery_code: one.codes[0] ?? '' }));
  const step = (more: Record<string, string>): Promise<Answer> =>
    asSession(vault, cookie, 'POST', '/v1/session/step-up', { password: PASSWORD, ...more });
  assert.equal(codeOf(await step({})), 'second_factor_required');
  assert.equal(codeOf(await asSession(vault, cookie, 'DELETE', '/v1/totp')), 'step_up_required');
  assert.equal((await step({ recovery_code: one.codes[1] ?? '' })).status, 200);
  assert.equal(codeOf(await asSession(vault, cookie, 'POST', '/v1/totp')), 'conflict', 'one at a time');
  assert.equal((await asSession(vault, cookie, 'DELETE', '/v1/totp')).status, 204);
  assert.equal((await withCode(one.email, {})).status, 200);
  assert.equal(codeOf(await asSession(vault, cookie, 'DELETE', '/v1/totp')), 'conflict');
});

test('W5: guessing codes is slowed, and says nothing of which was nearer', async () => {
  const one = await enrolled();
  await forgetGuesses();
  const answers: Answer[] = [];
  for (let i = 0; i < 8; i += 1)
    answers.push(await withCode(one.email, { totp_code: String(i).padStart(6, '0') }));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [401, 401, 401, 401, 401, 429, 429, 429],
  );
  assert.match(answers.at(-1)?.headers.get('retry-after') ?? '', /^[1-9]/);
  await forgetGuesses();
});

test('F15: an authenticator app does not go, come or change by SQL', async () => {
  const one = await enrolled();
  const at = `WHERE member_id = '${one.memberId}'`;
  await sql(superuser, `CREATE TABLE kept AS SELECT * FROM second_factors ${at}`);
  const restored = async (what: string): Promise<void> => {
    await sql(superuser, `DELETE FROM second_factors ${at}`);
    await sql(superuser, 'INSERT INTO second_factors SELECT * FROM kept');
    const fine = await withCode(one.email, {});
    assert.equal(codeOf(fine), 'second_factor_required', what);
  };
  await sql(superuser, `DELETE FROM second_factors ${at}`);
  assert.equal(codeOf(await withCode(one.email, {})), 'integrity_error', 'deleted');
  await restored('deleted');
  await sql(superuser, `UPDATE second_factors SET recovery_hashes = '{}' ${at}`);
  assert.equal(codeOf(await withCode(one.email, {})), 'integrity_error', 'edited');
  await restored('edited');
  await sql(superuser, `UPDATE members SET second_factor_id = NULL ${at}`);
  assert.equal(codeOf(await withCode(one.email, {})), 'integrity_error', 'forgotten');
  await sql(superuser, `UPDATE members SET second_factor_id = (SELECT factor_id FROM kept) ${at}`);
  // Codes that were used, put back.
  await sql(superuser, `DELETE FROM sign_in_failures`);
  const [code = ''] = one.codes;
  assert.equal((await withCode(one.email, { recovery_code: code })).status, 200);
  await sql(superuser, `CREATE TABLE used AS SELECT * FROM second_factors ${at}`);
  await sql(superuser, `DELETE FROM second_factors ${at}`);
  await sql(superuser, 'INSERT INTO second_factors SELECT * FROM kept');
  assert.equal(codeOf(await withCode(one.email, { recovery_code: code })), 'integrity_error', 'put back');
  assert.match(vault.log(), /"alarm":"integrity"/);
  await sql(superuser, `DELETE FROM second_factors ${at}`);
  await sql(superuser, 'INSERT INTO second_factors SELECT * FROM used');
  await sql(superuser, 'DROP TABLE kept, used');
});

test('I8: of codes, secrets and cookies the database holds no text, and neither does log nor audit', async () => {
  const fresh = await startVault();
  try {
    const url = new URL((await testPostgres()).superuserUrl);
    url.pathname = new URL(fresh.urls.ownerUrl).pathname;
    const one = await newMember(fresh, 'owner');
    await stepUp(fresh, one.cookie);
    const pending = (await asSession(fresh, one.cookie, 'POST', '/v1/totp')).json.secret;
    const { secret } = (await asSession(fresh, one.cookie, 'POST', '/v1/totp')).json;
    const done = await asSession(fresh, one.cookie, 'POST', '/v1/totp/confirm', { code: codeAt(secret) });
    const texts = [
      pending,
      secret,
      ...done.json.recovery_codes,
      one.cookie.split('=')[1],
      await csrfOf(fresh, one.cookie),
    ];
    const raw = [pending, secret].map((text: string) => base32Bytes(text).toString('hex'));
    const rows = await sql(
      url.href,
      `SELECT row_to_json(t)::text AS text FROM (SELECT * FROM second_factors) t
       UNION ALL SELECT row_to_json(t)::text FROM (SELECT * FROM sessions) t
       UNION ALL SELECT row_to_json(t)::text FROM (SELECT * FROM members) t`,
    );
    const stored = rows.map((row) => String(row['text'])).join('\n');
    assert.match(stored, /recovery_hashes/);
    const everywhere = stored + fresh.log() + JSON.stringify(await fresh.audit());
    for (const text of [...texts, ...raw]) assert.ok(!everywhere.includes(String(text)), 'a secret shows');
  } finally {
    await fresh.stop();
  }
});

test('failed sign-ins are written down at their account, bounded, with what was wrong', async () => {
  const { email, memberId } = await newMember(vault, 'auditor');
  for (let i = 0; i < 4; i += 1)
    assert.equal(codeOf(await post('/v1/session', { email, password: 'a wrong guess' })), 'unauthenticated');
  const failed = async (): Promise<{ actor: { member_id: string }; context: unknown }[]> =>
    (await vault.audit({ kind: 'member.sign_in_failed' })).filter(
      ({ actor }: { actor: { member_id: string } }) => actor.member_id === memberId,
    );
  for (let i = 0; (await failed()).length === 0 && i < 50; i += 1)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const events = await failed();
  assert.equal(events.length, 1, 'the first at once, what follows at the end of the minute');
  assert.deepEqual(events[0]?.context, { fault: 'password' });
  const before = (await vault.audit({ kind: 'member.sign_in_failed' })).length;
  await post('/v1/session', { email: 'nobody@example.com', password: 'a wrong guess' });
  assert.equal((await vault.audit({ kind: 'member.sign_in_failed' })).length, before);
});
