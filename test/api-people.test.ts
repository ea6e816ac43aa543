/** People: the first owner, sessions and their cookie, members, guessing; and what an Idempotency-Key promises. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { SCOPES } from '@alter-vault/contract';
import { hashCredentialText } from '../packages/server/src/access/keys.ts';
import { bootstrap } from '../packages/server/src/bootstrap.ts';
import { sql } from './postgres.ts';
import { asSession, cookieOf, newMember, PASSWORD, stepUp } from './sessions.ts';
import { canary, startVault, stopPostgres, testPostgres, type Answer, type TestVault } from './vault.ts';

let vault: TestVault;
/** Served as https, and never set up by a token. */
let linked: TestVault;

before(async () => {
  vault = await startVault();
  linked = await startVault({
    env: { ALTER_BOOTSTRAP_TOKEN: '', ALTER_PUBLIC_URL: 'https://vault.example.com' },
  });
});
after(async () => {
  await vault?.stop();
  await linked?.stop();
  await stopPostgres();
});

const nobody = { token: null };

async function database(of: TestVault): Promise<string> {
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(of.urls.ownerUrl).pathname;
  return url.href;
}

const signIn = (email: string, password = PASSWORD, headers: Record<string, string> = {}): Promise<Answer> =>
  vault.api('POST', '/v1/session', { email, password }, { ...nobody, headers });

async function member(role: string): Promise<{ email: string; member_id: string; cookie: string }> {
  const { email, memberId, cookie } = await newMember(vault, role);
  return { email, member_id: memberId, cookie };
}

const withCookie = (
  cookie: string,
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
): Promise<Answer> => asSession(vault, cookie, method, path, body, headers);

test('the one-time link sets up the first owner, once and in its hour; after that nothing does', async () => {
  const config = { bootstrapToken: undefined, bootstrapTokenHours: 24 };
  const { setupToken } = await bootstrap(linked.server.api, config);
  assert.ok(setupToken !== undefined && setupToken.startsWith('alter_setup_'));
  const body = { email: 'first@example.com', password: PASSWORD };
  const setUp = (setup_token: string): Promise<Answer> =>
    linked.api('POST', '/v1/setup', { setup_token, ...body }, nobody);
  assert.equal((await setUp(`alter_setup_${canary()}`)).json.error.code, 'unauthenticated');
  assert.equal((await linked.api('GET', '/v1/apps', undefined, { token: setupToken })).status, 401);
  const short = await linked.api(
    'POST',
    '/v1/setup',
    { ...body, setup_token: setupToken, password: 'short' },
    nobody,
  );
  assert.equal(short.json.error.issues[0].path, 'password');
  assert.doesNotMatch(short.text, /alter_setup_/);

  await sql(await database(linked), "UPDATE setup_tokens SET expires_at = now() - interval '1 second'");
  assert.equal((await setUp(setupToken)).json.error.code, 'unauthenticated', 'its hour is over');
  await sql(await database(linked), "UPDATE setup_tokens SET expires_at = now() + interval '1 minute'");

  const tries = await Promise.all(Array.from({ length: 5 }, () => setUp(setupToken)));
  assert.deepEqual(
    tries.map(({ status }) => status).toSorted(),
    [201, 401, 401, 401, 401],
    'of five at once, one',
  );
  const owner = tries.find(({ status }) => status === 201);
  assert.equal(owner?.json.role, 'owner');
  const me = await linked.api('GET', '/v1/session', undefined, { token: String(owner?.json.token) });
  assert.equal(me.json.email, 'first@example.com');
  assert.deepEqual(me.json.scopes, SCOPES);
  assert.equal((await setUp(setupToken)).status, 401);

  // Not empty any more: neither another link nor a bootstrap token.
  assert.deepEqual(await bootstrap(linked.server.api, config), {
    setupToken: undefined,
    isBootstrapped: false,
  });
  assert.equal((await linked.api('GET', '/v1/apps')).status, 401, 'the token of the second start is nobody');
});

