/** What an organization sets for itself, and the name and the end of an app. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { retentionInForce } from '../packages/server/src/access/retention.ts';
import { startMailSink } from './mail-sink.ts';
import { asSession, newMember, stepUp } from './sessions.ts';
import { sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { startVault, stopPostgres, type Json, type TestVault } from './vault.ts';

const HOUR_MS = 3_600_000;
const SETTINGS = '/v1/settings';

let vault: TestVault & { dataDir: string };
let upstream: Upstream;

before(async () => {
  vault = await startVault();
  upstream = await startUpstream();
});
after(async () => {
  await vault?.stop();
  await upstream?.stop();
  await stopPostgres();
});

const retentionOf = async (of: TestVault = vault): Promise<Json> =>
  (await of.ok('GET', SETTINGS)).audit_retention;

/** By which months the upkeep would drop at a time from now. */
const inForce = (hours: number, monthsMin?: number): Promise<number | undefined> => {
  const { db, macKey } = vault.server.api;
  return retentionInForce(db, macKey(), monthsMin, Date.now() + hours * HOUR_MS);
};

test('the log is kept for ever until somebody says otherwise, who steps up; it is audited and takes a day', async () => {
  assert.deepEqual(await retentionOf(), {
    months: null,
    months_min: null,
    is_default: true,
    changed_at: null,
    in_force_at: null,
  });
  const { cookie } = await newMember(vault, 'admin');
  const body = { audit_retention_months: 13 };
  const asked = await asSession(vault, cookie, 'PATCH', SETTINGS, body);
  assert.equal(asked.json.error.code, 'step_up_required');
  await stepUp(vault, cookie);
  const changed = await asSession(vault, cookie, 'PATCH', SETTINGS, body);
  assert.equal(changed.status, 200, changed.text);
  const { months, is_default, in_force_at } = changed.json.audit_retention;
  assert.deepEqual([months, is_default], [13, false]);
  assert.ok(Math.abs(Date.parse(in_force_at) - Date.now() - 24 * HOUR_MS) < 60_000);
  const [event] = await vault.audit({ kind: 'settings.updated' });
  assert.deepEqual(event.context, { audit_retention_months: 13, before: null });
  assert.equal(await inForce(23), undefined, 'there is a day to take it back');
  assert.equal(await inForce(25), 13);
});

test('what the operator keeps at least can not be made less, and what they raise since counts', async () => {
  const env = { ALTER_AUDIT_RETENTION_MONTHS: '24' };
  const other = await startVault({ join: { ...vault, urls: vault.urls }, env });
  try {
    const { months, months_min } = await retentionOf(other);
    assert.deepEqual([months, months_min], [24, 24]);
    const less = await other.api('PATCH', SETTINGS, { audit_retention_months: 23 });
    assert.equal(less.json.error.code, 'invalid_request');
    assert.match(less.json.error.issues[0].message, /24 at least.*ALTER_AUDIT_RETENTION_MONTHS/);
    assert.equal(await inForce(25, 24), 24);
    await other.ok('PATCH', SETTINGS, { audit_retention_months: null });
    assert.equal((await retentionOf(other)).months, null);
    assert.equal(await inForce(25, 24), undefined);
  } finally {
    await other.stop();
  }
});

test('I6: a retention that the vault did not write drops nothing and is refused', async () => {
  await vault.ok('PATCH', SETTINGS, { audit_retention_months: 60 });
  await sql(vault.urls.ownerUrl, 'UPDATE organization_settings SET audit_retention_months = 1');
  await assert.rejects(inForce(25), /not what was sealed/);
  assert.equal((await vault.api('GET', SETTINGS)).json.error.code, 'integrity_error');
  await vault.ok('PATCH', SETTINGS, { audit_retention_months: 60 });
  assert.equal(await inForce(25), 60, 'set anew it holds');
});

test('the facts of the vault hold nothing secret, and who has no business with them gets none', async () => {
  const { vault: facts, warnings } = await vault.ok('GET', SETTINGS);
  const { database, has_owner_role, root_key, counters, mail_server, egress_allow, public_url } = facts;
  assert.deepEqual(
    { database, has_owner_role, root_key, counters, mail_server, egress_allow, public_url },
    {
      database: 'external',
      has_owner_role: true,
      root_key: 'data_dir_file',
      counters: 'postgresql',
      mail_server: null,
      egress_allow: ['127.0.0.0/8'],
      public_url: vault.url,
    },
  );
  assert.equal(facts.single_sign_on, null);
  assert.deepEqual(warnings, []);
  const { cookie } = await newMember(vault, 'developer');
  assert.equal((await asSession(vault, cookie, 'GET', SETTINGS)).json.error.code, 'insufficient_scope');
});

