/** `alter apps`, `alter settings` and `alter members`: what is grave is asked for, what is shown once is printed. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { APP, type CliRig, page, type Ran, refusal, startCliRig } from './cli-rig.ts';

const MEMBER = '01990000-0000-7000-8000-000000000006';
const LINK = 'https://vault.example.com/invitation#alter_inv_once';
const AT = '2026-11-22T10:00:00.000Z';

let cli: CliRig;

before(async () => {
  cli = await startCliRig();
});
after(() => cli.stop());
beforeEach(() => {
  for (const route of Object.keys(cli.answers)) delete cli.answers[route];
  cli.seen.length = 0;
});

const alter = (...args: string[]): Promise<Ran> => cli.alter(args);
const changes = (): readonly string[] =>
  cli.seen.map(({ route }) => route).filter((route) => !route.startsWith('GET'));

describe('apps', () => {
  test('rename: by name, and it tells the name of now', async () => {
    cli.answers['PATCH /v1/apps/billing'] = [200, { app_id: APP, name: 'invoicing' }];
    const { code, out, err } = await alter('apps', 'rename', 'billing', 'invoicing');
    assert.equal(code, 0, err);
    assert.deepEqual(cli.last()?.body, { name: 'invoicing' });
    assert.match(out, /app +invoicing/);
    assert.equal((await alter('apps', 'rename', 'nowhere', 'x')).code, 4);
    assert.equal((await alter('apps', 'rename', 'billing')).code, 2);
  });

  test('delete: by name with --yes, by its id; where its log is found afterwards', async () => {
    cli.answers[`DELETE /v1/apps/${APP}`] = [204, undefined];
    for (const given of ['default', APP]) {
      const { code, out, err } = await alter('apps', 'delete', given, '--yes');
      assert.equal(code, 0, err);
      assert.ok(out.includes(`alter audit search --app ${APP}`));
    }
    assert.deepEqual(changes(), [`DELETE /v1/apps/${APP}`, `DELETE /v1/apps/${APP}`]);
    assert.equal((await alter('apps', 'delete', 'nowhere', '--yes')).code, 4);
  });

  test('delete: without a terminal and without --yes nothing is asked of the vault', async () => {
    const { code, err } = await alter('apps', 'delete', 'default');
    assert.deepEqual([code, cli.seen], [2, []]);
    assert.match(err, /hint: Add --yes/);
  });

  test('delete: on a terminal its name is typed; anything else, and Ctrl C, keep it', async () => {
    cli.answers[`DELETE /v1/apps/${APP}`] = [204, undefined];
    for (const [keys, code, isDeleted] of [
      [['default', '\r'], 0, true],
      [['defaul', '\r', '\u0003'], 1, false],
      [['\u0003'], 1, false],
    ] as const) {
      cli.seen.length = 0;
      const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
      const done = cli.alter(['apps', 'delete', 'default'], { stdin });
      while (cli.seen.length === 0) await pause(5);
      for (const key of keys) {
        await pause(200);
        stdin.write(key);
      }
      const ran = await done;
      assert.equal(ran.code, code, ran.err);
      assert.equal(changes().length, isDeleted ? 1 : 0);
    }
  });
});

describe('settings', () => {
  const settings = {
    audit_retention: { months: 24, months_min: 12, is_default: false, changed_at: AT, in_force_at: AT },
    vault: { version: '0.1.0', mail_server: null, workers: 2, egress_allow: ['10.0.0.0/8'] },
    warnings: ['The database itself does not enforce append-only.'],
  };

  test('get: how long the log is kept, what the vault runs on, and what to look after', async () => {
    cli.answers['GET /v1/settings'] = [200, settings];
    const { code, out, err } = await alter('settings', 'get');
    assert.equal(code, 0, err);
    assert.match(out, /audit log kept +24 months\nin force at +2026-11-22/);
    assert.match(out, /at least +12 months/);
    assert.match(out, /mail_server +none/);
    assert.match(out, /warning +The database itself/);
    assert.deepEqual(JSON.parse((await alter('settings', 'get', '--json')).out), settings);
  });

  test('set: months, or for ever; nothing else', async () => {
    cli.answers['PATCH /v1/settings'] = [
      200,
      {
        ...settings,
        audit_retention: { months: null, months_min: null, is_default: false, in_force_at: null },
      },
    ];
    assert.equal((await alter('settings', 'set', '--audit-months', '36')).code, 0);
    assert.deepEqual(cli.last()?.body, { audit_retention_months: 36 });
    const { out } = await alter('settings', 'set', '--audit-months', 'forever');
    assert.deepEqual(cli.last()?.body, { audit_retention_months: null });
    assert.match(out, /audit log kept +for ever\n/);
    cli.seen.length = 0;
    for (const wrong of [[], ['--audit-months', '0'], ['--audit-months', 'two']])
      assert.equal((await alter('settings', 'set', ...wrong)).code, 2);
    assert.deepEqual(cli.seen, []);
  });

  test('test-mail: where it went, or why not', async () => {
    const answer = { ok: true, to: 'o@example.com', status_code: null, code: null };
    cli.answers['POST /v1/settings/test-mail'] = [200, answer];
    assert.match((await alter('settings', 'test-mail')).out, /on its way to o@example\.com/);
    cli.answers['POST /v1/settings/test-mail'] = [
      200,
      { ...answer, ok: false, status_code: 535, code: 'smtp_refused' },
    ];
    const { code, out } = await alter('settings', 'test-mail');
    assert.equal(code, 1);
    assert.match(out, /failed: smtp_refused, 535\./);
  });
});

describe('members', () => {
  const member = { member_id: MEMBER, email: 'dev@example.com', role: 'developer' };
  const invited = { ...member, invitation_url: LINK, invited_until: AT, mailed: false };

  test('invite: the link is printed once; again: a new one, by e-mail', async () => {
    cli.answers['GET /v1/members'] = page(member);
    cli.answers['POST /v1/invitations'] = [201, invited];
    cli.answers[`POST /v1/members/${MEMBER}/invitation`] = [200, invited];
    const email = ['--email', 'dev@example.com'];
    const { code, out, err } = await alter(
      ...['members', 'invite', ...email, '--role', 'developer', '--name', 'Dev'],
    );
    assert.equal(code, 0, err);
    assert.deepEqual(cli.last()?.body, { email: 'dev@example.com', role: 'developer', display_name: 'Dev' });
    assert.ok(out.includes(LINK));
    assert.match(out, /not shown again/);
    assert.ok((await alter('members', 'invite', ...email, '--again')).out.includes(LINK));
    assert.equal(cli.last()?.route, `POST /v1/members/${MEMBER}/invitation`);
    cli.seen.length = 0;
    assert.equal((await alter('members', 'invite', ...email)).code, 2, 'a role is needed');
    assert.deepEqual(cli.seen, []);
    cli.answers['POST /v1/invitations'] = [409, refusal('conflict')];
    assert.equal((await alter('members', 'invite', ...email, '--role', 'auditor')).code, 1);
  });

  test('recover: a link for a member by e-mail or id, and none for who is no member', async () => {
    const recovery_url = 'https://vault.example.com/recovery#alter_rec_once';
    cli.answers['GET /v1/members'] = page(member);
    cli.answers[`POST /v1/members/${MEMBER}/recovery`] = [201, { recovery_url, expires_at: AT }];
    for (const who of ['dev@example.com', MEMBER]) {
      const { code, out, err } = await alter('members', 'recover', who);
      assert.equal(code, 0, err);
      assert.ok(out.includes(recovery_url));
    }
    assert.equal((await alter('members', 'recover', 'nobody@example.com')).code, 4);
  });

  test('role: changed by e-mail; a role that there is not, and the last owner, keep theirs', async () => {
    cli.answers['GET /v1/members'] = page(member);
    cli.answers[`PATCH /v1/members/${MEMBER}`] = [200, { ...member, role: 'approver' }];
    const { code, out, err } = await alter('members', 'role', 'dev@example.com', 'approver');
    assert.equal(code, 0, err);
    assert.deepEqual(cli.last()?.body, { role: 'approver' });
    assert.match(out, /role +approver/);
    assert.equal((await alter('members', 'role', 'dev@example.com', 'king')).code, 1);
    cli.answers[`PATCH /v1/members/${MEMBER}`] = [409, refusal('conflict')];
    assert.match(
      (await alter('members', 'role', 'dev@example.com', 'auditor')).err,
      /^alter: It is conflict\./,
    );
  });
});
