/**
 * F3: the database refuses, then hangs, behind a relay. Every call fails closed in bounded time, nothing is sent or released
 * although all is in memory, the process stays responsive, and it is well again within 5 s of the database's return.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, describe, test } from 'node:test';
import { pause } from '../guarantees/rig.ts';
import { startUpstream, type Upstream } from '../upstream.ts';
import { startVault, stopPostgres, testPostgres, type TestVault } from '../vault.ts';
import { bootstrapToken, until } from '../vault-process.ts';
import { startLoad } from './load.ts';

/** Between the vault and PostgreSQL: passes, refuses, or says nothing more. */
class Relay {
  readonly #target: number;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #server = createServer((socket) => this.#accept(socket));
  #isHanging = false;
  port = 0;

  constructor(target: number) {
    this.#target = target;
  }

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  refuse(): void {
    this.#server.close();
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy();
  }

  hang(isHanging: boolean): void {
    this.#isHanging = isHanging;
    for (const pair of this.#pairs) for (const socket of pair) this.#obey(socket);
  }

  #obey(socket: Socket): void {
    if (this.#isHanging) socket.pause();
    else socket.resume();
  }

  #accept(socket: Socket): void {
    const other = connect(this.#target, '127.0.0.1');
    const pair = [socket, other] as const;
    this.#pairs.add(pair);
    const link = (from: Socket, to: Socket): void => {
      from.on('data', (chunk) => to.write(chunk));
      from.on('error', () => undefined);
      from.on('close', () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
      this.#obey(from);
    };
    link(socket, other);
    link(other, socket);
  }
}

describe('the database goes away', () => {
  let relay: Relay;
  let vault: TestVault;
  let upstream: Upstream;
  let key: string;
  let grantId: string;
  let dataDir: string;

  before(async () => {
    const urls = await (await testPostgres()).fresh();
    relay = new Relay(Number(new URL(urls.runtimeUrl).port));
    await relay.open();
    const through = (url: string): string => {
      const changed = new URL(url);
      changed.port = String(relay.port);
      return changed.href;
    };
    dataDir = await mkdtemp(join(tmpdir(), 'alter-vault-'));
    vault = await startVault({
      join: {
        urls: { runtimeUrl: through(urls.runtimeUrl), ownerUrl: through(urls.ownerUrl) },
        dataDir,
        token: bootstrapToken(),
      },
    });
    upstream = await startUpstream();
    ({ api_key: key } = await vault.key());
    ({ grant_id: grantId } = await vault.secret(upstream.host));
  });
  after(async () => {
    await vault?.stop();
    await upstream?.stop();
    relay?.refuse();
    await rm(dataDir, { recursive: true, force: true });
    await stopPostgres();
  });

  interface Fault {
    readonly what: string;
    readonly begin: () => void;
    readonly end: () => Promise<void>;
    readonly withinMs: number;
  }
  const FAULTS: readonly Fault[] = [
    { what: 'refuses', begin: () => relay.refuse(), end: () => relay.open(), withinMs: 2_300 },
    {
      what: 'hangs',
      begin: () => relay.hang(true),
      end: async () => relay.hang(false),
      withinMs: 5_300,
    },
  ];

  for (const { what, begin, end, withinMs } of FAULTS) {
    test(`F3, I4: it ${what} for 8 s under load`, { timeout: 60_000 }, async (t) => {
      const calls = (): ReturnType<typeof startLoad> =>
        startLoad({ upstream, key, grantId, callers: 32, url: () => vault.url });
      const healthy = calls();
      await until('calls go through', () => healthy.acknowledged.size > 100);
      await healthy.stop();
      assert.deepEqual(healthy.failures, []);

      begin();
      // What was on its way when it began may still arrive; from now on nothing does.
      await pause(50);
      const seen = upstream.requests.length;
      const lag = monitorEventLoopDelay({ resolution: 10 });
      lag.enable();
      const load = calls();
      const releases: Promise<unknown>[] = [];
      const released: number[] = [];
      for (let n = 0; n < 8; n += 1) {
        releases.push(
          vault
            .release(key, { grant_id: grantId, method: 'GET', url: `${upstream.origin}/` })
            .then((answer) => released.push(answer.status)),
        );
        assert.equal((await fetch(`${vault.url}/healthz`)).status, 200, 'the process answers');
        await pause(1_000);
      }
      const downAt = performance.now();
      assert.deepEqual(new Set(released), new Set([503]), 'nothing was released');
      assert.equal(load.acknowledged.size, 0);
      assert.equal(upstream.requests.length, seen, 'nothing was sent');
      assert.ok(load.failures.length > 32, 'calls were refused, not held');
      assert.deepEqual(
        load.failures.filter(
          (code) => code !== 'audit_unavailable' && code !== 'unavailable' && code !== 'overloaded',
        ),
        [],
      );
      const lagMs = lag.percentile(99) / 1e6;
      lag.disable();
      await end();
      await until('well again', () => load.acknowledged.size > 50, 5_000);
      const backMs = performance.now() - downAt;
      await load.stop();
      await Promise.all(releases);
      t.diagnostic(
        `slowest ${Math.round(load.slowestMs())} ms, back after ${Math.round(backMs)} ms, lag p99 ${lagMs.toFixed(1)} ms`,
      );
      assert.ok(load.slowestMs() < withinMs, `a call took ${load.slowestMs()} ms`);
      assert.ok(lagMs < 100, `event loop lag ${lagMs} ms`);
      await until('ready', async () => (await fetch(`${vault.url}/readyz`)).status === 200);
    });
  }
});