test('a test mail goes to whoever asks for it; what the mail server says of it is told', async () => {
  const without = await newMember(vault, 'admin');
  const none = await asSession(vault, without.cookie, 'POST', `${SETTINGS}/test-mail`, {});
  assert.deepEqual([none.json.ok, none.json.code], [false, 'not_configured']);

  const sink = await startMailSink();
  const own = await startVault({
    env: {
      ALTER_SMTP_URL: `smtp://localhost:${sink.port}`,
      ALTER_EGRESS_CA_FILE: fileURLToPath(new URL('tls/ca.pem', import.meta.url)),
    },
  });
  try {
    const { email, cookie } = await newMember(own, 'admin');
    const send = (): Promise<Json> => asSession(own, cookie, 'POST', `${SETTINGS}/test-mail`, {});
    assert.deepEqual((await send()).json, { ok: true, to: email, status_code: null, code: null });
    assert.deepEqual(sink.mails[0]?.to, [email]);
    assert.match(sink.mails[0]?.raw ?? '', /Test mail/);
    sink.refuse('550 no such box');
    assert.deepEqual((await send()).json, { ok: false, to: email, status_code: 550, code: 'refused' });
    const events = await own.audit({ kind: 'mail.tested' });
    assert.deepEqual(
      events.map((one) => one.code),
      ['refused', null],
    );
  } finally {
    await own.stop();
    await sink.stop();
  }
});

test('I6, I12: an app that is renamed goes on under its new name on every server', async () => {
  const other = await startVault({ join: { ...vault, urls: vault.urls } });
  try {
    const app = await vault.ok('POST', '/v1/apps', { name: 'before' });
    const { api_key: key } = await vault.key({}, 'before');
    const call = (to: TestVault): Promise<Json> =>
      to.proxy(key, '01900000-0000-7000-8000-000000000000', upstream.origin);
    assert.equal((await call(other)).json.error.code, 'not_found', 'the key works');
    const taken = await vault.api('PATCH', '/v1/apps/before', { name: 'default' });
    assert.equal(taken.json.error.code, 'conflict');
    assert.equal((await vault.ok('PATCH', '/v1/apps/before', { name: 'after' })).app_id, app.app_id);
    for (const one of [vault, other]) {
      assert.equal((await call(one)).json.error.code, 'not_found');
      assert.equal((await one.api('GET', '/v1/apps/before/keys')).status, 404);
      assert.equal((await one.ok('GET', '/v1/apps/after/keys')).items.length, 1);
    }
    const [event] = await vault.audit({ kind: 'app.updated' }, 'after');
    assert.deepEqual(event.context, { app: 'after', before: 'before' });
    await sql(vault.urls.ownerUrl, `UPDATE apps SET name = 'stolen' WHERE app_id = $1`, [app.app_id]);
    const third = await startVault({ join: { ...vault, urls: vault.urls } });
    assert.equal((await third.api('GET', '/v1/apps/stolen/overview')).json.error.code, 'integrity_error');
    await third.stop();
  } finally {
    await other.stop();
  }
});

test('I12: a deleted app lets nothing through, its credentials are gone, its log is left, its name is free', async () => {
  const app = await vault.ok('POST', '/v1/apps', { name: 'going' });
  const { api_key: key } = await vault.key({}, 'going');
  const secret = await vault.ok('POST', '/v1/apps/going/secrets', {
    name: 'of-going',
    credential_type: 'bearer',
    credential: { token: 'a-token-of-the-app' },
    allowed_hosts: [upstream.host],
  });
  await vault.ok('POST', '/v1/apps/going/agents', { name: 'worker' });
  await vault.ok('POST', '/v1/apps/going/channels', {
    name: 'hook',
    type: 'webhook',
    url: `${upstream.origin}/hook`,
    events: ['approval.requested'],
  });
  assert.equal((await vault.proxy(key, secret.grant_id, `${upstream.origin}/ok`)).status, 200);

  const { cookie } = await newMember(vault, 'admin');
  const gone = (): Promise<Json> => asSession(vault, cookie, 'DELETE', '/v1/apps/going');
  assert.equal((await gone()).json.error.code, 'step_up_required');
  await stepUp(vault, cookie);
  assert.equal((await gone()).status, 204);
  assert.equal((await vault.proxy(key, secret.grant_id, `${upstream.origin}/ok`)).status, 401);
  const [left] = await sql(
    vault.urls.ownerUrl,
    `SELECT (SELECT count(*)::int FROM secret_versions WHERE app_id = $1) AS versions,
       (SELECT count(*)::int FROM channels WHERE app_id = $1) AS channels,
       (SELECT count(*)::int FROM grants WHERE app_id = $1 AND revoked_at IS NULL) AS grants`,
    [app.app_id],
  );
  assert.deepEqual({ ...left }, { versions: 0, channels: 0, grants: 0 });
  const names = (await vault.ok('GET', '/v1/apps')).items.map((one: Json) => one.name);
  assert.equal(names.includes('going'), false);
  for (const path of [`/v1/apps/going/secrets`, `/v1/apps/${app.app_id}/secrets`])
    assert.equal((await vault.api('GET', path)).status, 404, path);
  const [event] = await vault.audit({ kind: 'app.deleted' }, app.app_id);
  const { secrets, grants, keys, agents, policies, channels } = event.context;
  assert.deepEqual([secrets, grants, keys, agents, policies, channels], [1, 1, 1, 1, 0, 1]);
  assert.notEqual((await vault.ok('POST', '/v1/apps', { name: 'going' })).app_id, app.app_id);
});

test('the first app of an organization stays: the log of its people stands in it', async () => {
  const refused = await vault.api('DELETE', '/v1/apps/default');
  assert.equal(refused.json.error.code, 'conflict');
  assert.equal((await vault.ok('GET', '/v1/apps')).items[0].name, 'default');
});
