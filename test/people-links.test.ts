/** One-time links: invitations and recovery, mailed and handed over; and every use of a link that must not count. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { codeAt } from './authenticator-app.ts';
import { Authenticator } from './authenticator.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import { sql } from './postgres.ts';
import { asSession, cookieOf, newMember, PASSWORD, signIn, stepUp } from './sessions.ts';
import { startVault, stopPostgres, testPostgres, type Answer, type Json, type TestVault } from './vault.ts';

const ORIGIN = 'https://vault.example.com';
const NEW_PASSWORD = 'seventeen quiet lighthouses';

let vault: TestVault;
let sink: MailSink;
let superuser: string;

before(async () => {
  sink = await startMailSink({ tlsFromStart: true });
  vault = await startVault({
    env: {
      ALTER_PUBLIC_URL: ORIGIN,
      ALTER_SMTP_URL: `smtps://localhost:${sink.port}`,
      ALTER_SMTP_FROM: 'vault@example.com',
      ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
    },
  });
  const url = new URL((await testPostgres()).superuserUrl);
  url.pathname = new URL(vault.urls.ownerUrl).pathname;
  superuser = url.href;
});
after(async () => {
  await vault?.stop();
  await sink?.stop();
  await stopPostgres();
});

const post = (path: string, body?: unknown): Promise<Answer> =>
  vault.api('POST', path, body, { token: null });
const codeOf = ({ json }: Answer): string | undefined => json?.error?.code;
const address = (): string => `${randomUUID()}@example.com`;
const tokenOf = (url: string): string => url.split('#token=')[1] ?? '';
const readable = (raw: string): string =>
  raw
    .replaceAll('=\r\n', '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));

/** The mails to an address, once there are so many. */
async function mailsTo(email: string, count: number): Promise<string[]> {
  for (let tries = 0; ; tries += 1) {
    const found = sink.mails.filter(({ to }) => to.includes(email)).map(({ raw }) => readable(raw));
    if (found.length >= count) return found;
    assert.ok(tries < 200, `${found.length} mails to ${email}, not ${count}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const invite = (role = 'developer', email = address()): Promise<Json> =>
  vault.ok('POST', '/v1/invitations', { email, role });
const accept = (url: string, more: object = { password: NEW_PASSWORD }): Promise<Answer> =>
  post('/v1/invitation/accept', { token: tokenOf(url), ...more });
const eventsOf = (kind: string): Promise<Json[]> => vault.audit({ kind });

async function askRecovery(email: string): Promise<string> {
  const before = sink.mails.filter(({ to }) => to.includes(email)).length;
  assert.equal((await post('/v1/recovery', { email })).status, 204);
  const mail = (await mailsTo(email, before + 1)).at(-1) ?? '';
  return /https:\S+#token=[\w-]+/.exec(mail)?.[0] ?? '';
}

test('an invitation is handed over and mailed, says what it is for, and is taken up with a password, once', async () => {
  const invited = await invite('approver');
  assert.equal(invited.status, 'invited');
  assert.equal(invited.mailed, true);
  assert.ok(invited.invitation_url.startsWith(`${ORIGIN}/invitation#token=alter_invitation_`));
  const [mail = ''] = await mailsTo(invited.email, 1);
  assert.ok(mail.includes(invited.invitation_url));
  const read = await post('/v1/invitation/read', { token: tokenOf(invited.invitation_url) });
  assert.deepEqual([read.json.email, read.json.role], [invited.email, 'approver']);

  const weak = await accept(invited.invitation_url, { password: 'password1234' });
  assert.equal(weak.json.error.issues[0].path, 'password');
  for (const both of [{}, { password: NEW_PASSWORD, passkey: { name: 'x', credential: {} } }])
    assert.equal(codeOf(await accept(invited.invitation_url, both)), 'invalid_request');
  const joined = await accept(invited.invitation_url, { password: NEW_PASSWORD, display_name: 'Ada' });
  assert.equal(joined.status, 200, joined.text);
  const me = await asSession(vault, cookieOf(joined), 'GET', '/v1/session');
  assert.deepEqual([me.json.role, me.json.display_name, me.json.has_password], ['approver', 'Ada', true]);
  const sessions = await asSession(vault, cookieOf(joined), 'GET', '/v1/sessions');
  assert.equal(sessions.json.items[0].signed_in_by, 'invitation');
  assert.equal((await post('/v1/session', { email: invited.email, password: NEW_PASSWORD })).status, 200);
  assert.equal(codeOf(await accept(invited.invitation_url)), 'unauthenticated', 'used');
  const renewed = await vault.api('POST', `/v1/members/${invited.member_id}/invitation`);
  assert.equal(codeOf(renewed), 'conflict');

  const [event] = await eventsOf('member.joined');
  assert.equal(event.actor.member_id, invited.member_id);
  assert.ok(event.epoch !== null);
  for (const place of [vault.log(), JSON.stringify(await vault.audit())])
    assert.ok(!place.includes(tokenOf(invited.invitation_url)));
  const rows = JSON.stringify(await sql(superuser, 'SELECT token_hash::text FROM member_links'));
  assert.ok(!rows.includes(tokenOf(invited.invitation_url).slice(17)));
});

test('an invitation is taken up with a passkey, asked for under its link alone', async () => {
  const { invitation_url: url, email } = await invite('auditor');
  const other = await invite('owner');
  const device = new Authenticator(ORIGIN);
  const begin = async (of: string): Promise<Json> =>
    (await post('/v1/invitation/passkey/options', { token: tokenOf(of) })).json.options;
  const elsewhere = device.register(await begin(other.invitation_url));
  const passkey = { name: 'phone', credential: elsewhere };
  assert.equal(codeOf(await accept(url, { passkey })), 'unauthenticated', 'asked for under another link');
  const joined = await accept(url, {
    passkey: { name: 'phone', credential: device.register(await begin(url)) },
  });
  assert.equal(joined.status, 200, joined.text);
  assert.deepEqual([joined.json.email, joined.json.has_password, joined.json.passkeys], [email, false, 1]);
  const options = (await post('/v1/session/passkey/options')).json.options;
  assert.equal((await post('/v1/session/passkey', { credential: device.answer(options) })).status, 200);
});

test('of five who take up one invitation at once, one is in', async () => {
  const { invitation_url: url } = await invite();
  const tries = await Promise.all(Array.from({ length: 5 }, () => accept(url)));
  assert.deepEqual(tries.map(({ status }) => status).toSorted(), [200, 401, 401, 401, 401]);
});

test('an invitation is good no longer when it is renewed, over, or the member removed', async () => {
  const first = await invite();
  const second = await vault.ok('POST', `/v1/members/${first.member_id}/invitation`);
  assert.equal(codeOf(await accept(first.invitation_url)), 'unauthenticated', 'renewed');
  await vault.ok('DELETE', `/v1/members/${first.member_id}`);
  assert.equal(codeOf(await accept(second.invitation_url)), 'unauthenticated', 'removed');
  const again = await invite('developer', first.email);
  assert.equal((await accept(again.invitation_url)).status, 200, 'the address can be invited again');
  for (const token of [
    '',
    'alter_invitation_',
    'x',
    tokenOf(first.invitation_url).replace('invitation', 'recovery'),
  ])
    assert.notEqual((await post('/v1/invitation/read', { token })).status, 200, token);
});

test('A16: who invites is bound by the rules of who manages whom, and a session must have stepped up', async () => {
  const admin = await newMember(vault, 'admin');
  const body = { email: address(), role: 'developer' };
  const asAdmin = (of: object): Promise<Answer> =>
    asSession(vault, admin.cookie, 'POST', '/v1/invitations', of);
  assert.equal(codeOf(await asAdmin(body)), 'step_up_required');
  await stepUp(vault, admin.cookie);
  assert.equal(codeOf(await asAdmin({ ...body, role: 'owner' })), 'insufficient_scope');
  assert.equal((await asAdmin(body)).status, 201);
  assert.equal(codeOf(await asAdmin(body)), 'conflict', 'the same address');
  const developer = await newMember(vault, 'developer');
  const refused = await asSession(vault, developer.cookie, 'POST', '/v1/invitations', body);
  assert.equal(codeOf(refused), 'insufficient_scope');
  const owner = await newMember(vault, 'owner');
  for (const [method, path] of [
    ['POST', 'recovery'],
    ['DELETE', 'factors'],
  ] as const) {
    const on = (id: string): Promise<Answer> =>
      asSession(vault, admin.cookie, method, `/v1/members/${id}/${path}`);
    assert.equal(codeOf(await on(owner.memberId)), 'insufficient_scope', `${path} of an owner`);
    assert.equal(codeOf(await on(admin.memberId)), 'conflict', `${path} of oneself`);
  }
});

test('F15: a link that was given to another member, made longer or put back by SQL lets nobody in', async () => {
  const mallory = await invite();
  const owner = await newMember(vault, 'owner');
  const edited = [
    `UPDATE member_links SET member_id = '${owner.memberId}' WHERE member_id = '${mallory.member_id}'`,
    `UPDATE member_links SET expires_at = expires_at + interval '1 year' WHERE member_id = '${mallory.member_id}'`,
  ];
  await sql(superuser, 'CREATE TABLE kept AS SELECT * FROM member_links WHERE member_id = $1', [
    mallory.member_id,
  ]);
  for (const statement of edited) {
    await sql(superuser, statement);
    assert.equal(codeOf(await accept(mallory.invitation_url)), 'integrity_error', statement);
    await sql(superuser, 'DELETE FROM member_links WHERE link_id = (SELECT link_id FROM kept)');
    await sql(superuser, 'INSERT INTO member_links SELECT * FROM kept');
  }
  await vault.ok('POST', `/v1/members/${mallory.member_id}/invitation`);
  await sql(superuser, 'INSERT INTO member_links SELECT * FROM kept');
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // the set is read anew
  assert.equal(codeOf(await accept(mallory.invitation_url)), 'integrity_error', 'put back');
  await sql(superuser, 'DELETE FROM member_links WHERE link_id = (SELECT link_id FROM kept)');
  assert.match(vault.log(), /"alarm":"integrity"/);
});

test('W6: a forgotten password is set anew by a mailed link, once; every session ends, and the second factor stays', async () => {
  const one = await newMember(vault, 'developer');
  await stepUp(vault, one.cookie);
  const { secret } = (await asSession(vault, one.cookie, 'POST', '/v1/totp')).json;
  const confirmed = await asSession(vault, one.cookie, 'POST', '/v1/totp/confirm', { code: codeAt(secret) });
  assert.equal(confirmed.status, 200, confirmed.text);
  await mailsTo(one.email, 1);
  const url = await askRecovery(one.email);
  assert.ok(url.startsWith(`${ORIGIN}/recovery#token=alter_recovery_`), url);
  const complete = (of = url, new_password = NEW_PASSWORD): Promise<Answer> =>
    post('/v1/recovery/complete', { token: tokenOf(of), new_password });
  assert.equal(codeOf(await complete(url, 'password1234')), 'invalid_request');
  const tries = await Promise.all(Array.from({ length: 4 }, () => complete()));
  assert.deepEqual(
    tries.map(({ status }) => status).toSorted(),
    [204, 401, 401, 401],
    'of four at once, one',
  );
  assert.equal(tries.find(({ status }) => status === 204)?.headers.get('set-cookie'), null);
  assert.equal((await asSession(vault, one.cookie, 'GET', '/v1/session')).status, 401, 'sessions ended');
  const proof = { email: one.email, password: NEW_PASSWORD };
  assert.equal(codeOf(await post('/v1/session', proof)), 'second_factor_required');
  assert.equal((await post('/v1/session', { ...proof, totp_code: codeAt(secret, 1) })).status, 200);
  assert.equal((await post('/v1/session', { ...proof, password: PASSWORD })).status, 401);
  const mails = await mailsTo(one.email, 3);
  assert.match(mails.at(-1) ?? '', /A new password was set by a recovery link/);
  const [event] = await eventsOf('password.recovered');
  assert.equal(event.actor.member_id, one.memberId);
});

test('W6: who asks learns nothing of who is there, and who has no password is sent no link', async () => {
  const holder = await invite();
  const device = new Authenticator(ORIGIN);
  const { options } = (
    await post('/v1/invitation/passkey/options', { token: tokenOf(holder.invitation_url) })
  ).json;
  await accept(holder.invitation_url, { passkey: { name: 'phone', credential: device.register(options) } });
  const known = await newMember(vault, 'developer');
  const answers = await Promise.all(
    [known.email, address(), holder.email].map((email) => post('/v1/recovery', { email })),
  );
  assert.deepEqual(
    answers.map(({ status, text }) => [status, text]),
    [
      [204, ''],
      [204, ''],
      [204, ''],
    ],
  );
  await mailsTo(known.email, 1);
  const letter = (await mailsTo(holder.email, 2)).at(-1) ?? '';
  assert.match(letter, /has no password/);
  assert.doesNotMatch(letter, /#token=/);
  for (let i = 0; i < 6; i += 1) await post('/v1/recovery', { email: known.email });
  assert.equal(codeOf(await post('/v1/recovery', { email: known.email })), 'rate_limited');
});

test('W6: the link is of the vault’s own origin, whatever host the request names', async () => {
  const { email } = await newMember(vault, 'developer');
  const body = JSON.stringify({ email });
  const { hostname, port } = new URL(vault.url);
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example',
      'Content-Type': 'application/json',
      'Content-Length': body.length,
    };
    const asking = request({ hostname, port, method: 'POST', path: '/v1/recovery', headers });
    asking.on('response', (answer) => resolve(answer.resume().statusCode)).on('error', reject);
    asking.end(body);
  });
  assert.equal(status, 204);
  const [mail = ''] = await mailsTo(email, 1);
  assert.ok(mail.includes(`${ORIGIN}/recovery#token=`));
  assert.ok(!mail.includes('evil.example'));
});

