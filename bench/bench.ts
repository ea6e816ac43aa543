/**
 * `npm run bench`: what a call through the vault costs, beside nginx and the bare Node floor doing the same forwarding, in
 * one run, interleaved. README.md says how to read it. Everything is on loopback, and nothing of it outlives the run.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sendLarge } from './large.ts';
import { load, type Counted, type LoadRequest } from './load.ts';
import { isOpen, startUpstream, startYardstick } from './nginx.ts';
import { cpuOf, freePort, run, start, type Started } from './processes.ts';
import { startVault, type Vault } from './vault.ts';

/** DESIGN: CPU per request of nginx, divided by the vault's with durable audit. */
const GATE = 0.16;
/** With so many callers at a time a vault on two cores carries most (README.md); with few a call is dearer, and that is shown too. */
const [MANY, FEW] = [384, 64] as const;
const BODY = 'x'.repeat(1024);
const ANSWER_BYTES = 1024;
/** After the load, for what is written behind the answers. */
const SETTLE_MS = 1_000;

interface Plan {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** Whether its ratio counts: a cold engine says little. */
  readonly isJudged: boolean;
  readonly largeBytes: number;
}
/** The engine goes on compiling what is hot for some twenty seconds of load; a vault runs for months. */
const FULL: Plan = { rounds: 5, seconds: 5, warmUpSeconds: 20, isJudged: true, largeBytes: 2 ** 30 };
const QUICK: Plan = { rounds: 2, seconds: 2, warmUpSeconds: 3, isJudged: false, largeBytes: 2 ** 27 };

interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly request: Omit<LoadRequest, 'connections'>;
  readonly connections: number;
  /** The subject that it is compared with. */
  readonly yardstick: string;
}
const GATED = 'vault, proxy mode';

interface Measured extends Counted {
  /** CPU per request, µs. */
  readonly cpuUs: number;
  readonly postgresUs: number;
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
process.exitCode = await bench(values.quick ? QUICK : FULL);

async function bench(plan: Plan): Promise<number> {
  const missing = await missingTools();
  if (missing.length > 0) {
    console.error(`bench: ${missing.join(' and ')} not found.`);
    console.error(`hint: on Debian or Ubuntu: apt-get install -y ${missing.map(packageOf).join(' ')}`);
    return 1;
  }
  const directory = await mkdtemp(join(tmpdir(), 'alter-bench-'));
  // nginx's worker is another user where the bench runs as root.
  await chmod(directory, 0o755);
  const started: Started[] = [];
  const cleanUp = async (): Promise<void> => {
    for (const one of started.splice(0).toReversed()) await one.stop();
    await rm(directory, { recursive: true, force: true });
  };
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => void cleanUp().finally(() => process.exit(1)));
  try {
    return await measureAll(plan, directory, started);
  } finally {
    await cleanUp();
  }
}

async function measureAll(plan: Plan, directory: string, started: Started[]): Promise<number> {
  const keep = <T extends Started>(one: T): T => {
    started.push(one);
    return one;
  };
  const upstream = keep(await startUpstream(directory, ANSWER_BYTES, plan.largeBytes));
  const yardstick = keep(await startYardstick(directory, upstream.port));
  const floorPort = await freePort();
  const floor = keep(
    await start(
      [process.execPath, join(import.meta.dirname, 'floor.ts'), String(floorPort), String(upstream.port)],
      {
        isReady: () => isOpen(floorPort),
      },
    ),
  );
  const vault = keep(await startVault(directory, upstream.port));
  const plain = { path: '/v1/things', headers: { 'Content-Type': 'application/json' }, body: BODY };
  const throughNginx = { ...plain, port: yardstick.port };
  const inProxyMode = proxyRequest(vault, upstream.port);
  const inRequestMode = releaseRequest(vault, upstream.port);
  const busy = { connections: MANY, yardstick: 'nginx' };
  const calm = { connections: FEW, yardstick: `nginx, ${FEW}` };
  const subjects: Subject[] = [
    { name: 'nginx', pid: yardstick.pid, request: throughNginx, ...busy },
    { name: 'node floor', pid: floor.pid, request: { ...plain, port: floorPort }, ...busy },
    { name: GATED, pid: vault.pid, request: inProxyMode, ...busy },
    { name: 'vault, request mode', pid: vault.pid, request: inRequestMode, ...busy },
    { name: calm.yardstick, pid: yardstick.pid, request: throughNginx, ...calm },
    { name: `vault, proxy, ${FEW}`, pid: vault.pid, request: inProxyMode, ...calm },
  ];

  console.log(
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadText()} at the start`,
  );
  console.log(
    `${plan.rounds} rounds of ${plan.seconds} s each, 1 KB POST, ${MANY} connections (${FEW} where it says so)\n`,
  );
  const results = await inRounds(plan, directory, subjects);
  const ratio = report(subjects, results);
  for (const direction of ['download', 'upload'] as const) {
    const large = await sendLarge(vault, upstream.port, direction, plan.largeBytes);
    const size = `${plan.largeBytes / 2 ** 20} MB ${direction}`;
    console.log(
      `${size}: ${large.seconds.toFixed(1)} s, memory grew by ${Math.round(large.growthBytes / 2 ** 20)} MB at its peak`,
    );
  }
  console.log(`load ${loadText()} at the end`);
  const isHeld = ratio >= GATE;
  const verdict = plan.isJudged
    ? `the gate is ${GATE}: ${isHeld ? 'held' : 'MISSED'}`
    : `too short a run to be held against the gate of ${GATE}, which wants warm engines`;
  console.log(`\nnginx / vault in proxy mode: ${ratio.toFixed(3)}; ${verdict}`);
  return isHeld || !plan.isJudged ? 0 : 1;
}

function proxyRequest(vault: Vault, upstreamPort: number): Subject['request'] {
  const headers = {
    Authorization: `Bearer ${vault.apiKey}`,
    'Alter-Grant': vault.grantId,
    'Alter-Url': `http://127.0.0.1:${upstreamPort}/v1/things`,
    'Content-Type': 'application/json',
  };
  return { port: vault.port, path: '/v1/proxy', headers, body: BODY };
}

