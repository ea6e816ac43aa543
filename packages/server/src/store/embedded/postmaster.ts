/**
 * The running PostgreSQL: started as a child, watched, started again on the same port when it dies, stopped.
 * A server that a killed vault left behind is stopped first, so that nothing of that vault can still commit.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreLog } from '../log.ts';
import { StartError } from '../start-error.ts';
import type { Binaries } from './binaries.ts';
import { serverSettings } from './cluster.ts';
import type { Home } from './home.ts';
import { isPostmasterOf, signal, startTimeOf } from './processes.ts';
import { PROGRAM_ENV } from './run.ts';

/** After a crash the dead server's children hold its shared memory for a moment (HAZARDS, lesson 20). */
const START_ATTEMPTS_MAX = 12;
const RETRY_MIN_MS = 50;
const RETRY_MAX_MS = 2_000;
/** Crash recovery replays at most `max_wal_size`. */
const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 5;
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;
const LAST_LINES_MAX = 12;

export interface PostmasterOptions {
  readonly home: Home;
  readonly cluster: string;
  readonly binaries: Binaries;
  readonly log: StoreLog;
}

export class Postmaster {
  readonly #options: PostmasterOptions;
  #child: ChildProcess | undefined;
  #port = 0;
  #isStopping = false;
  #restarting: Promise<void> | undefined;

  private constructor(options: PostmasterOptions) {
    this.#options = options;
  }

  static async start(options: PostmasterOptions): Promise<Postmaster> {
    const postmaster = new Postmaster(options);
    await stopOrphan(options);
    await postmaster.#startWithRetries();
    return postmaster;
  }

  get port(): number {
    return this.#port;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const child = this.#child;
    if (child !== undefined) await stopChild(child);
    await this.#restarting;
  }

  async #startWithRetries(): Promise<void> {
    let delayMs = RETRY_MIN_MS;
    for (let attempt = 1; ; attempt++) {
      const isFirstPort = this.#port === 0;
      if (isFirstPort) this.#port = await freePort();
      try {
        return await this.#startOnce();
      } catch (thrown) {
        if (attempt === START_ATTEMPTS_MAX || this.#isStopping) throw thrown;
        this.#options.log.debug({ attempt, cause: String(thrown) }, 'PostgreSQL did not start; trying again');
        // Somebody else may have taken the port since we looked; once clients know it, it must stay.
        if (isFirstPort) this.#port = 0;
        await sleep(delayMs);
        delayMs = Math.min(delayMs * 2, RETRY_MAX_MS);
      }
    }
  }

