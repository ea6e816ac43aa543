/**
 * A vault in a process of its own, as an operator runs it, for tests that kill, stop and restart it. Without a database
 * named it brings its embedded PostgreSQL in a directory of its own. Whatever is started here is gone after `end()`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataDir, type TestUrls } from './postgres.ts';
import { makeClient, type TestVault } from './vault.ts';

const BIN = fileURLToPath(new URL('../packages/server/bin/alter-vault.js', import.meta.url));
const START_MS = 40_000;

export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** An existing one is served again, and not removed at the end. */
  readonly dataDir?: string;
  readonly token?: string;
  /** Options of Node. */
  readonly nodeArgs?: readonly string[];
  readonly cwd?: string;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A process that may or may not have come to serve. */
export interface RunningProcess {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** All that it wrote to standard output and standard error. */
  output(): string;
  signal(name: NodeJS.Signals): void;
}

export interface VaultProcess
  extends RunningProcess, Omit<TestVault, 'server' | 'urls' | 'log' | 'stop' | 'url' | 'token'> {
  readonly url: string;
  readonly token: string;
  readonly port: number;
  readonly dataDir: string;
  /** Stops it, by force if need be, and removes its directory unless that was given. */
  end(): Promise<void>;
}

export const bootstrapToken = (): string => `alter_pat_${randomBytes(32).toString('base64url')}`;

/** What all servers on one database start with, again after a kill too. Who asks removes `dataDir`. */
export async function sharedOptions(
  urls: TestUrls,
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessOptions & { readonly dataDir: string; readonly token: string }> {
  return {
    dataDir: await makeDataDir(),
    token: bootstrapToken(),
    env: {
      ALTER_DATABASE_URL: urls.runtimeUrl,
      ALTER_DATABASE_OWNER_URL: urls.ownerUrl,
      ALTER_ROOT_KEY: randomBytes(32).toString('base64'),
      ...env,
    },
  };
}

/** Starts the process and waits for nothing. */
export function spawnVault(options: ProcessOptions & { readonly dataDir: string }): RunningProcess {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('ALTER_'));
  const child = spawn(process.execPath, [...(options.nodeArgs ?? []), BIN], {
    cwd: options.cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...Object.fromEntries(env),
      ALTER_PORT: '0',
      ALTER_DATA_DIR: options.dataDir,
      ALTER_EGRESS_ALLOW: '127.0.0.0/8',
      ...(options.token === undefined ? {} : { ALTER_BOOTSTRAP_TOKEN: options.token }),
      ...options.env,
    },
  });
  return watch(child);
}

function watch(child: ChildProcess): RunningProcess {
  const parts: string[] = [];
  child.stdout?.on('data', (chunk: Buffer) => parts.push(chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => parts.push(chunk.toString()));
  return {
    pid: child.pid ?? 0,
    ended: new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal }))),
    output: () => parts.join(''),
    signal: (name) => void child.kill(name),
  };
}

export async function startVaultProcess(options: ProcessOptions = {}): Promise<VaultProcess> {
  const dataDir = options.dataDir ?? (await makeDataDir());
  const token = options.token ?? bootstrapToken();
  const running = spawnVault({ ...options, dataDir, token });
  const end = async (): Promise<void> => {
    running.signal('SIGCONT');
    running.signal('SIGTERM');
    const timer = setTimeout(() => running.signal('SIGKILL'), 10_000);
    await running.ended;
    clearTimeout(timer);
    if (options.dataDir !== undefined) return;
    killPostmaster(dataDir);
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const port = await listeningPort(running);
    const url = `http://127.0.0.1:${port}`;
    return { ...running, ...makeClient(url, token), url, token, port, dataDir, end };
  } catch (thrown) {
    await end();
    throw thrown;
  }
}

/** From its log; every worker says it, and all say the same. */
async function listeningPort(running: RunningProcess): Promise<number> {
  const portOf = (): string | undefined => /"port":(\d+),"msg":"listening on/.exec(running.output())?.[1];
  const failed = running.ended.then(() => {
    throw new Error(`the vault did not start:\n${running.output()}`);
  });
  await Promise.race([failed, until('it listens', () => portOf() !== undefined, START_MS)]);
  return Number(portOf());
}

/** The embedded PostgreSQL of a data directory, found by where its postmaster runs. */
export function postmasterPid(dataDir: string): number | undefined {
  return processes().find(
    ({ cwd, command }) =>
      cwd.startsWith(`${dataDir}/`) && /\bpostgres\0/.test(command) && command.includes('\0-D'),
  )?.pid;
}

/** The processes of one parent. */
export function childrenOf(pid: number): number[] {
  return processes()
    .filter(({ parent }) => parent === pid)
    .map((one) => one.pid);
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly cwd: string;
  readonly command: string;
}

function processes(): Process[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    const at = join('/proc', name);
    try {
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(join(at, 'status'), 'utf8'))?.[1];
      const command = readFileSync(join(at, 'cmdline'), 'utf8');
      return [{ pid: Number(name), parent: Number(parent), cwd: readlinkSync(join(at, 'cwd')), command }];
    } catch {
      return []; // ended meanwhile
    }
  });
}

export function killPostmaster(dataDir: string): void {
  const pid = postmasterPid(dataDir);
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
}

/** Resident bytes of a process. */
export function residentBytes(pid: number): number {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(text)?.[1]) * 1024;
}

/** Waits until `check` holds. @throws Error naming `what` */
export async function until(
  what: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  for (const deadline = performance.now() + timeoutMs; performance.now() < deadline;) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`not within ${timeoutMs} ms: ${what}`);
}