function releaseRequest(vault: Vault, upstreamPort: number): Subject['request'] {
  return {
    port: vault.port,
    path: '/v1/requests',
    headers: { Authorization: `Bearer ${vault.apiKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      grant_id: vault.grantId,
      method: 'POST',
      url: `http://127.0.0.1:${upstreamPort}/v1/things`,
    }),
  };
}

/** Each round has all subjects, in another order than the one before, so that a slow moment of the machine hits all alike. */
async function inRounds(
  plan: Plan,
  directory: string,
  subjects: readonly Subject[],
): Promise<Map<string, Measured[]>> {
  for (const { request, connections } of subjects)
    if (connections === MANY) await load(directory, { ...request, connections }, plan.warmUpSeconds);
  const results = new Map<string, Measured[]>(subjects.map(({ name }) => [name, []]));
  for (let round = 0; round < plan.rounds; round += 1) {
    const shift = round % subjects.length;
    for (const subject of [...subjects.slice(shift), ...subjects.slice(0, shift)]) {
      results.get(subject.name)?.push(await measure(plan, directory, subject));
    }
  }
  return results;
}

async function measure(plan: Plan, directory: string, subject: Subject): Promise<Measured> {
  const before = cpuOf(subject.pid);
  const { request, connections } = subject;
  const counted = await load(directory, { ...request, connections }, plan.seconds);
  await sleep(SETTLE_MS);
  const after = cpuOf(subject.pid);
  const postgresUs = (after.postgres - before.postgres) / counted.requests;
  return { ...counted, postgresUs, cpuUs: postgresUs + (after.other - before.other) / counted.requests };
}

/** Prints the table; answers the ratio that the gate is about. */
function report(subjects: readonly Subject[], results: ReadonlyMap<string, readonly Measured[]>): number {
  const cpuUsOf = (name: string): number[] => results.get(name)?.map(({ cpuUs }) => cpuUs) ?? [];
  /** Of the rounds: what is measured seconds apart had the same machine. */
  const ratioOf = (name: string, yardstick: string): number => {
    const yardsticks = cpuUsOf(yardstick);
    return median(cpuUsOf(name).map((cpuUs, round) => (yardsticks[round] ?? NaN) / cpuUs));
  };
  const line = (...cells: string[]): void =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(21) : cell.padStart(16))).join(''));
  line(
    '',
    'CPU µs/request',
    'of it PostgreSQL',
    'lowest–highest',
    'nginx / this',
    'requests/s',
    'p50 ms',
    'p99 ms',
  );
  for (const subject of subjects) {
    const { name } = subject;
    const rounds = results.get(name) ?? [];
    const of = (pick: (one: Measured) => number): number => median(rounds.map(pick));
    const cpu = cpuUsOf(name);
    line(
      name,
      of(({ cpuUs }) => cpuUs).toFixed(1),
      of(({ postgresUs }) => postgresUs).toFixed(1),
      `${Math.min(...cpu).toFixed(0)}–${Math.max(...cpu).toFixed(0)}`,
      ratioOf(name, subject.yardstick).toFixed(3),
      of(({ perSecond }) => perSecond).toFixed(0),
      of(({ p50Ms }) => p50Ms).toFixed(1),
      of(({ p99Ms }) => p99Ms).toFixed(1),
    );
  }
  console.log('');
  return ratioOf(GATED, 'nginx');
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

async function missingTools(): Promise<string[]> {
  const probes = { nginx: ['-v'], wrk: ['-v'] } as const;
  const missing: string[] = [];
  for (const [tool, args] of Object.entries(probes)) {
    await run(tool, args).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') missing.push(tool);
    });
  }
  return missing;
}

function packageOf(tool: string): string {
  return tool === 'nginx' ? 'nginx-light' : tool;
}

function loadText(): string {
  return (loadavg()[0] ?? 0).toFixed(2);
}
