/**
 * Python for the tests: an environment with the pinned packages, made once and kept in the user's cache, and what is run in it.
 * Never touches the packages of the system.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const pythonDir = fileURLToPath(new URL('../python/', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

export interface Python {
  readonly interpreter: string;
  /** Runs the interpreter in the folder of the SDK. */
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended>;
}

const FITS = 'import ensurepip, sys, venv; print(sys.version); sys.exit(sys.version_info < (3, 10))';

/** The environment, or why there is none. */
export async function findPython(): Promise<Python | { readonly missing: string }> {
  const system = spawnSync('python3', ['-c', FITS], { encoding: 'utf8' });
  if (system.status !== 0)
    return { missing: 'needs Python 3.10 or newer with venv (on Debian: apt install python3-venv)' };
  const requirements = join(pythonDir, 'requirements-dev.txt');
  const key = createHash('sha256')
    .update(system.stdout + readFileSync(requirements, 'utf8'))
    .digest('hex');
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'alter-vault');
  const home = join(cache, `python-${key.slice(0, 16)}`);
  if (!existsSync(join(home, 'is-complete'))) {
    const why = await install(cache, home, requirements);
    if (why !== undefined) return { missing: why };
  }
  const interpreter = join(home, 'bin/python');
  return { interpreter, run: (args, env = {}) => runIn(interpreter, args, env) };
}

/** Made aside and moved, so that a run that was cut short leaves nothing that looks whole. */
async function install(cache: string, home: string, requirements: string): Promise<string | undefined> {
  mkdirSync(cache, { recursive: true });
  const aside = mkdtempSync(join(cache, 'making-'));
  const python = join(aside, 'bin/python');
  const made = await runIn('python3', ['-m', 'venv', aside], {});
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  const installed = made.code === 0 ? await runIn(python, pip, {}) : made;
  if (installed.code !== 0) {
    rmSync(aside, { recursive: true, force: true });
    return `the packages of python/requirements-dev.txt can not be installed: ${installed.output.trim()}`;
  }
  writeFileSync(join(aside, 'is-complete'), '');
  try {
    renameSync(aside, home);
  } catch {
    // Another run was faster.
    rmSync(aside, { recursive: true, force: true });
  }
  return undefined;
}

function runIn(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: pythonDir,
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', (error) => resolve({ code: null, output: error.message }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
