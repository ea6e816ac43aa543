/**
 * Runs a program to its end, as another user where asked. The program sees none of the vault's environment: that may
 * hold the root key (I8).
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SystemUser } from './system-user.ts';

const exec = promisify(execFile);

export const PROGRAM_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C',
  TZ: 'UTC',
} as const;

const TIMEOUT_MS = 120_000;

export interface RunResult {
  readonly isOk: boolean;
  readonly output: string;
}

export async function run(
  file: string,
  args: readonly string[],
  user: SystemUser | undefined,
): Promise<RunResult> {
  const ids = user === undefined ? {} : { uid: user.uid, gid: user.gid };
  try {
    const { stdout, stderr } = await exec(file, args, {
      cwd: '/',
      env: PROGRAM_ENV,
      timeout: TIMEOUT_MS,
      ...ids,
    });
    return { isOk: true, output: `${stdout}${stderr}` };
  } catch (thrown) {
    return { isOk: false, output: outputOf(thrown) };
  }
}

function outputOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const stderr = 'stderr' in thrown && typeof thrown.stderr === 'string' ? thrown.stderr.trim() : '';
  return stderr === '' ? thrown.message : stderr;
}
