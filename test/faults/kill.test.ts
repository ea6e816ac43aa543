/**
 * F1, F2: servers and the database are killed by force under load. Nothing that a caller was told is missing in the audit
 * log, the upstream saw nothing that was not authorised before, and what was under way is closed as unknown.
 */
import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { after, test } from 'node:test';
import { verifyExport } from '../../packages/cli/src/audit-verify.ts';
import { pause } from '../guarantees/rig.ts';
import { onDatabase, sql, superuserUrlOf } from '../postgres.ts';
import { startUpstream } from '../upstream.ts';
import { stopPostgres, testPostgres } from '../vault.ts';
import {
  sharedOptions,
  postmasterPid,
  startVaultProcess,
  until,
  type VaultProcess,
} from '../vault-process.ts';
import { missing, recordedCalls, startLoad } from './load.ts';

const ROUNDS = 4;
const CALLERS = 16;

after(stopPostgres);

test('F1: two servers, one killed by force every 2 s under load', { timeout: 150_000 }, async (t) => {
  const upstream = await startUpstream();
  // Slow enough that each kill finds calls under way.
  upstream.behave((_request, response) => setTimeout(() => response.end('ok'), 30));
  const postgres = await testPostgres();
  const urls = await postgres.fresh();
  const superuser = onDatabase(postgres.superuserUrl, new URL(urls.runtimeUrl).pathname.slice(1));
  const query = (text: string) => sql(superuser, text);
  const options = await sharedOptions(urls);
  const { dataDir } = options;
  const servers: VaultProcess[] = [await startVaultProcess(options), await startVaultProcess(options)];
  t.after(async () => {
    await Promise.all(servers.map((server) => server.end()));
    await upstream.stop();
    await rm(dataDir, { recursive: true, force: true });
  });
  const { api_key: key } = (await servers[0]?.key()) ?? assert.fail();
  const { grant_id: grantId } = (await servers[0]?.secret(upstream.host)) ?? assert.fail();
  const load = startLoad({
    upstream,
    key,
    grantId,
    callers: CALLERS,
    url: (caller) => servers[caller % 2]?.url ?? '',
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    await pause(1_500);
    const victim = servers[round % 2] ?? assert.fail();
    victim.signal('SIGKILL');
    await victim.ended;
    servers[round % 2] = await startVaultProcess(options);
  }
  await pause(500);
  await load.stop();
  const restartedAt = performance.now();

  const { authorized } = await recordedCalls(query);
  const seen = new Set(upstream.requests.map(({ url }) => url));
  assert.ok(load.acknowledged.size > 200, `${load.acknowledged.size} calls`);
  assert.deepEqual(missing(load.acknowledged, authorized), [], 'acknowledged and not in the log');
  assert.deepEqual(missing(seen, authorized), [], 'sent and not in the log');
  assert.deepEqual(missing(load.acknowledged, seen), []);
  assert.deepEqual([...new Set(load.failures)], ['network'], 'only calls in flight failed');

  const open = async (): Promise<string[]> => {
    const recorded = await recordedCalls(query);
    return missing(recorded.authorized, recorded.completed);
  };
  const left = (await open()).length;
  assert.ok(left > 0, 'something was under way');
  await until('open calls are closed', async () => (await open()).length === 0, 60_000);
  t.diagnostic(
    `${load.acknowledged.size} calls, ${left} open, closed after ${Math.round(performance.now() - restartedAt)} ms`,
  );
  const { completed } = await recordedCalls(query);
  const unknown = [...completed].filter(([, flags]) => flags.includes('outcome_unknown'));
  assert.ok(unknown.length >= left);
  await verifies(servers[0] ?? assert.fail());
});

test('F2: the embedded PostgreSQL killed by force under calls', { timeout: 120_000 }, async (t) => {
  const upstream = await startUpstream();
  const vault = await startVaultProcess();
  t.after(async () => {
    await vault.end();
    await upstream.stop();
  });
  const { api_key: key } = await vault.key();
  const { grant_id: grantId } = await vault.secret(upstream.host);
  const load = startLoad({ upstream, key, grantId, callers: 8, url: () => vault.url });
  for (let round = 0; round < 3; round += 1) {
    await pause(700);
    const pid = postmasterPid(vault.dataDir) ?? assert.fail('no postmaster');
    process.kill(pid, 'SIGKILL');
    const before = load.acknowledged.size;
    await until('calls go through again', () => load.acknowledged.size > before + 20, 20_000);
    assert.notEqual(postmasterPid(vault.dataDir), pid);
  }
  await load.stop();
  const ownerUrl = `postgresql://x@127.0.0.1:${await portOf(vault)}/alter`;
  const superuser = onDatabase(await superuserUrlOf(vault.dataDir, ownerUrl), 'alter');
  const { authorized } = await recordedCalls((text) => sql(superuser, text));
  const seen = new Set(upstream.requests.map(({ url }) => url));
  assert.deepEqual(missing(load.acknowledged, authorized), [], 'acknowledged and lost');
  assert.deepEqual(missing(seen, authorized), [], 'sent and lost');
  assert.deepEqual(
    missing(load.failures, new Set(['audit_unavailable', 'unavailable'])),
    [],
    'typed refusals',
  );
  assert.ok(load.slowestMs() < 5_500, `a call took ${load.slowestMs()} ms`);
  assert.equal((await fetch(`${vault.url}/readyz`)).status, 200);
  await verifies(vault);
});

/** The port of the embedded server stands in its pid file. */
async function portOf(vault: VaultProcess): Promise<number> {
  const home = `${vault.dataDir}/postgres/cluster`;
  return Number((await readFile(`${home}/postmaster.pid`, 'utf8')).split('\n')[3]);
}

/** The log that is left verifies offline. */
async function verifies(vault: VaultProcess): Promise<void> {
  const text = async (path: string): Promise<string> => (await vault.api('GET', path)).text;
  const checkpoint = await text('/v1/audit/checkpoint');
  const publicKey = await text('/v1/audit/public-key');
  const lines = (await text('/v1/apps/default/audit/export?format=ndjson')).split('\n');
  const result = await verifyExport({
    lines: (async function* () {
      yield* lines;
    })(),
    checkpoint,
    publicKey,
  });
  assert.equal(result.ok, true, JSON.stringify(result));
}
