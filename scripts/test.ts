/**
 * `npm test`: runs the tests (run-tests.ts) in a session and a temporary directory of their own, and ends what they have started
 * where it is interrupted, or left behind (on Linux; elsewhere the files under way only). Control-C at the terminal reaches no
 * PostgreSQL, which has a session of its own, and leaves no test the time to end what it has started.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, treeOf, workingIn, type ProcessStat } from './process-tree.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const END_MS = 10_000;
const POLL_MS = 50;

let interrupt: () => void = () => undefined;
const interrupted = new Promise<'interrupted'>((resolve) => (interrupt = () => resolve('interrupted')));
for (const signal of SIGNALS) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    interrupt();
  });
}

const directory = await realpath(await mkdtemp(join(tmpdir(), 'alter-tests-')));
// PostgreSQL, which runs as another user where the tests run as root, passes through.
await chmod(directory, 0o711);
try {
  await runTests();
} finally {
  await endAll(workingIn(directory));
  await rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch((error: Error) =>
    console.error(`${directory} stays: ${error.message}`),
  );
}

async function runTests(): Promise<void> {
  const program = join(import.meta.dirname, 'run-tests.ts');
  const runner = spawn(process.execPath, [program, ...process.argv.slice(2)], {
    detached: true,
    // By the channel it learns that nobody looks after it any more.
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, TMPDIR: directory },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    runner.once('exit', resolve);
    runner.once('error', reject);
  });
  const outcome = await Promise.race([ended, interrupted]);
  if (runner.pid === undefined) return;
  if (typeof outcome === 'number') {
    process.exitCode = outcome;
    return;
  }
  if (outcome === null) process.exitCode = 1;
  await endAll(stopTree(runner.pid));
  // Its group, where nothing could be stopped.
  send(-runner.pid, 'SIGKILL');
  await ended;
  const rest =
    process.platform === 'linux' ? 'what they had started is ended' : 'a PostgreSQL of theirs may go on';
  console.log(`\nThe tests did not come to their end; ${rest}.`);
}

/** Stopped, so that none starts another one meanwhile, nor misses its parent. */
function stopTree(root: number): ProcessStat[] {
  const stopped = new Map<number, ProcessStat>();
  for (let found = treeOf(root); found.length > 0;) {
    for (const stat of found) {
      stopped.set(stat.pid, stat);
      send(stat.pid, 'SIGSTOP');
    }
    found = treeOf(root).filter(({ pid }) => !stopped.has(pid));
  }
  return [...stopped.values()];
}

async function endAll(processes: readonly ProcessStat[]): Promise<void> {
  for (const { pid, name, parent } of processes) {
    // A postmaster takes its shared memory along, and its children; all else has nothing to tidy.
    const isOfPostmaster = processes.some((other) => other.pid === parent && other.name === 'postgres');
    send(pid, name === 'postgres' && !isOfPostmaster ? 'SIGQUIT' : 'SIGKILL');
    send(pid, 'SIGCONT');
  }
  const end = performance.now() + END_MS;
  while (performance.now() < end && processes.some(isAlive)) await sleep(POLL_MS);
  for (const one of processes.filter(isAlive)) send(one.pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
