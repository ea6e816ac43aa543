/**
 * What a limit costs a call: `node bench/limits.ts [--seconds 3] [--rounds 3]`. 64 callers at once take from the limits of
 * the data path, in this process, over a real PostgreSQL and (where there is one) a real Redis of its own. CPU of this process and
 * of the store, per call; run it on an idle machine.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { anyKeyFor } from '../packages/server/src/access/explain.ts';
import { Limits } from '../packages/server/src/access/limits/limits.ts';
import type { LimitTerm } from '../packages/server/src/access/policies/types.ts';
import { Refusal } from '../packages/server/src/refusal.ts';
import type { CounterStore } from '../packages/server/src/store/counters.ts';
import { Database } from '../packages/server/src/store/database.ts';
import { PostgresCounters } from '../packages/server/src/store/limits.ts';
import { RedisCounters } from '../packages/server/src/store/limits-redis.ts';
import { silentLog, startTestPostgres } from '../test/postgres.ts';
import { redisMissing, startRedis } from '../test/redis.ts';
import { cpuOf } from './processes.ts';

const CALLERS = 64;
const CONNECTIONS = 3;
const WARM_UP_MS = 1_000;
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '3' }, rounds: { type: 'string', default: '3' } },
});

/** A term of its own policy; `limit` is reached by no run, unless it is small. */
const term = (per: LimitTerm['per'], limit = 1_000_000_000): LimitTerm => ({
  policyId: randomUUID(),
  name: 'bench',
  mode: 'enforce',
  kind: 'rate',
  per,
  limit,
  window: { type: 'sliding', seconds: 3600 },
});

const SCENES: Readonly<Record<string, () => readonly LimitTerm[]>> = {
  'one counter for all': () => [term('key')],
  'a counter for each': () => [term('grant')],
  'one for all and one for each': () => [term('key'), term('grant')],
  'one that is used up': () => [term('key', 64)],
};

interface Running {
  readonly name: string;
  readonly store: CounterStore;
  readonly pid: number;
  close(): Promise<void>;
}

async function postgres(): Promise<Running> {
  const server = await startTestPostgres();
  const { runtimeUrl } = await server.fresh();
  const store = new PostgresCounters(
    new Database({ url: runtimeUrl, log: silentLog, connectionsMax: CONNECTIONS }),
  );
  const close = async (): Promise<void> => {
    await store.close();
    await server.stop();
  };
  return { name: 'PostgreSQL', store, pid: server.pid() ?? 0, close };
}

async function redis(): Promise<Running> {
  const server = await startRedis();
  const store = new RedisCounters({ url: server.url, log: silentLog });
  await store.start();
  const close = async (): Promise<void> => {
    await store.close();
    await server.stop();
  };
  return { name: 'Redis', store, pid: server.pid, close };
}

const appId = randomUUID();
const grants = Array.from({ length: CALLERS }, () => randomUUID());
const key = anyKeyFor({
  app_id: appId,
  grant_id: randomUUID(),
  secret_id: randomUUID(),
  cloned_from: null,
  principal_type: 'system',
  principal_id: null,
  label: null,
  expires_at: null,
  revoked_at: null,
  revoke_reason: null,
  created_by: null,
  created_at: new Date(0),
  epoch: 0n,
  mac: Buffer.alloc(0),
});

/** How many calls were answered in that time, refused or not. */
async function hammer(limits: Limits, terms: readonly LimitTerm[], ms: number): Promise<number> {
  const endsAt = performance.now() + ms;
  let calls = 0;
  const caller = async (grantId: string): Promise<void> => {
    while (performance.now() < endsAt) {
      await limits.take({ appId, key, grantId, caller: null }, terms, Date.now()).catch((thrown: unknown) => {
        if (!(thrown instanceof Refusal && thrown.code === 'rate_limited')) throw thrown;
      });
      calls += 1;
    }
  };
  await Promise.all(grants.map(caller));
  return calls;
}

async function measure(of: Running, terms: readonly LimitTerm[]): Promise<readonly [number, number, number]> {
  const limits = new Limits(of.store);
  await hammer(limits, terms, WARM_UP_MS);
  const storeUs = (): number => {
    const { postgres: database, other } = cpuOf(of.pid);
    return database + other;
  };
  const [nodeBefore, storeBefore, startedAt] = [process.cpuUsage(), storeUs(), performance.now()];
  const calls = await hammer(limits, terms, Number(values.seconds) * 1000);
  const node = process.cpuUsage(nodeBefore);
  const seconds = (performance.now() - startedAt) / 1000;
  return [(node.user + node.system) / calls, (storeUs() - storeBefore) / calls, calls / seconds];
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? NaN;

for (const start of redisMissing === false ? [postgres, redis] : [postgres]) {
  const running = await start();
  for (const [scene, terms] of Object.entries(SCENES)) {
    const rounds: (readonly [number, number, number])[] = [];
    for (let i = 0; i < Number(values.rounds); i += 1) rounds.push(await measure(running, terms()));
    const [node, store, perSecond] = [0, 1, 2].map((at) => median(rounds.map((round) => round[at] ?? NaN)));
    console.log(
      `${running.name}, ${scene}: ${node?.toFixed(0)} µs of Node and ${store?.toFixed(0)} µs of the store per call, ${perSecond?.toFixed(0)} calls/s`,
    );
  }
  await running.close();
}
