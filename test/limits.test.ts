/**
 * Limits as callers and operators meet them: the answers, the audit log, what a grant's usage shows, and that servers
 * together never let one call more pass than allowed, with PostgreSQL and with Redis, killed by force or not.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { after, before, describe, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { redisMissing, startRedis, type TestRedis } from './redis.ts';
import { startUpstream, type Upstream } from './upstream.ts';
import { childrenOf, sharedOptions, startVaultProcess, until, type VaultProcess } from './vault-process.ts';
import { startVault, stopPostgres, testPostgres, type Answer, type TestVault } from './vault.ts';

let upstream: Upstream;
before(async () => (upstream = await startUpstream()));
after(async () => {
  await upstream.stop();
  await stopPostgres();
});

/** A zone in which the day lasts for hours yet. */
function zoneAtNoon(): string {
  const hour = new Date().getUTCHours();
  const ahead = 12 - hour;
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

type Policies = Pick<TestVault, 'ok'>;

async function policy(
  vault: Policies,
  applies_to: Record<string, unknown>,
  rule: Record<string, unknown>,
  mode = 'enforce',
): Promise<string> {
  const name = `p-${randomBytes(5).toString('hex')}`;
  const made: { policy_id: string } = await vault.ok('POST', '/v1/apps/default/policies', {
    name,
    applies_to,
    mode,
    rule,
  });
  return made.policy_id;
}

/** A connection that was just being handed to the worker that is killed is never answered. */
const ANSWER_MS = 10_000;

/** 0 when there is no answer, or none in time. */
async function statusWithin(ms: number, answer: Promise<Answer>): Promise<number> {
  const abort = new AbortController();
  const late = sleep(ms, 0, { signal: abort.signal }).catch(() => 0);
  const status = answer.then(
    (one) => one.status,
    () => 0,
  );
  return Promise.race([status, late]).finally(() => abort.abort());
}

const count = (statuses: readonly number[], status: number): number =>
  statuses.filter((one) => one === status).length;

for (const { store, skip } of [
  { store: 'PostgreSQL', skip: false },
  { store: 'Redis', skip: redisMissing },
] as const) {
  describe(`limits in ${store}`, { skip }, () => {
    let vault: TestVault;
    let redis: TestRedis | undefined;
    before(async () => {
      if (store === 'Redis') redis = await startRedis();
      vault = await startVault(redis === undefined ? {} : { env: { ALTER_REDIS_URL: redis.url } });
    });
    after(async () => {
      await vault.stop();
      await redis?.stop();
    });

    const call = (key: string, grantId: string, caller?: string): Promise<Answer> =>
      vault.proxy(
        key,
        grantId,
        `${upstream.origin}/`,
        caller === undefined ? {} : { alter: { 'Alter-Caller': caller } },
      );

    test('A13: a quota that is used up answers with when it may pass, and the audit log names the policy', async () => {
      const { api_key } = await vault.key();
      const { grant_id } = await vault.secret(upstream.host);
      const id = await policy(
        vault,
        { grant_id },
        { type: 'quota', limit: 2, period: 'day', timezone: zoneAtNoon() },
      );
      assert.deepEqual(
        [(await call(api_key, grant_id)).status, (await call(api_key, grant_id)).status],
        [200, 200],
      );
      const refused = await call(api_key, grant_id);
      assert.equal(refused.status, 429);
      assert.equal(refused.json.error.code, 'quota_exceeded');
      const seconds = Number(refused.headers.get('retry-after'));
      assert.ok(seconds > 3_600 && seconds <= 86_400, `Retry-After is ${seconds}`);
      assert.equal(refused.headers.get('ratelimit'), `"${id}";r=0;t=${seconds}`);
      assert.equal(refused.headers.get('ratelimit-policy'), `"${id}";q=2;w=86400`);
      const resetsAt = /at (\S+Z)/.exec(refused.json.error.hint)?.[1] ?? '';
      assert.ok(
        Math.abs(Date.parse(resetsAt) - Date.now() - seconds * 1000) < 5_000,
        refused.json.error.hint,
      );
      const [denied] = await vault.audit({ grant_id, kind: 'call.denied' });
      assert.deepEqual([denied.code, denied.policy_id], ['quota_exceeded', id]);
    });

    test('per grant, agent, key and caller: whose calls are counted together', async () => {
      const { secret_id, grant_id } = await vault.secret(upstream.host);
      const [one, two] = [await vault.key(), await vault.key()];
      const other = await vault.ok('POST', `/v1/apps/default/secrets/${secret_id}/grants`, {});
      const rate = { type: 'rate_limit', limit: 2, window_seconds: 3600 };
      const answers = async (...calls: (readonly [string, string, string?])[]): Promise<number[]> => {
        const statuses: number[] = [];
        for (const [key, grant, caller] of calls) statuses.push((await call(key, grant, caller)).status);
        return statuses;
      };
      const perKey = await policy(vault, { secret_id }, { ...rate, per: 'key' });
      assert.deepEqual(
        await answers(
          [one.api_key, grant_id],
          [one.api_key, other.grant_id],
          [one.api_key, grant_id],
          [two.api_key, grant_id],
        ),
        [200, 200, 429, 200],
      );
      await vault.ok('DELETE', `/v1/apps/default/policies/${perKey}`);
      const perGrant = await policy(vault, { secret_id }, { ...rate, per: 'grant' });
      assert.deepEqual(
        await answers(
          [one.api_key, grant_id],
          [two.api_key, grant_id],
          [one.api_key, grant_id],
          [one.api_key, other.grant_id],
        ),
        [200, 200, 429, 200],
      );
      await vault.ok('DELETE', `/v1/apps/default/policies/${perGrant}`);
      await policy(vault, { secret_id }, { ...rate, per: 'caller' });
      const a = [one.api_key, grant_id, 'email-bot'] as const;
      assert.deepEqual(
        await answers(a, a, a, [one.api_key, grant_id, 'report-bot'], [two.api_key, grant_id, 'email-bot']),
        [200, 200, 429, 200, 200],
      );
      // The calls of a clone count with those of the grant that the policy was made for.
      const source = await vault.secret(upstream.host);
      await policy(vault, { grant_id: source.grant_id }, rate);
      const clone = await vault.ok('POST', `/v1/grants/${source.grant_id}/clone`, {});
      assert.deepEqual(
        await answers(
          [one.api_key, clone.grant_id],
          [one.api_key, source.grant_id],
          [one.api_key, clone.grant_id],
        ),
        [200, 200, 429],
      );
    });

    test('A13: a refused call counts on no limit, and a monitored limit refuses nothing', async () => {
      const { api_key } = await vault.key();
      const { grant_id } = await vault.secret(upstream.host);
      const rate = (limit: number, window: string) => ({
        type: 'rate_limit',
        limit,
        window_seconds: 3600,
        window,
      });
      const wide = await policy(vault, { grant_id }, rate(100, 'sliding'));
      const watched = await policy(vault, { grant_id }, rate(1, 'sliding'), 'monitor');
      await call(api_key, grant_id);
      assert.equal((await call(api_key, grant_id)).status, 200);
      const [flagged] = await vault.audit({ grant_id, kind: 'call.authorized', flag: 'monitor_denied' });
      assert.ok(flagged.flags.includes(`monitor:${watched}`), JSON.stringify(flagged.flags));
      await policy(vault, { grant_id }, rate(1, 'fixed'));
      const statuses: number[] = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await call(api_key, grant_id)).status);
      // A fixed window may end between two of them.
      assert.ok(count(statuses, 200) <= 2 && count(statuses, 429) >= 2, statuses.join());
      const usage = await vault.ok('GET', `/v1/grants/${grant_id}/usage`);
      const of = (id: string) => usage.limits.find((one: { policy_id: string }) => one.policy_id === id);
      assert.equal(of(wide).used, 2 + count(statuses, 200));
      assert.equal(of(wide).remaining, 100 - of(wide).used);
      assert.equal(of(watched).used, 1);
      assert.ok(Date.parse(of(wide).resets_at) > Date.now());
      assert.equal(usage.totals.calls, of(wide).used);
      assert.equal(usage.totals.denials, count(statuses, 429));
      assert.equal(usage.buckets.length > 0, true);
    });

    test("a key's own limit holds in any minute, and shows in the usage of its grants", async () => {
      const { api_key, key_id } = await vault.key({ requests_per_minute: 3 });
      const { grant_id } = await vault.secret(upstream.host);
      const statuses: number[] = [];
      for (let i = 0; i < 5; i += 1) statuses.push((await call(api_key, grant_id)).status);
      assert.deepEqual(statuses, [200, 200, 200, 429, 429]);
      const { limits } = await vault.ok('GET', `/v1/grants/${grant_id}/usage?bucket=day`);
      const own = limits.find(
        (one: { policy_id: null; subject: { key_id: string } }) => one.subject.key_id === key_id,
      );
      assert.deepEqual([own.policy_id, own.used, own.remaining], [null, 3, 0]);
      const { headers } = await call(api_key, grant_id);
      assert.match(headers.get('ratelimit-policy') ?? '', /^"key";q=3;w=60$/);
      const late = await vault.api(
        'GET',
        `/v1/grants/${grant_id}/usage?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z`,
      );
      assert.equal(late.json.error.code, 'invalid_request');
    });

    test(
      'A13, F21: 2 servers of 2 workers, 64 connections, a worker killed by force: never one call more',
      { timeout: 110_000 },
      async (t) => {
        const LIMIT = 100;
        const { servers, kill } = await startServers(t, redis?.url);
        const [first, second] = servers;
        const { api_key } = await first.key();
        const { grant_id } = await first.secret(upstream.host);
        const rule = { type: 'quota', limit: LIMIT, period: 'day', timezone: zoneAtNoon() };
        await policy(first, { grant_id }, rule);
        await policy(
          first,
          { grant_id },
          { type: 'rate_limit', limit: 10_000, window_seconds: 60, per: 'key' },
        );
        const seenBefore = upstream.requests.length;
        const hammer = async (calls: number): Promise<number[]> => {
          const statuses: number[] = [];
          const one = async (at: number): Promise<void> => {
            for (let i = 0; i < calls / 64; i += 1) {
              const server = at % 2 === 0 ? first : second;
              const answer = await server
                .proxy(api_key, grant_id, `${upstream.origin}/`)
                .catch(() => undefined);
              statuses.push(answer?.status ?? 0);
            }
          };
          await Promise.all(Array.from({ length: 64 }, (_, at) => one(at)));
          return statuses;
        };
        const statuses = await hammer(640);
        assert.equal(count(statuses, 200), LIMIT);
        assert.equal(upstream.requests.length - seenBefore, LIMIT);
        assert.equal(count(statuses, 429), 640 - LIMIT);

        // The same again on another grant, with a worker that dies in the middle: what it had counted stays counted.
        const again = await first.secret(upstream.host);
        await policy(first, { grant_id: again.grant_id }, rule);
        const beforeKill = upstream.requests.length;
        const afterKill = await Promise.all(
          Array.from({ length: 64 }, async (_, at) => {
            const seen: number[] = [];
            for (let i = 0; i < 6; i += 1) {
              const server = at % 2 === 0 ? first : second;
              const answer = server.proxy(api_key, again.grant_id, `${upstream.origin}/`);
              seen.push(await statusWithin(ANSWER_MS, answer));
              if (at === 0 && i === 0) kill();
            }
            return seen;
          }),
        );
        const sent = upstream.requests.length - beforeKill;
        assert.ok(sent <= LIMIT, `${sent} calls of ${LIMIT}`);
        assert.ok(count(afterKill.flat(), 200) <= sent);
        assert.ok(sent > LIMIT - 70, 'and few are lost by it');
        assert.equal((await second.proxy(api_key, again.grant_id, `${upstream.origin}/`)).status, 429);
      },
    );
  });
}