  async #startOnce(): Promise<void> {
    const { home, cluster, binaries, log } = this.#options;
    const ids = home.user === undefined ? {} : { uid: home.user.uid, gid: home.user.gid };
    const child = spawn(binaries.postgres, ['-D', cluster, ...serverSettings(home, this.#port)], {
      cwd: '/',
      env: PROGRAM_ENV,
      stdio: ['ignore', 'ignore', 'pipe'],
      // A session of its own: Ctrl-C at the terminal goes to the vault, which stops the server when the calls are done.
      detached: true,
      ...ids,
    });
    const lines = followLog(child, log);
    const exited = new Promise<never>((_, reject) => {
      child.once('error', (cause) => reject(startFailure(lines, cause)));
      child.once('exit', () => reject(startFailure(lines)));
    });
    exited.catch(() => undefined);
    const giveUp = new AbortController();
    try {
      await Promise.race([untilReady(cluster, child, giveUp.signal), exited]);
    } catch (thrown) {
      giveUp.abort();
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGQUIT');
      throw thrown;
    }
    this.#child = child;
    child.once('exit', (code, signalName) => this.#exited(code, signalName));
    if (this.#isStopping) await stopChild(child);
  }

  #exited(code: number | null, signalName: NodeJS.Signals | null): void {
    this.#child = undefined;
    if (this.#isStopping) return;
    this.#options.log.error({ code, signal: signalName }, 'PostgreSQL ended by itself; starting it again');
    this.#restarting = this.#restart();
  }

  /** As long as it takes: the queries say `unavailable` meanwhile, and the next one after it works again (F3). */
  async #restart(): Promise<void> {
    while (!this.#isStopping) {
      try {
        await this.#startWithRetries();
        this.#options.log.info({ port: this.#port }, 'PostgreSQL runs again');
        return;
      } catch (thrown) {
        this.#options.log.error({ cause: String(thrown) }, 'PostgreSQL does not start');
      }
    }
  }
}

interface PidFile {
  readonly pid: number;
  readonly isReady: boolean;
}

/** postmaster.pid: line 1 the pid, line 8 the state. */
async function readPidFile(cluster: string): Promise<PidFile | undefined> {
  const lines = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const pid = Number(lines[0]);
  return Number.isInteger(pid) && pid > 1 ? { pid, isReady: lines[7]?.trim() === 'ready' } : undefined;
}

async function untilReady(cluster: string, child: ChildProcess, giveUp: AbortSignal): Promise<void> {
  for (const startedAt = performance.now(); performance.now() - startedAt < READY_TIMEOUT_MS;) {
    const found = await readPidFile(cluster);
    if (found !== undefined && found.pid === child.pid && found.isReady) return;
    if (giveUp.aborted) return;
    await sleep(POLL_MS);
  }
  throw new StartError('postgres_failed', 'PostgreSQL did not become ready', {
    hint: 'Read its lines in the log.',
  });
}

/** The server that a vault killed by force left running, if it is truly the one of this cluster; else only its stale file. */
async function stopOrphan({ cluster, log }: PostmasterOptions): Promise<void> {
  const found = await readPidFile(cluster);
  if (found === undefined) return;
  if (!(await isPostmasterOf(found.pid, cluster))) {
    // The pid may be somebody else's by now, and PostgreSQL would then refuse to start.
    await rm(join(cluster, 'postmaster.pid'), { force: true });
    return;
  }
  log.warn({ pid: found.pid }, 'stopping the PostgreSQL that a killed vault left running');
  for (const [name, waitMs] of STOP_STEPS) {
    signal(found.pid, name);
    if (await isGoneWithin(found.pid, waitMs)) return;
  }
}

const STOP_STEPS: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', FAST_STOP_MS], // fast: rolls back what is open, writes a checkpoint
  ['SIGQUIT', IMMEDIATE_STOP_MS], // immediate: recovers at the next start
  ['SIGKILL', IMMEDIATE_STOP_MS],
];

async function isGoneWithin(pid: number, waitMs: number): Promise<boolean> {
  const startTime = await startTimeOf(pid);
  for (const startedAt = performance.now(); performance.now() - startedAt < waitMs; await sleep(POLL_MS)) {
    if ((await startTimeOf(pid)) !== startTime || startTime === undefined) return true;
  }
  return false;
}

async function stopChild(child: ChildProcess): Promise<void> {
  for (const [name, waitMs] of STOP_STEPS) {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit', { signal: AbortSignal.timeout(waitMs) }).catch(() => undefined);
    child.kill(name);
    await exited;
  }
}

/** PostgreSQL's own lines into our log, and the last of them for the error when it does not start. */
function followLog(child: ChildProcess, log: StoreLog): readonly string[] {
  const last: string[] = [];
  if (child.stderr === null) return last;
  createInterface({ input: child.stderr }).on('line', (line) => {
    last.push(line);
    if (last.length > LAST_LINES_MAX) last.shift();
    const isGrave = line.startsWith('PANIC') || line.startsWith('FATAL');
    (isGrave ? log.warn : log.debug).call(log, { postgres: line }, 'PostgreSQL');
  });
  return last;
}

function startFailure(lines: readonly string[], cause?: unknown): StartError {
  const why = lines.filter((line) => /^(FATAL|PANIC|LOG: {2}could not)/.test(line)).join('; ');
  return new StartError(
    'postgres_failed',
    `PostgreSQL does not start: ${why || lines.join('; ') || String(cause)}`,
    {
      hint: 'See the lines of PostgreSQL in the log; disk space, memory and permissions are the usual causes.',
      ...(cause === undefined ? {} : { cause }),
    },
  );
}

/** A port that is free now. Nobody can pose as the server on it later: the client makes the server prove the password. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