test('W4, W9: on https the cookie has the __Host- prefix and is Secure, and no other name is read', async () => {
  const body = { email: 'first@example.com', password: PASSWORD };
  const signedIn = await linked.api('POST', '/v1/session', body, nobody);
  const cookie = signedIn.headers.get('set-cookie') ?? '';
  assert.match(cookie, /^__Host-alter_session=[\w.-]{60,}; /);
  for (const attribute of ['Path=/', 'HttpOnly', 'Secure', 'SameSite=Strict', 'Max-Age=43200'])
    assert.ok(cookie.split('; ').includes(attribute), `${attribute} in ${cookie}`);
  assert.doesNotMatch(cookie, /Domain/i);
  assert.match(signedIn.headers.get('strict-transport-security') ?? '', /max-age=31536000/);
  const text = cookieOf(signedIn).split('=')[1] ?? '';
  const at = (name: string): Promise<Answer> =>
    linked.api('GET', '/v1/session', undefined, { ...nobody, headers: { Cookie: `${name}=${text}` } });
  assert.equal((await at('__Host-alter_session')).status, 200);
  assert.equal((await at('alter_session')).status, 401);
});

test('W4: a session is new at each sign-in, ends at sign-out, and with a new role or password', async () => {
  const one = await member('developer');
  assert.match(one.cookie, /^alter_session=/);
  const second = cookieOf(await signIn(one.email, PASSWORD, { Cookie: one.cookie }));
  assert.notEqual(second, one.cookie);
  assert.equal((await withCookie(one.cookie, 'GET', '/v1/session')).json.role, 'developer');
  const out = await withCookie(one.cookie, 'DELETE', '/v1/session');
  assert.equal(out.status, 204);
  assert.match(out.headers.get('set-cookie') ?? '', /^alter_session=; Max-Age=0;/);
  assert.equal((await withCookie(one.cookie, 'GET', '/v1/session')).status, 401);
  assert.equal((await withCookie(second, 'GET', '/v1/session')).status, 200, 'the other one goes on');
  await vault.ok('PATCH', `/v1/members/${one.member_id}`, { role: 'auditor' });
  assert.equal((await withCookie(second, 'GET', '/v1/session')).status, 401, 'after a new role');
  const third = cookieOf(await signIn(one.email));
  await vault.ok('PATCH', `/v1/members/${one.member_id}`, { password: `${PASSWORD} 2` });
  assert.equal((await withCookie(third, 'GET', '/v1/session')).status, 401, 'after a new password');
  assert.equal((await signIn(one.email)).status, 401);
  assert.equal((await signIn(one.email, `${PASSWORD} 2`)).status, 200);
});

test('W4: a session ends when it is idle, and in any case after its time', async () => {
  const { cookie, member_id } = await member('auditor');
  const alive = async (): Promise<number> => (await withCookie(cookie, 'GET', '/v1/session')).status;
  const age = async (change: string): Promise<unknown> =>
    sql(await database(vault), `UPDATE sessions SET ${change} WHERE member_id = $1`, [member_id]);
  await age("last_seen_at = now() - interval '119 minutes'");
  assert.equal(await alive(), 200, 'and that use moves the deadline');
  await age("last_seen_at = last_seen_at - interval '119 minutes'");
  assert.equal(await alive(), 200);
  await age("last_seen_at = now() - interval '121 minutes'");
  assert.equal(await alive(), 401);
  await age("last_seen_at = now(), expires_at = now() - interval '1 second'");
  assert.equal(await alive(), 401);
});

test('I6: a session that was given to another member in SQL signs nobody in', async () => {
  const auditor = await member('auditor');
  const owner = await member('owner');
  await sql(await database(vault), 'UPDATE sessions SET member_id = $1 WHERE member_id = $2', [
    owner.member_id,
    auditor.member_id,
  ]);
  assert.equal((await withCookie(auditor.cookie, 'GET', '/v1/session')).status, 401);
  assert.equal((await withCookie(owner.cookie, 'GET', '/v1/session')).status, 200);
});

test('I6: a member or token that was edited in SQL is refused and alarms', async () => {
  const { cookie, member_id } = await member('auditor');
  await sql(await database(vault), "UPDATE members SET role = 'owner' WHERE member_id = $1", [member_id]);
  const answer = await withCookie(cookie, 'GET', '/v1/session');
  assert.equal(answer.json.error.code, 'integrity_error');
  assert.match(vault.log(), /"alarm":"integrity"/);
  await sql(await database(vault), "UPDATE members SET role = 'auditor' WHERE member_id = $1", [member_id]);
  assert.equal((await withCookie(cookie, 'GET', '/v1/session')).status, 200);
});

