/**
 * A Python with given packages, for tests that hold us to another implementation. Made once in the system's temporary directory
 * and used again while the list is the same; several test files may ask at once.
 */
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A lock that old belongs to a run that was killed. */
const LOCK_MS_MAX = 300_000;

/** Why there is none, where it can be passed over: on a developer's machine without Python, never in CI. */
export async function skipWithoutPython(): Promise<string | false> {
  if (process.env['CI'] !== undefined) return false;
  const has = await run('python3', ['-c', 'import venv, ensurepip']).then(
    () => true,
    () => false,
  );
  return has ? false : 'python3 with venv is not installed (apt-get install python3-venv)';
}

/** The path of the interpreter. `requirements`: exact, as pip takes them. */
export async function pythonWith(requirements: readonly string[]): Promise<string> {
  const home = join(tmpdir(), `alter-vault-venv-${hash('sha256', requirements.join('\n')).slice(0, 16)}`);
  const python = join(home, 'bin/python');
  const lock = `${home}.lock`;
  while (!existsSync(home)) {
    const isMine = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (isMine) {
      try {
        if (!existsSync(home)) await make(home, requirements);
      } finally {
        await rm(lock, { recursive: true, force: true });
      }
    } else {
      await sleep(200);
      const made = await stat(lock).catch(() => undefined);
      if (made !== undefined && Date.now() - made.mtimeMs > LOCK_MS_MAX) await rm(lock, { recursive: true });
    }
  }
  return python;
}

/** Where it is done, it is whole: it gets its name last. */
async function make(home: string, requirements: readonly string[]): Promise<void> {
  const building = `${home}.new`;
  await rm(building, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', building]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...requirements];
  await run(join(building, 'bin/python'), pip, { maxBuffer: 64 * 1024 * 1024 });
  await rename(building, home);
}
