/** `npm test`, interrupted: nothing of what it has started goes on, and nothing of it lies in the temporary directory. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isAlive, treeOf, type ProcessStat } from '../scripts/process-tree.ts';
import { until } from './vault-process.ts';

const PROGRAM = join(import.meta.dirname, '..', 'scripts', 'test.ts');
/** A file that runs a PostgreSQL for some seconds. */
const FILE = 'test/audit-writer';

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'alter-test-'));
});
after(() => rm(home, { recursive: true, force: true }));

const skip = process.platform !== 'linux' && 'what has been started is found in /proc';

test('PostgreSQL and all else ends with the tests, and their directories go', { skip }, async () => {
  // A run within a test would take itself for a file of that test's.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, [PROGRAM, FILE], {
    stdio: 'ignore',
    env: { ...env, TMPDIR: home },
  });
  const { pid = 0 } = child;
  const exit = once(child, 'exit');
  let started: ProcessStat[] = [];
  try {
    const hasPostgres = (): boolean => treeOf(pid).filter(({ name }) => name === 'postgres').length > 1;
    await until('a PostgreSQL runs', hasPostgres, 60_000);
    started = treeOf(pid);
  } finally {
    child.kill('SIGTERM');
  }
  assert.deepEqual(await exit, [143, null]);
  assert.ok(started.length > 4, 'the runner, a file, PostgreSQL and its processes');
  assert.deepEqual(started.filter(isAlive), []);
  assert.deepEqual(await readdir(home), []);
});