test('W1: with a cookie, nothing changes but from our own pages', async () => {
  const { cookie } = await member('owner');
  const { origin } = new URL(vault.server.publicUrl);
  const make = (headers: Record<string, string>): Promise<Answer> =>
    withCookie(cookie, 'POST', '/v1/apps', { name: `w1-${randomUUID()}`.slice(0, 20) }, headers);
  const foreign: Record<string, string>[] = [
    {},
    { Origin: 'null' },
    { Origin: 'https://evil.example' },
    { Origin: `${origin}.evil.example` },
    { Origin: 'http://sub.127.0.0.1' },
    { 'Sec-Fetch-Site': 'cross-site', Origin: origin },
    { 'Sec-Fetch-Site': 'same-site', Origin: origin },
    { 'Sec-Fetch-Site': 'none' },
    { 'Sec-Fetch-Site': '' },
    { Referer: `${origin}/` },
  ];
  const before = (await vault.ok('GET', '/v1/apps?limit=200')).items.length;
  for (const headers of foreign) {
    const answer = await make(headers);
    assert.equal(answer.json?.error?.code, 'insufficient_scope', JSON.stringify(headers));
  }
  const form = await withCookie(cookie, 'POST', '/v1/apps', '{"name":"by-form"}', {
    'Sec-Fetch-Site': 'same-origin',
    'Content-Type': 'text/plain',
  });
  assert.equal(form.json.error.code, 'invalid_request');
  assert.equal((await vault.ok('GET', '/v1/apps?limit=200')).items.length, before);
  assert.equal((await make({ 'Sec-Fetch-Site': 'same-origin' })).status, 201);
  assert.equal((await make({ Origin: origin })).status, 201);
  assert.equal((await withCookie(cookie, 'GET', '/v1/apps', undefined, {})).status, 200);
});

test('owners manage everybody, admins everybody but owners, and the last owner stays', async () => {
  const admin = await member('admin');
  await stepUp(vault, admin.cookie);
  const me = await vault.ok('GET', '/v1/session');
  const email = (): string => `${randomUUID()}@example.com`;
  const asAdmin = (method: string, path: string, body?: unknown): Promise<Answer> =>
    withCookie(admin.cookie, method, path, body);
  for (const answer of [
    await asAdmin('POST', '/v1/members', { email: email(), role: 'owner' }),
    await asAdmin('PATCH', `/v1/members/${me.member_id}`, { role: 'auditor' }),
    await asAdmin('PATCH', `/v1/members/${me.member_id}`, { password: `${PASSWORD} 3` }),
    await asAdmin('DELETE', `/v1/members/${me.member_id}`),
    await asAdmin('PATCH', `/v1/members/${admin.member_id}`, { role: 'owner' }),
  ]) {
    assert.equal(answer.json.error.code, 'insufficient_scope');
  }
  assert.equal((await asAdmin('POST', '/v1/members', { email: email(), role: 'admin' })).status, 201);

  const owners = (await vault.ok('GET', '/v1/members?limit=200')).items.filter(
    ({ role, member_id }: { role: string; member_id: string }) =>
      role === 'owner' && member_id !== me.member_id,
  );
  for (const { member_id } of owners) await vault.ok('DELETE', `/v1/members/${member_id}`);
  for (const answer of [
    await vault.api('DELETE', `/v1/members/${me.member_id}`),
    await vault.api('PATCH', `/v1/members/${me.member_id}`, { role: 'admin' }),
  ]) {
    assert.equal(answer.json.error.code, 'conflict');
  }
  const other = await member('owner');
  await stepUp(vault, other.cookie);
  // Each removes the other, at once: one of them stays.
  const [a, b] = await Promise.all([
    vault.api('DELETE', `/v1/members/${other.member_id}`),
    withCookie(other.cookie, 'PATCH', `/v1/members/${me.member_id}`, { role: 'owner' }),
  ]);
  assert.equal(a.status, 204);
  assert.ok([200, 401].includes(b.status));

  const twice = await vault.api('POST', '/v1/members', { email: admin.email.toUpperCase(), role: 'auditor' });
  assert.equal(twice.json.error.code, 'conflict', 'an address in another case is the same');
});

test('a removed member is gone with tokens and sessions, and the address is free again', async () => {
  const one = await member('developer');
  await stepUp(vault, one.cookie);
  const made = await withCookie(one.cookie, 'POST', '/v1/tokens', { name: 't' });
  await vault.ok('DELETE', `/v1/members/${one.member_id}`);
  assert.equal((await withCookie(one.cookie, 'GET', '/v1/session')).status, 401);
  assert.equal((await vault.api('GET', '/v1/session', undefined, { token: made.json.token })).status, 401);
  assert.equal((await signIn(one.email)).status, 401);
  await vault.ok('POST', '/v1/members', { email: one.email, role: 'auditor' });
  assert.equal((await signIn(one.email)).status, 401, 'without a password nobody signs in');
});

