/** The vault as anybody starts it: `alter-vault` in a process of its own, on a free port, its data in a temporary directory. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../packages/server/bin/alter-vault.js', import.meta.url));
/** Root's database runs as another user, who must get through to it. */
const PASSABLE = 0o711;
const START_MS = 60_000;
/** Longer than the vault takes for calls in flight. */
const STOP_MS = 40_000;
const LOG_LINES_KEPT = 20;

export interface VaultProcess {
  readonly url: string;
  readonly token: string;
  readonly directory: string;
  readonly databaseVersion: string;
  /** The last lines that the vault logged. */
  readonly log: () => string;
  readonly stop: () => Promise<void>;
}

/** `onMade` is told how to clean up as soon as there is something to clean up. */
export async function startVaultProcess(
  token: string,
  onMade: (stop: () => Promise<void>) => void,
): Promise<VaultProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'alter-vault-demo-'));
  if (process.getuid?.() === 0) await chmod(directory, PASSABLE);
  const child = spawn(process.execPath, [PROGRAM], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...withoutSettings(process.env),
      ALTER_PORT: '0',
      ALTER_DATA_DIR: join(directory, 'data'),
      ALTER_BOOTSTRAP_TOKEN: token,
      ALTER_EGRESS_ALLOW: '127.0.0.0/8',
    },
  });
  let stopping: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopping ??= end(child, directory));
  onMade(stop);
  const kept: string[] = [];
  const { url, databaseVersion } = await listening(child, kept);
  return { url, token, directory, databaseVersion, log: () => kept.join('\n'), stop };
}

/** Settings of whoever runs the demo are for their vault, not for this one. */
function withoutSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ALTER_')));
}

/** Reads the vault's log, which is JSON lines, until it says where it listens. */
function listening(child: ChildProcess, kept: string[]): Promise<{ url: string; databaseVersion: string }> {
  return new Promise((resolve, reject) => {
    if (child.stderr === null) throw new Error('the log of the vault can not be read');
    let databaseVersion = '';
    const fail = (why: string): void => reject(new Error([why, ...kept].join('\n')));
    const timer = setTimeout(() => fail('The vault did not start in time. Its log:'), START_MS);
    createInterface({ input: child.stderr }).on('line', (text) => {
      kept.splice(0, kept.length - LOG_LINES_KEPT + 1);
      kept.push(text);
      const line = parseLogLine(text);
      if (typeof line['version'] === 'string') databaseVersion = line['version'];
      const url = /^listening on (\S+)$/.exec(String(line['msg']))?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      resolve({ url, databaseVersion });
    });
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`The vault ended with code ${code}. Its log:`);
    });
  });
}

function parseLogLine(text: string): Readonly<Record<string, unknown>> {
  try {
    const line: unknown = JSON.parse(text);
    return typeof line === 'object' && line !== null ? { ...line } : {};
  } catch {
    return {};
  }
}

async function end(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit', { signal: AbortSignal.timeout(STOP_MS) });
    child.kill('SIGTERM');
    await ended.catch(() => child.kill('SIGKILL'));
  }
  // Where PostgreSQL's user could not get into the directory, the cluster lies elsewhere and a pointer says where.
  const home = await readFile(join(directory, 'data', 'postgres-home'), 'utf8').catch(() => '');
  if (isAbsolute(home.trim())) await rm(home.trim(), { recursive: true, force: true });
  await rm(directory, { recursive: true, force: true });
}