test('W6: a link of an owner or admin counts a quarter of an hour later, and changing the password takes it back', async () => {
  const owner = await newMember(vault, 'owner');
  const url = await askRecovery(owner.email);
  const body = { token: tokenOf(url), new_password: NEW_PASSWORD };
  const read = await post('/v1/recovery/read', { token: body.token });
  const waitMs = Date.parse(read.json.counts_from) - Date.now();
  assert.ok(waitMs > 14 * 60_000 && waitMs < 16 * 60_000, `${waitMs}`);
  assert.equal(codeOf(await post('/v1/recovery/complete', body)), 'conflict');
  const changed = await asSession(vault, owner.cookie, 'PUT', '/v1/password', {
    current_password: PASSWORD,
    new_password: `${NEW_PASSWORD} 2`,
  });
  assert.equal(changed.status, 200, changed.text);
  assert.equal(codeOf(await post('/v1/recovery/read', { token: body.token })), 'unauthenticated');
});

test('an owner makes a link for a member, and takes away factors that are lost; the member is told of both', async () => {
  const one = await newMember(vault, 'admin');
  await stepUp(vault, one.cookie);
  const device = new Authenticator(ORIGIN);
  const { options } = (await asSession(vault, one.cookie, 'POST', '/v1/passkeys/options')).json;
  await asSession(vault, one.cookie, 'POST', '/v1/passkeys', {
    name: 'phone',
    credential: device.register(options),
  });
  const { secret } = (await asSession(vault, one.cookie, 'POST', '/v1/totp')).json;
  await asSession(vault, one.cookie, 'POST', '/v1/totp/confirm', { code: codeAt(secret) });
  await vault.ok('DELETE', `/v1/members/${one.memberId}/factors`);
  assert.equal((await asSession(vault, one.cookie, 'GET', '/v1/session')).status, 401);
  const back = await asSession(vault, await signIn(vault, one.email), 'GET', '/v1/session');
  assert.deepEqual([back.json.has_totp, back.json.passkeys], [false, 0]);

  const made = await vault.ok('POST', `/v1/members/${one.memberId}/recovery`);
  const body = { token: tokenOf(made.recovery_url), new_password: NEW_PASSWORD };
  assert.equal(
    (await post('/v1/recovery/complete', body)).status,
    204,
    'made by somebody who may: without delay',
  );
  const told = (await mailsTo(one.email, 5)).join('\n');
  for (const sentence of [
    'A passkey was added',
    'An authenticator app was set up',
    'removed your authenticator app',
    'made a link with which a new password',
    'A new password was set',
  ])
    assert.ok(told.includes(sentence), sentence);
  assert.ok(!told.includes('#token='));
  const [reset] = await eventsOf('second_factor.reset');
  assert.deepEqual(reset.context, { member: one.memberId, totp: true, passkeys: 1, identities: 0 });
});

test('without a mail server nothing is mailed, and the page is told so', async () => {
  const plain = await startVault();
  try {
    const options = await plain.api('GET', '/v1/session/options', undefined, { token: null });
    assert.equal(options.json.recovery, false);
    const invited = await plain.ok('POST', '/v1/invitations', { email: address(), role: 'auditor' });
    assert.equal(invited.mailed, false);
    const asked = await plain.api('POST', '/v1/recovery', { email: invited.email }, { token: null });
    assert.equal(asked.status, 204);
  } finally {
    await plain.stop();
  }
});
