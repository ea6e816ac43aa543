/**
 * F17: backup and restore by docs/operate.md alone. Its commands are run as they stand there, into an empty cluster; then
 * the restored vault serves, its credentials open, and its log continues the one that was backed up.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { openCheckpoint, verifyExport } from '../packages/cli/src/audit-verify.ts';
import { migrate } from '../packages/server/src/store/migrate.ts';
import { examplesIn } from '../scripts/markdown.ts';
import { ownPostgresBin, startOwnPostgres, type OwnPostgres } from './debian-postgres.ts';
import { onDatabase, silentLog, sql } from './postgres.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { canary, startVault, stopPostgres, type TestVault } from './vault.ts';

const bin = ownPostgresBin();
const skip = bin === undefined && 'no PostgreSQL 15 or newer is installed under /usr/lib/postgresql';
const ROLES = ['alter_owner', 'alter_runtime'] as const;

let directory: string;
let upstream: Upstream;
const clusters: OwnPostgres[] = [];
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'alter-restore-'));
  upstream = await startUpstream();
});
after(async () => {
  await upstream?.stop();
  for (const cluster of clusters) await cluster.stop();
  await stopPostgres();
  await rm(directory, { recursive: true, force: true });
});

/** A cluster with what install.md says to make in it, and nothing else. */
async function emptyCluster(): Promise<{ ownerUrl: string; runtimeUrl: string; superuserUrl: string }> {
  const cluster = await startOwnPostgres(bin ?? '');
  clusters.push(cluster);
  const [statements] = examplesIn('docs/install.md').filter((one) =>
    one.code.includes('CREATE ROLE alter_owner'),
  );
  assert.ok(statements);
  for (const statement of statements.code.split(';').map((one) => one.trim()))
    if (statement !== '') await sql(cluster.superuserUrl, statement.replace('…', 'a-password'));
  const database = onDatabase(cluster.superuserUrl, 'alter_vault');
  const [ownerUrl = '', runtimeUrl = ''] = ROLES.map((role) =>
    database.replace('postgres@', `${role}:a-password@`),
  );
  return { ownerUrl, runtimeUrl, superuserUrl: database };
}

/** The block of operate.md that holds this command, run by a shell as it stands there. */
function runDocumented(command: string, ownerUrl: string): void {
  const blocks = examplesIn('docs/operate.md').filter(({ code }) => code.startsWith(command));
  assert.equal(blocks.length, 1, `one block begins with ${command}`);
  execFileSync('/bin/sh', ['-euc', blocks[0]?.code ?? ''], {
    cwd: directory,
    env: { PATH: `${bin}:${process.env['PATH']}`, ALTER_DATABASE_OWNER_URL: ownerUrl },
    stdio: 'pipe',
  });
}

test(
  'F17: what operate.md dumps and restores is a vault that opens its secrets and continues its log',
  { skip, timeout: 120_000 },
  async () => {
    const from = await emptyCluster();
    await migrate({ ...from, log: silentLog });
    const token = `alter_pat_${canary()}`;
    const first = await startVault({ join: { urls: from, dataDir: directory, token } });
    const credential = canary();
    const { secret_id: shredded } = await first.secret(upstream.host);
    const made = await first.secret(upstream.host, { token: credential });
    const { api_key: key } = await first.key();
    assert.equal((await first.proxy(key, made.grant_id, `${upstream.origin}/before`)).status, 200);
    await first.ok('DELETE', `/v1/apps/default/secrets/${shredded}`);
    const publicKey = (await first.api('GET', '/v1/audit/public-key')).text;
    const kept = await checkpointOf(first, 'secret.deleted');

    runDocumented('pg_dump --format=custom', from.ownerUrl);
    // What comes after the dump is lost.
    const late = await first.secret(upstream.host);
    await first.stop();

    const to = await emptyCluster();
    runDocumented('pg_restore', to.ownerUrl);
    const second = await startVault({ join: { urls: to, dataDir: directory, token } });
    try {
      assert.equal((await second.proxy(key, made.grant_id, `${upstream.origin}/after`)).status, 200);
      const seen = upstream.requests.at(-1);
      assert.ok(seen?.rawHeaders.includes(`Bearer ${credential}`));
      assert.equal(
        (await second.proxy(key, late.grant_id, `${upstream.origin}/`)).json?.error?.code,
        'not_found',
      );
      const rows = await sql(to.superuserUrl, 'SELECT 1 FROM secret_versions WHERE secret_id = $1', [
        shredded,
      ]);
      assert.deepEqual(rows, [], 'shredded secrets stay dead');
      await assert.rejects(
        sql(to.runtimeUrl, 'DELETE FROM audit_events'),
        /permission denied/,
        'append-only, as before',
      );

      // The log verifies against the checkpoint of before, and against its own, which is larger: nothing that was kept is gone.
      const now = await checkpointOf(second, 'call.completed');
      assert.equal((await second.api('GET', '/v1/audit/public-key')).text, publicKey);
      const lines = (await second.api('GET', '/v1/apps/default/audit/export?format=ndjson')).text
        .trim()
        .split('\n');
      for (const checkpoint of [kept, now]) {
        const verified = await verifyExport({ lines: Readable.from(lines), checkpoint, publicKey });
        assert.equal(verified.ok, true, JSON.stringify(verified));
      }
      const sizes = [kept, now].map((note) => openCheckpoint(note, publicKey).size);
      assert.ok((sizes[0] ?? 0) > 0 && (sizes[1] ?? 0) > (sizes[0] ?? 0), sizes.join());
    } finally {
      await second.stop();
    }
  },
);

/** Once everything up to now is in it. */
async function checkpointOf(vault: TestVault, kind: string): Promise<string> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline;) {
    const [newest] = await vault.audit({ kind, limit: '1' });
    if (newest?.leaf_index !== null && newest !== undefined)
      return (await vault.api('GET', '/v1/audit/checkpoint')).text;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${kind} was not integrated`);
}
