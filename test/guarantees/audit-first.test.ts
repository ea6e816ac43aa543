/**
 * I3, I4: nothing is opened, sent or released before its event is durable. The audit is made to fail in every way that a
 * database offers; the call is refused, the upstream hears nothing, no credential leaves, also for what lies in memory.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { stopPostgres, testPostgres, type Answer } from '../vault.ts';
import { childrenOf, until } from '../vault-process.ts';
import { makeApp, startRig, type App, type Rig } from './rig.ts';

let rig: Rig;
let app: App;
before(async () => {
  rig = await startRig();
  app = await makeApp(rig);
});
after(async () => {
  await rig?.stop();
  await stopPostgres();
});

const proxied = (path = '/'): Promise<Answer> =>
  rig.vault.proxy(app.key, app.grantId, rig.upstream.origin + path);
const released = (): Promise<Answer> =>
  rig.vault.release(app.key, { grant_id: app.grantId, method: 'GET', url: `${rig.upstream.origin}/` });

/** Warm in memory, broken, tried in both modes, repaired, and well again. */
async function refusesWhile(breakIt: () => Promise<() => Promise<unknown>>, withinMs: number): Promise<void> {
  assert.equal((await proxied()).status, 200);
  assert.equal((await released()).status, 200);
  const repair = await breakIt();
  const { requests } = rig.upstream;
  const seen = requests.length;
  const connections = rig.upstream.connections();
  try {
    for (const attempt of [proxied, released, proxied]) {
      const startedAt = performance.now();
      const answer = await attempt();
      const tookMs = performance.now() - startedAt;
      assert.equal(answer.status, 503, answer.text);
      assert.match(answer.json.error.code, /^(audit_unavailable|unavailable)$/);
      assert.equal(answer.headers.get('alter-error'), answer.json.error.code);
      assert.ok(!answer.text.includes(app.token), 'nothing was released');
      assert.ok(tookMs < withinMs, `took ${tookMs} ms`);
    }
  } finally {
    await repair();
  }
  assert.equal(requests.length, seen, 'the upstream saw nothing');
  assert.equal(rig.upstream.connections(), connections);
  await until('well again', async () => (await proxied()).status === 200, 5_000);
  assert.equal((await released()).status, 200);
}

describe('the audit fails', () => {
  test('I3, I4: the right to insert is gone', () =>
    refusesWhile(async () => {
      await rig.sql('REVOKE INSERT ON audit_events FROM alter_runtime');
      return () => rig.sql('GRANT INSERT ON audit_events TO alter_runtime');
    }, 2_600));

  test('I3, I4: the partition of the month is gone', () =>
    refusesWhile(async () => {
      const [row] = await rig.sql(`
        SELECT c.oid::regclass::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'audit_events'::regclass
          AND pg_get_expr(c.relpartbound, c.oid) LIKE '%' || to_char(now() AT TIME ZONE 'UTC', '''YYYY-MM-01''') || ') TO%'`);
      const { name, bound } = row ?? assert.fail('no partition');
      await rig.sql(`ALTER TABLE audit_events DETACH PARTITION ${String(name)}`);
      return () => rig.sql(`ALTER TABLE audit_events ATTACH PARTITION ${String(name)} ${String(bound)}`);
    }, 2_600));

  test('I3, I4: the table is locked by somebody else', () =>
    refusesWhile(async () => {
      const other = new Client({ connectionString: rig.superuserUrl });
      await other.connect();
      await other.query('BEGIN; LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
      return async () => {
        await other.query('ROLLBACK');
        await other.end();
      };
    }, 5_000));

  test('I3, I4, F3: the database hangs', () =>
    refusesWhile(async () => {
      const { pid } = await testPostgres();
      const stopped = pidsOf(pid() ?? assert.fail('no postmaster'));
      for (const one of stopped) process.kill(one, 'SIGSTOP');
      return async () => {
        for (const one of stopped) process.kill(one, 'SIGCONT');
      };
    }, 5_000));

  test('I4: a commit that comes too late sends nothing, and its outcome says so', async () => {
    const other = new Client({ connectionString: rig.superuserUrl });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE audit_events IN ACCESS EXCLUSIVE MODE');
    const seen = rig.upstream.requests.length;
    const answer = await proxied('/late');
    assert.equal(answer.json.error.code, 'audit_unavailable');
    await other.query('ROLLBACK');
    await other.end();
    await until('well again', async () => (await proxied()).status === 200, 5_000);
    assert.deepEqual(
      rig.upstream.requests.slice(seen).filter(({ url }) => url === '/late'),
      [],
    );
    const events = await rig.vault.audit({ url_prefix: `${rig.upstream.origin}/late` }, app.appId);
    const authorized = events.filter(({ kind }) => kind === 'call.authorized').length;
    const refused = events.filter(({ code }) => code === 'audit_unavailable').length;
    assert.equal(refused, authorized, 'whatever was committed behind its back is closed as not sent');
  });

  test('I3: a call that is denied opens nothing: its ciphertext may be unreadable', async () => {
    const other = await makeApp(rig);
    await rig.sql('UPDATE secret_versions SET sealed = sealed || sealed WHERE secret_id = $1', [
      other.secretId,
    ]);
    const answer = await rig.vault.proxy(other.key, other.grantId, 'https://example.com/');
    assert.equal(answer.json.error.code, 'host_not_allowed', 'decided before it was opened');
  });

  test('I4: each event is committed before the upstream hears of its call', async () => {
    const asked: Promise<Record<string, unknown>[]>[] = [];
    rig.upstream.behave((request, response) => {
      const path = new URL(request.url ?? '', rig.upstream.origin).pathname;
      asked.push(
        rig.sql(`SELECT 1 FROM audit_events WHERE kind = 'call.authorized' AND url = $1`, [
          rig.upstream.origin + path,
        ]),
      );
      response.end('ok');
    });
    const calls = Array.from({ length: 25 }, (_, n) => proxied(`/before-${n}`));
    for (const answer of await Promise.all(calls)) assert.equal(answer.status, 200);
    assert.deepEqual(
      (await Promise.all(asked)).map((rows) => rows.length),
      asked.map(() => 1),
    );
    assert.equal(asked.length, 25);
  });
});

/** A postmaster and its children. */
function pidsOf(postmaster: number): number[] {
  return [postmaster, ...childrenOf(postmaster)];
}
