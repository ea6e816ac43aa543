/** The vault as a process: what it says when it can't start, how it ends, and how its workers are kept alive. */
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { makeDataDir } from '../postgres.ts';
import { startUpstream } from '../upstream.ts';
import {
  childrenOf,
  postmasterPid,
  spawnVault,
  startVaultProcess,
  until,
  type VaultProcess,
} from '../vault-process.ts';

const isRoot = process.getuid?.() === 0;

/** Runs a start that must fail; what it said and its exit code. */
async function failedStart(
  env: Readonly<Record<string, string>>,
  dataDir?: string,
): Promise<{ code: number | null; said: string }> {
  const directory = dataDir ?? (await makeDataDir());
  const running = spawnVault({ dataDir: directory, env });
  const { code } = await running.ended;
  assert.equal(postmasterPid(directory) === undefined, dataDir === undefined, 'no PostgreSQL is left behind');
  if (dataDir === undefined) await rm(directory, { recursive: true, force: true });
  const said = running
    .output()
    .split('\n')
    .filter((line) => !line.startsWith('{'))
    .join('\n');
  return { code, said };
}

describe('a vault that can not start says why', () => {
  test('an unknown setting ends it with 2, and the nearest name is told', async () => {
    const { code, said } = await failedStart({ ALTER_WORKER: '2', ALTER_PROT: '1' });
    assert.equal(code, 2);
    assert.match(said, /ALTER_WORKER is not a setting\. Did you mean ALTER_WORKERS\?/);
    assert.match(said, /ALTER_PROT is not a setting\. Did you mean ALTER_PORT\?/);
  });

  for (const workers of ['1', '2']) {
    test(`a port in use, with ${workers} worker(s)`, async () => {
      const other = createServer().listen(0, '127.0.0.1');
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as AddressInfo;
      const { code, said } = await failedStart({ ALTER_PORT: String(port), ALTER_WORKERS: workers });
      other.close();
      assert.equal(code, 1);
      assert.match(said, /^alter-vault: The port is in use already\.\nhint: .*ALTER_PORT/m);
      assert.doesNotMatch(said, /^ +at /m, 'a sentence, no stack');
    });
  }

  test('a second vault on the same data directory', async () => {
    const first = await startVaultProcess();
    try {
      const { code, said } = await failedStart({}, first.dataDir);
      assert.equal(code, 1);
      assert.match(said, /^alter-vault: process \d+ is using the data directory/m);
      assert.match(said, /^hint: /m);
      assert.equal((await fetch(`${first.url}/readyz`)).status, 200, 'the first goes on');
    } finally {
      await first.end();
    }
  });
});

describe('a vault in a directory that only root may enter', () => {
  test('starts, serves, and keeps its root key to itself', { skip: !isRoot && 'only for root' }, async () => {
    const closed = await mkdtemp(join(tmpdir(), 'alter-closed-'));
    await chmod(closed, 0o700);
    const vault = await startVaultProcess({ dataDir: join(closed, 'data'), cwd: closed });
    try {
      assert.equal((await fetch(`${vault.url}/readyz`)).status, 200);
      await vault.key();
    } finally {
      await vault.end();
      await rm(closed, { recursive: true, force: true });
    }
  });
});

