/** `npm run demo` as anybody runs it: comes out right, leaves nothing behind, and says so when it does not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url));
const COLUMNS = 80;
const ESCAPE = '\u001b[';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'alter-demo-test-'));
  // The database of root's vault runs as another user, who has to get through.
  await chmod(directory, 0o711);
});
after(() => rm(directory, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

function runDemo(
  env: Readonly<Record<string, string>> = {},
  onOutput: (output: string, interrupt: () => void) => void = () => undefined,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [DEMO], {
      env: { ...process.env, TMPDIR: directory, NO_COLOR: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const read = (chunk: Buffer): void => {
      output += chunk.toString();
      onOutput(output, () => child.kill('SIGINT'));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output }));
  });
}

test('the demo comes out as it must: every step is checked, and nothing stays behind', async () => {
  const { code, output } = await runDemo();
  assert.equal(code, 0, output);
  assert.match(output, /Everything came out as it must/);
  assert.doesNotMatch(output, /✗/);
  assert.equal(output.match(/✓/g)?.length, 36);
  assert.deepEqual(await readdir(directory), []);
  assert.ok(!output.includes(ESCAPE), 'NO_COLOR is respected');
  assert.deepEqual(
    output.split('\n').filter((line) => line.length > COLUMNS),
    [],
  );
});

test('interrupted, it stops the vault and removes its directory', async () => {
  let isInterrupted = false;
  const { code, output } = await runDemo({ NO_COLOR: '', FORCE_COLOR: '1' }, (soFar, interrupt) => {
    if (isInterrupted || !soFar.includes('WHERE THE CREDENTIAL')) return;
    isInterrupted = true;
    interrupt();
  });
  assert.equal(code, 130, output);
  assert.ok(output.includes(ESCAPE), 'colour where it is asked for');
  assert.deepEqual(await readdir(directory), []);
});

test('where it can not run, it ends with 1 and says why', async () => {
  const { code, output } = await runDemo({ TMPDIR: join(directory, 'missing') });
  assert.equal(code, 1);
  assert.match(output, /ENOENT/);
});
