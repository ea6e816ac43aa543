/**
 * A real Redis or Valkey for integration tests: one server on a free port of loopback, in a directory that goes with it.
 * It is taken from the system; when there is none it is installed where that needs no question (as root, with apt), and
 * otherwise the tests that need it are skipped, saying how to get it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createClient } from '@redis/client';
import { until } from './vault-process.ts';

export interface TestRedis {
  /** With the password. */
  readonly url: string;
  readonly pid: number;
  command(...words: string[]): Promise<unknown>;
  stop(): Promise<void>;
}

const PROGRAMS = ['redis-server', 'valkey-server'];
const HOW =
  'install it with `apt-get install redis-server` (or valkey), or run the tests as root on Debian or Ubuntu';

function findProgram(): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  return PROGRAMS.flatMap((name) => folders.map((folder) => join(folder, name))).find((file) =>
    existsSync(file),
  );
}

function installed(): string | undefined {
  const found = findProgram();
  if (found !== undefined || process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return found;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['install', '-y', '-qq', '--no-install-recommends', 'redis-server'];
  try {
    try {
      execFileSync('apt-get', install, { env, stdio: 'ignore' });
    } catch {
      execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'ignore' });
      execFileSync('apt-get', install, { env, stdio: 'ignore' });
    }
  } catch {
    return undefined;
  }
  return findProgram();
}

const program = installed();

/** Why tests that need Redis can't run here; false when they can. */
export const redisMissing: string | false =
  program === undefined ? `no redis-server or valkey-server on this machine: ${HOW}` : false;

export async function startRedis(more: readonly string[] = []): Promise<TestRedis> {
  if (program === undefined) throw new Error(String(redisMissing));
  const directory = await mkdtemp(join(tmpdir(), 'alter-redis-'));
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  const settings = [
    '--bind',
    '127.0.0.1',
    '--port',
    String(port),
    '--dir',
    directory,
    '--requirepass',
    password,
  ];
  const child = spawn(program, [...settings, '--save', '', '--daemonize', 'no', ...more], {
    stdio: 'ignore',
  });
  const url = `redis://:${password}@127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await ended(child);
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await until('Redis answers', () =>
      command(url, 'PING').then(
        () => true,
        () => false,
      ),
    );
  } catch (thrown) {
    await stop();
    throw thrown;
  }
  return { url, pid: child.pid ?? 0, command: (...words) => command(url, ...words), stop };
}

async function command(url: string, ...words: string[]): Promise<unknown> {
  const client = createClient({ url, socket: { reconnectStrategy: false, connectTimeout: 1_000 } });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await client.sendCommand(words);
  } finally {
    client.destroy();
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

/** Free a moment ago; Redis can't choose one by itself. */
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
