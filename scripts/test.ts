/**
 * `npm test`: runs the tests (run-tests.ts) in a session and a temporary directory of their own, and ends all that they have
 * started where it is interrupted. Control-C at the terminal reaches no PostgreSQL, which has a session of its own, and leaves no
 * test the time to end what it has started.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { treeOf, type ProcessStat } from './process-tree.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const END_MS = 10_000;
const POLL_MS = 50;

const directory = await mkdtemp(join(tmpdir(), 'alter-tests-'));
// PostgreSQL, which runs as another user where the tests run as root, passes through.
await chmod(directory, 0o711);
const program = join(import.meta.dirname, 'run-tests.ts');
const runner = spawn(process.execPath, [program, ...process.argv.slice(2)], {
  detached: true,
  stdio: 'inherit',
  env: { ...process.env, TMPDIR: directory },
});
let ended: Promise<void> | undefined;
for (const signal of SIGNALS) {
  process.on(signal, () => {
    process.exitCode = 128 + constants.signals[signal];
    ended ??= endTree(runner.pid ?? 0);
  });
}
const code = await new Promise<number | null>((resolve) => runner.once('exit', resolve));
await ended;
await rm(directory, { recursive: true, force: true, maxRetries: 5 }).catch((error: Error) =>
  console.error(`${directory} stays: ${error.message}`),
);
if (ended === undefined) process.exitCode = code ?? 1;
else console.log('\nInterrupted: what the tests had started is ended.');

/** Stopped first, so that none starts another one meanwhile, nor misses its parent. */
async function endTree(root: number): Promise<void> {
  const tree = new Map<number, ProcessStat>();
  for (let found = treeOf(root); found.length > 0;) {
    for (const stat of found) {
      tree.set(stat.pid, stat);
      send(stat.pid, 'SIGSTOP');
    }
    found = treeOf(root).filter(({ pid }) => !tree.has(pid));
  }
  tree.delete(root);
  for (const stat of tree.values()) {
    // A postmaster takes its shared memory along, and its children; all else has nothing to tidy.
    const isPostmaster = stat.name === 'postgres' && tree.get(stat.parent)?.name !== 'postgres';
    send(stat.pid, isPostmaster ? 'SIGQUIT' : 'SIGKILL');
    send(stat.pid, 'SIGCONT');
  }
  // Its group: where there is no /proc, the files under way end at least.
  send(-root, 'SIGKILL');
  const end = performance.now() + END_MS;
  while (performance.now() < end && [...tree.keys()].some((pid) => send(pid, 0))) await sleep(POLL_MS);
  for (const pid of tree.keys()) send(pid, 'SIGKILL');
}

/** Whether there is such a process. */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    return false;
  }
}