describe('signals', () => {
  let vault: VaultProcess;
  const withVault =
    (env: Record<string, string>, work: (t: TestContext) => Promise<void>) => async (t: TestContext) => {
      vault = await startVaultProcess({ env });
      t.after(() => vault.end());
      await work(t);
    };

  test(
    'SIGUSR1 opens no debugger (lesson 18)',
    withVault({}, async () => {
      vault.signal('SIGUSR1');
      await new Promise((resolve) => setTimeout(resolve, 500));
      assert.doesNotMatch(vault.output(), /Debugger listening/);
      const isOpen = await new Promise((resolve) => {
        const socket = connect(9229, '127.0.0.1');
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
      });
      assert.equal(isOpen, false);
      assert.equal((await fetch(`${vault.url}/healthz`)).status, 200);
    }),
  );

  test('SIGTERM while starting ends it, and leaves no PostgreSQL behind', async () => {
    const dataDir = await makeDataDir();
    const running = spawnVault({ dataDir });
    await until('PostgreSQL is up', () => running.output().includes('the embedded PostgreSQL runs'), 40_000);
    running.signal('SIGTERM');
    await running.ended;
    assert.equal(postmasterPid(dataDir), undefined);
    await rm(dataDir, { recursive: true, force: true });
  });

  for (const workers of ['1', '2']) {
    test(
      `F11: SIGTERM lets a slow call finish and ends with 0, with ${workers} worker(s)`,
      withVault({ ALTER_WORKERS: workers }, async (t) => {
        const upstream = await startUpstream();
        t.after(() => upstream.stop());
        upstream.behave((_request, response) => {
          response.writeHead(200, { 'Content-Type': 'text/plain' });
          response.write('begun ');
          setTimeout(() => response.end('done'), 1_500);
        });
        const { api_key } = await vault.key();
        const { grant_id } = await vault.secret(upstream.host);
        // One that is still starting when it is told to stop serves for a moment before it does.
        const serving = (): number | undefined => vault.output().match(/"listening on/g)?.length;
        await until('every worker serves', () => serving() === Number(workers), 20_000);
        const call = vault.proxy(api_key, grant_id, `${upstream.origin}/slow`);
        await until('the call is under way', () => upstream.requests.length === 1);
        const stoppedAt = performance.now();
        vault.signal('SIGTERM');
        const answer = await call;
        assert.equal(answer.status, 200);
        assert.equal(answer.text, 'begun done');
        await assert.rejects(fetch(`${vault.url}/healthz`), 'nothing new is accepted');
        assert.deepEqual(await vault.ended, { code: 0, signal: null });
        assert.ok(performance.now() - stoppedAt < 15_000);
        assert.equal(postmasterPid(vault.dataDir), undefined);
      }),
    );
  }

  test(
    'F11: while it drains, a connection that is never idle is closed after its answer',
    withVault({}, async (t) => {
      const upstream = await startUpstream();
      t.after(() => upstream.stop());
      const stopping = Promise.withResolvers<void>();
      upstream.behave((_request, response) => void stopping.promise.then(() => response.end('ok')));
      const { api_key } = await vault.key();
      const { grant_id } = await vault.secret(upstream.host);
      const call = vault.proxy(api_key, grant_id, `${upstream.origin}/`);
      await until('the call is under way', () => upstream.requests.length === 1);
      vault.signal('SIGTERM');
      await until('it is stopping', () => vault.output().includes('"stopping'));
      stopping.resolve();
      assert.equal((await call).headers.get('connection'), 'close');
      await vault.ended;
    }),
  );
});

describe('workers', () => {
  test('two serve one port; one that is killed is replaced', async () => {
    const upstream = await startUpstream();
    const vault = await startVaultProcess({ env: { ALTER_WORKERS: '2' } });
    const workers = (): number[] =>
      childrenOf(vault.pid).filter((pid) => pid !== postmasterPid(vault.dataDir));
    try {
      const { api_key } = await vault.key();
      const { grant_id } = await vault.secret(upstream.host);
      const works = async (): Promise<boolean> =>
        (await vault.proxy(api_key, grant_id, `${upstream.origin}/`)).status === 200;
      await until('both workers serve', () => vault.output().match(/"listening on/g)?.length === 2);
      const before = workers();
      assert.equal(before.length, 2);
      assert.ok(await works());
      process.kill(before[0] ?? 0, 'SIGKILL');
      await until('a third listens', () => vault.output().match(/"listening on/g)?.length === 3, 20_000);
      assert.equal(workers().length, 2);
      for (let n = 0; n < 10; n += 1) assert.ok(await works());
      process.kill(workers()[0] ?? 0, 'SIGTERM');
      await until(
        'one that was stopped by hand is replaced too',
        () => vault.output().match(/"listening on/g)?.length === 4,
        20_000,
      );
    } finally {
      await vault.end();
      await upstream.stop();
    }
  });
});

describe('slow clients', () => {
  test('headers that never end are cut off, answered and do not hold the vault', async () => {
    const vault = await startVaultProcess();
    try {
      const socket = connect(vault.port, '127.0.0.1');
      socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n');
      const drip = setInterval(() => socket.write('X-Drip: 1\r\n'), 500);
      const startedAt = performance.now();
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.on('error', () => undefined);
      await new Promise((resolve) => socket.once('close', resolve));
      clearInterval(drip);
      const tookMs = performance.now() - startedAt;
      assert.ok(tookMs > 5_000 && tookMs < 20_000, `cut off after ${tookMs} ms`);
      assert.match(text, /^HTTP\/1\.1 4\d\d /);
      assert.match(text, /Connection: close/i);
    } finally {
      await vault.end();
    }
  });
});
