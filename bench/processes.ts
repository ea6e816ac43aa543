/**
 * The processes of a measurement: starts them, reads their CPU time and memory from /proc, and ends exactly those that it
 * started. Linux only; times are in the kernel's ticks of 10 ms, so measure for seconds.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { treeOf } from '../scripts/process-tree.ts';

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICK_US = 10_000;
const STOP_MS = 20_000;
const START_MS = 60_000;

/** CPU time of a process and all below it, in µs. */
export interface Cpu {
  readonly postgres: number;
  readonly other: number;
}

export interface Started {
  readonly pid: number;
  stop(): Promise<void>;
}

/** Starts a process, whose errors show when it ends too early, and waits until `isReady`. */
export async function start(
  command: readonly [string, ...string[]],
  options: { env?: Record<string, string>; isReady: () => boolean | Promise<boolean> },
): Promise<Started> {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ...options.env },
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-4_000));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const failed = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}: ${output}`)));
  });
  // Awaited below; when the process ends later on purpose, nobody waits any more.
  failed.catch(() => undefined);
  await Promise.race([until(options.isReady), failed]);
  if (child.pid === undefined) throw new Error(`${file} did not start`);
  return { pid: child.pid, stop: () => stop(child) };
}

async function until(isReady: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + START_MS;
  while (!(await isReady())) {
    if (performance.now() > end) throw new Error('a process was not ready in time');
    await sleep(50);
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}

/** Runs a command to its end; answers what it printed. */
export function run(file: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(output) : reject(new Error(`${file} ended with ${code}: ${output}`)),
    );
  });
}

/** Children that have ended count through their parent, which the kernel gives their time when it waits for them. */
export function cpuOf(root: number): Cpu {
  let postgres = 0;
  let other = 0;
  for (const stat of treeOf(root)) {
    if (stat.name === 'postgres') postgres += stat.ticks * TICK_US;
    else other += stat.ticks * TICK_US;
  }
  return { postgres, other };
}

/** Forgets the peaks so far, so that `peakBytes` tells of what comes; answers the memory in use now. */
export function resetPeak(root: number): number {
  const pids = serverPids(root);
  for (const pid of pids) writeFileSync(`/proc/${pid}/clear_refs`, '5');
  return pids.reduce((sum, pid) => sum + statusBytes(pid, 'VmRSS'), 0);
}

/** The most resident memory of the processes that are not PostgreSQL's. */
export function peakBytes(root: number): number {
  return serverPids(root).reduce((sum, pid) => sum + statusBytes(pid, 'VmHWM'), 0);
}

function serverPids(root: number): number[] {
  return treeOf(root)
    .filter((stat) => stat.name !== 'postgres')
    .map((stat) => stat.pid);
}

function statusBytes(pid: number, field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Number(match?.[1] ?? 0) * 1024;
}

/** A port that was free a moment ago: nginx can't be asked for port 0. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
