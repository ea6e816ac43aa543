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
import { cpuOf, freePort, run, start, type Cpu, type Started } from './processes.ts';
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
const FULL: Plan = { rounds: 10, seconds: 3, warmUpSeconds: 20, isJudged: true, largeBytes: 2 ** 30 };
const QUICK: Plan = { rounds: 2, seconds: 2, warmUpSeconds: 3, isJudged: false, largeBytes: 2 ** 27 };

interface Subject {
  readonly name: string;
  readonly pid: number;
  readonly request: LoadRequest;
  readonly rounds: Measured[];
}

interface Measured extends Counted {
  /** CPU per request, µs. */
  readonly cpuUs: number;
  readonly postgresUs: number;
}

/** A subject, nginx under the same load, and the ratio of each round. */
interface Comparison {
  readonly subject: Subject;
  readonly yardstick: Subject;
  /** CPU per request of nginx, measured right before and right after, divided by the subject's. */
  readonly ratios: number[];
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
  const plain = {
    path: '/v1/things',
    headers: { 'Content-Type': 'application/json' },
    body: BODY,
    connections: MANY,
  };
  const throughNginx = { ...plain, port: yardstick.port };
  const inProxyMode = proxyRequest(vault, upstream.port);
  const nginx = subjectOf('nginx', yardstick.pid, throughNginx);
  const nginxOfFew = subjectOf(`nginx, ${FEW}`, yardstick.pid, { ...throughNginx, connections: FEW });
  const gated = against(nginx, subjectOf('vault, proxy mode', vault.pid, inProxyMode));
  const comparisons = [
    against(nginx, subjectOf('node floor', floor.pid, { ...plain, port: floorPort })),
    gated,
    against(nginx, subjectOf('vault, request mode', vault.pid, releaseRequest(vault, upstream.port))),
    against(nginxOfFew, subjectOf(`vault, proxy, ${FEW}`, vault.pid, { ...inProxyMode, connections: FEW })),
  ];

  console.log(
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, load ${loadText()} at the start`,
  );
  console.log(
    `${plan.rounds} rounds of ${plan.seconds} s each, 1 KB POST, ${MANY} connections (${FEW} where it says so)\n`,
  );
  await warmUp(plan, directory, comparisons);
  const cpuBefore = totalOf(cpuOf(vault.pid));
  await inRounds(plan, directory, comparisons);
  const cpuUs = totalOf(cpuOf(vault.pid)) - cpuBefore;
  report([nginx, nginxOfFew], comparisons);
  const own = comparisons.flatMap(({ subject }) => (subject.pid === vault.pid ? subject.rounds : []));
  const ownUs = sum(own.map((round) => round.cpuUs * round.requests));
  const besides = (cpuUs - ownUs) / sum(own.map(({ requests }) => requests));
  console.log(
    `the vault besides, while others were measured: ${besides.toFixed(1)} µs per request of its own`,
  );
  const ratio = median(gated.ratios);
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

function subjectOf(name: string, pid: number, request: LoadRequest): Subject {
  return { name, pid, request, rounds: [] };
}

function against(yardstick: Subject, subject: Subject): Comparison {
  return { subject, yardstick, ratios: [] };
}

function proxyRequest(vault: Vault, upstreamPort: number): LoadRequest {
  const headers = {
    Authorization: `Bearer ${vault.apiKey}`,
    'Alter-Grant': vault.grantId,
    'Alter-Url': `http://127.0.0.1:${upstreamPort}/v1/things`,
    'Content-Type': 'application/json',
  };
  return { port: vault.port, path: '/v1/proxy', headers, body: BODY, connections: MANY };
}

function releaseRequest(vault: Vault, upstreamPort: number): LoadRequest {
  return {
    port: vault.port,
    path: '/v1/requests',
    headers: { Authorization: `Bearer ${vault.apiKey}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      grant_id: vault.grantId,
      method: 'POST',
      url: `http://127.0.0.1:${upstreamPort}/v1/things`,
    }),
    connections: MANY,
  };
}

async function warmUp(plan: Plan, directory: string, comparisons: readonly Comparison[]): Promise<void> {
  const subjects = new Set(comparisons.flatMap(({ yardstick, subject }) => [yardstick, subject]));
  for (const { request } of subjects)
    if (request.connections === MANY) await load(directory, request, plan.warmUpSeconds);
}

/**
 * Each round has all comparisons, in another order than the one before. nginx is measured right before and right after each
 * subject, since the speed of a virtual machine can change by a third within a minute: a ratio is of one such speed.
 */
async function inRounds(plan: Plan, directory: string, comparisons: readonly Comparison[]): Promise<void> {
  for (let round = 0; round < plan.rounds; round += 1) {
    const shift = round % comparisons.length;
    let last: { readonly subject: Subject; readonly cpuUs: number } | undefined;
    for (const { subject, yardstick, ratios } of [
      ...comparisons.slice(shift),
      ...comparisons.slice(0, shift),
    ]) {
      const before = last?.subject === yardstick ? last.cpuUs : await measure(plan, directory, yardstick);
      const cpuUs = await measure(plan, directory, subject);
      const after = await measure(plan, directory, yardstick);
      ratios.push((before + after) / 2 / cpuUs);
      last = { subject: yardstick, cpuUs: after };
    }
  }
}

/** Adds to the subject's rounds; answers with the CPU per request, µs. */
async function measure(plan: Plan, directory: string, { pid, request, rounds }: Subject): Promise<number> {
  const before = cpuOf(pid);
  const counted = await load(directory, request, plan.seconds);
  await sleep(SETTLE_MS);
  const after = cpuOf(pid);
  const postgresUs = (after.postgres - before.postgres) / counted.requests;
  const cpuUs = (totalOf(after) - totalOf(before)) / counted.requests;
  rounds.push({ ...counted, postgresUs, cpuUs });
  return cpuUs;
}

function totalOf({ postgres, other }: Cpu): number {
  return postgres + other;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Prints the table. */
function report(yardsticks: readonly Subject[], comparisons: readonly Comparison[]): void {
  const line = (...cells: string[]): void =>
    console.log(cells.map((cell, i) => (i === 0 ? cell.padEnd(21) : cell.padStart(17))).join(''));
  const row = ({ name, rounds }: Subject, ratios?: readonly number[]): void => {
    const of = (pick: (one: Measured) => number): number => median(rounds.map(pick));
    const cpu = rounds.map(({ cpuUs }) => cpuUs);
    line(
      name,
      of(({ cpuUs }) => cpuUs).toFixed(1),
      of(({ postgresUs }) => postgresUs).toFixed(1),
      `${Math.min(...cpu).toFixed(0)}–${Math.max(...cpu).toFixed(0)}`,
      ratios === undefined ? '' : median(ratios).toFixed(3),
      ratios === undefined ? '' : `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`,
      of(({ perSecond }) => perSecond).toFixed(0),
      of(({ p50Ms }) => p50Ms).toFixed(1),
      of(({ p99Ms }) => p99Ms).toFixed(1),
    );
  };
  line(
    '',
    'CPU µs/request',
    'of it PostgreSQL',
    'lowest–highest',
    'nginx / this',
    'lowest–highest',
    'requests/s',
    'p50 ms',
    'p99 ms',
  );
  for (const yardstick of yardsticks) row(yardstick);
  for (const { subject, ratios } of comparisons) row(subject, ratios);
  console.log('');
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