test('W5: guesses are slowed, also all at once, with the same answer for an address that is unknown', async () => {
  const known = await member('auditor');
  const unknown = `${randomUUID()}@example.com`;
  const shapes = new Set<string>();
  for (const email of [known.email, unknown]) {
    // Other tests sign in from this address too.
    await sql(await database(vault), 'DELETE FROM sign_in_failures');
    const startedAt = performance.now();
    const tries = await Promise.all(Array.from({ length: 20 }, () => signIn(email, 'a wrong guess')));
    const seconds = (performance.now() - startedAt) / 1000;
    const statuses = tries.map(({ status }) => status);
    const judged = statuses.filter((status) => status === 401).length;
    // After the fifth the wait is a second, and doubles: where twenty take longer than that, a further one may pass.
    const most = 5 + Math.floor(Math.log2(seconds + 1));
    assert.ok(judged >= 5 && judged <= most, `${seconds} s: ${statuses.join()}`);
    assert.equal(statuses.filter((status) => status === 429).length, 20 - judged);
    for (const { status, json, headers } of tries) {
      if (status === 429) assert.match(headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      shapes.add(`${status} ${json.error.code} ${json.error.message}`);
    }
    // So that the wait is long enough for the slowest machine.
    await sql(await database(vault), 'UPDATE sign_in_failures SET failures = failures + 7');
    assert.equal((await signIn(email)).status, 429, 'the right password waits too, from this address');
  }
  assert.equal(shapes.size, 2);
});

test('W5: who guesses from elsewhere does not lock the owner of the account out', async () => {
  const known = await member('auditor');
  const forwarded = await startVault({ env: { ALTER_TRUSTED_PROXIES: '127.0.0.1/32' } });
  try {
    const from = (ip: string, password: string): Promise<Answer> =>
      forwarded.api(
        'POST',
        '/v1/session',
        { email: known.email, password },
        {
          token: null,
          headers: { 'X-Forwarded-For': ip },
        },
      );
    await forwarded.ok('POST', '/v1/members', { email: known.email, role: 'auditor', password: PASSWORD });
    await Promise.all(Array.from({ length: 12 }, () => from('203.0.113.9', 'a wrong guess')));
    assert.equal((await from('203.0.113.9', PASSWORD)).status, 429);
    assert.equal((await from('198.51.100.7', PASSWORD)).status, 200);
    // One address that guesses at many accounts is slowed as well.
    const sprayed = [];
    for (let i = 0; i < 25; i += 1) {
      const email = `spray-${i}@example.com`;
      sprayed.push(
        await forwarded.api(
          'POST',
          '/v1/session',
          { email, password: 'Spring2026!' },
          {
            token: null,
            headers: { 'X-Forwarded-For': '203.0.113.77' },
          },
        ),
      );
    }
    assert.ok(sprayed.some(({ status }) => status === 429));
  } finally {
    await forwarded.stop();
  }
});

test('a password is stored as argon2id only, and appears nowhere', async () => {
  const password = canary();
  const { member_id } = await vault.ok('POST', '/v1/members', {
    email: `${randomUUID()}@example.com`,
    role: 'auditor',
    password,
  });
  const [row] = await sql(await database(vault), 'SELECT password_hash FROM members WHERE member_id = $1', [
    member_id,
  ]);
  assert.match(String(row?.['password_hash']), /^\$argon2id\$/);
  const short = await vault.api('POST', '/v1/members', {
    email: 'x@example.com',
    role: 'auditor',
    password: 'hunter2',
  });
  assert.equal(short.json.error.issues[0].path, 'password');
  assert.doesNotMatch(short.text, /hunter2/);
  assert.ok(!vault.log().includes(password));
  assert.ok(!JSON.stringify(await vault.audit()).includes(password));
});

const keyed = (path: string, body: unknown, key: string, token?: string): Promise<Answer> =>
  vault.api('POST', path, body, {
    ...(token === undefined ? {} : { token }),
    headers: { 'Idempotency-Key': key },
  });

test('an Idempotency-Key gives the same answer again, less what is shown once', async () => {
  const first = await keyed('/v1/apps/default/keys', { name: 'once' }, 'k-1');
  const again = await keyed('/v1/apps/default/keys', { name: 'once' }, 'k-1');
  assert.equal(again.status, 201);
  const { api_key, ...rest } = first.json;
  assert.ok(api_key.startsWith('alter_key_app_'));
  assert.deepEqual(again.json, rest);
  assert.equal(first.headers.get('idempotent-replayed'), null);
  assert.equal(again.headers.get('idempotent-replayed'), 'true');
  const token = await keyed('/v1/tokens', { name: 'once' }, 'k-1');
  assert.equal(token.status, 201, 'another route is another scope');
  const tokenAgain = await keyed('/v1/tokens', { name: 'once' }, 'k-1');
  assert.equal(tokenAgain.json.token_id, token.json.token_id);
  assert.equal(tokenAgain.json.token, undefined);
  const rows = await sql(await database(vault), 'SELECT answer::text AS answer FROM idempotency_keys');
  for (const { answer } of rows) {
    assert.ok(!String(answer).includes(api_key) && !String(answer).includes(token.json.token));
  }
});

test('an Idempotency-Key with another body is a conflict; another caller or app starts anew', async () => {
  const key = randomUUID();
  const one = await keyed('/v1/apps/default/agents', { name: 'idem-1' }, key);
  assert.equal(one.status, 201);
  const other = await keyed('/v1/apps/default/agents', { name: 'idem-2' }, key);
  assert.equal(other.json.error.code, 'conflict');
  await vault.ok('POST', '/v1/apps', { name: 'idem' });
  assert.equal((await keyed('/v1/apps/idem/agents', { name: 'idem-1' }, key)).status, 201);
  const { cookie } = await member('owner');
  const theirs = await withCookie(
    cookie,
    'POST',
    '/v1/apps/default/agents',
    { name: 'idem-3' },
    {
      'Sec-Fetch-Site': 'same-origin',
      'Idempotency-Key': key,
    },
  );
  assert.equal(theirs.status, 201);
  for (const bad of ['x'.repeat(256), 'a b', '']) {
    const answer = await keyed('/v1/apps/default/agents', { name: 'idem-4' }, bad);
    assert.equal(answer.json?.error?.issues?.[0].path, 'Idempotency-Key', answer.text);
  }
});

test('a request that failed does not use its Idempotency-Key up', async () => {
  const key = randomUUID();
  assert.equal((await keyed('/v1/apps', { name: 'default' }, key)).status, 409);
  assert.equal((await keyed('/v1/apps', { name: 'after-conflict' }, key)).status, 201);
});

test('twenty at once with one Idempotency-Key make one thing, and others go on meanwhile', async () => {
  const key = randomUUID();
  const [same, others] = await Promise.all([
    Promise.all(Array.from({ length: 20 }, () => keyed('/v1/apps/default/keys', { name: 'race' }, key))),
    Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        keyed('/v1/apps/default/agents', { name: `race-${i}` }, randomUUID()),
      ),
    ),
  ]);
  assert.deepEqual(new Set(same.map(({ status }) => status)), new Set([201]));
  assert.equal(new Set(same.map(({ json }) => json.key_id)).size, 1);
  assert.equal(same.filter(({ json }) => json.api_key !== undefined).length, 1, 'shown once');
  assert.equal(new Set(others.map(({ json }) => json.agent_id)).size, 20);
  const { items } = await vault.ok('GET', '/v1/apps/default/keys?limit=200');
  assert.equal(items.filter(({ name }: { name: string }) => name === 'race').length, 1);
});

test('I8: tokens, keys and cookies are stored as keyed hashes only', async () => {
  const { cookie } = await member('auditor');
  const { token } = await vault.ok('POST', '/v1/tokens', { name: 'hashed' });
  const { api_key } = await vault.key();
  const pepper = vault.server.api.pepper();
  const hashes = [
    ['access_tokens', 'token_hash', token],
    ['sessions', 'token_hash', cookie.split('=')[1] ?? ''],
    ['api_keys', 'key_hash', api_key],
  ] as const;
  for (const [table, column, text] of hashes) {
    const rows = await sql(await database(vault), `SELECT 1 FROM ${table} WHERE ${column} = $1`, [
      hashCredentialText(pepper, text),
    ]);
    assert.equal(rows.length, 1, table);
  }
  for (const text of [token, cookie, api_key]) assert.ok(!vault.log().includes(text));
});