describe('Redis that fails', { skip: redisMissing }, () => {
  test('F18: calls that have a limit are refused, others go on, and it recovers by itself', async (t) => {
    const redis = await startRedis();
    const vault = await startVault({ env: { ALTER_REDIS_URL: redis.url } });
    t.after(async () => {
      process.kill(redis.pid, 'SIGCONT');
      await vault.stop();
      await redis.stop();
    });
    const [limited, free] = [await vault.key({ requests_per_minute: 1000 }), await vault.key()];
    const { grant_id } = await vault.secret(upstream.host);
    const status = async (key: string): Promise<number> =>
      (await vault.proxy(key, grant_id, `${upstream.origin}/`)).status;
    assert.deepEqual([await status(limited.api_key), await status(free.api_key)], [200, 200]);
    process.kill(redis.pid, 'SIGSTOP');
    const seen = upstream.requests.length;
    const startedAt = performance.now();
    assert.equal(await status(limited.api_key), 503);
    assert.ok(performance.now() - startedAt < 4_000, 'in bounded time');
    assert.equal(upstream.requests.length, seen);
    assert.equal(await status(free.api_key), 200);
    process.kill(redis.pid, 'SIGCONT');
    await until('calls are counted again', async () => (await status(limited.api_key)) === 200, 15_000);
    // A server that may forget counts is not used.
    await redis.command('CONFIG', 'SET', 'maxmemory', '100mb', 'maxmemory-policy', 'allkeys-lru');
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('it is not used', async () => (await status(limited.api_key)) === 503, 15_000);
    assert.equal(await status(free.api_key), 200);
    assert.match((await vault.ok('GET', '/readyz')).warnings.join(), /noeviction/);
    assert.ok(vault.log().includes('noeviction'));
    assert.ok(!vault.log().includes(new URL(redis.url).password), 'I8: the password is not logged');
  });

  test('a server that starts without Redis starts, and refuses what has a limit', async (t) => {
    const vault = await startVault({ env: { ALTER_REDIS_URL: 'redis://127.0.0.1:1' } });
    t.after(() => vault.stop());
    const ready = await vault.ok('GET', '/readyz');
    assert.equal(ready.status, 'ready', 'what has no limit is served');
    assert.match(ready.warnings.join(), /calls under a limit are refused/);
    const [limited, free] = [await vault.key({ requests_per_minute: 1000 }), await vault.key()];
    const { grant_id } = await vault.secret(upstream.host);
    const refused = await vault.proxy(limited.api_key, grant_id, `${upstream.origin}/`);
    assert.deepEqual([refused.status, refused.json.error.code], [503, 'unavailable']);
    assert.equal((await vault.proxy(free.api_key, grant_id, `${upstream.origin}/`)).status, 200);
  });
});

async function startServers(
  t: TestContext,
  redisUrl: string | undefined,
): Promise<{ servers: readonly [VaultProcess, VaultProcess]; kill: () => void }> {
  const urls = await (await testPostgres()).fresh();
  const options = await sharedOptions(urls, {
    ALTER_WORKERS: '2',
    ...(redisUrl === undefined ? {} : { ALTER_REDIS_URL: redisUrl }),
  });
  const { dataDir } = options;
  const first = await startVaultProcess(options);
  const second = await startVaultProcess(options);
  t.after(async () => {
    await Promise.all([first.end(), second.end()]);
    await rm(dataDir, { recursive: true, force: true });
  });
  const kill = (): void => {
    const [worker] = childrenOf(first.pid).toSorted((a, b) => b - a);
    if (worker !== undefined) process.kill(worker, 'SIGKILL');
  };
  return { servers: [first, second], kill };
}
