/**
 * Other processes of this machine: who they are, whether they still live, signals to them. The only file of the store
 * that looks at them. A pid alone proves nothing, since pids are used again: it counts only with its start time.
 */
import { execFile } from 'node:child_process';
import { readFile, readlink } from 'node:fs/promises';
import { pid as ownPid, kill } from 'node:process';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in whatever unit the system tells; compared only for equality. */
  readonly startTime: string;
  /** Pids of another pid namespace (container) or host mean nothing here. */
  readonly pidNamespace: string;
}

export async function ownIdentity(): Promise<ProcessIdentity> {
  const startTime = (await startTimeOf(ownPid)) ?? '';
  return { pid: ownPid, startTime, pidNamespace: await ownPidNamespace() };
}

export async function ownPidNamespace(): Promise<string> {
  const bootId = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  const namespace = await readlink('/proc/self/ns/pid').catch(() => '');
  return `${bootId.trim()} ${namespace}`.trim();
}

export async function isSameProcess(one: ProcessIdentity): Promise<boolean> {
  return (await startTimeOf(one.pid)) === one.startTime;
}

/** Undefined when there is no such process. A zombie is none: it holds nothing any more. */
export async function startTimeOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat !== undefined) {
    // proc(5): the name in parentheses may hold anything; state is field 3, starttime field 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  }
  const isLinux = await readFile('/proc/self/stat').then(
    () => true,
    () => false,
  );
  return isLinux ? undefined : psField(pid, 'lstart');
}

/** Whether this process is a PostgreSQL server working in `directory`: a postmaster's directory is its data directory. */
export async function isPostmasterOf(pid: number, directory: string): Promise<boolean> {
  const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  if (cwd !== undefined) return cwd === directory;
  const command = await psField(pid, 'command');
  return command?.includes(`postgres -D ${directory} `) ?? false;
}

/** False when it is gone already. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return kill(pid, name);
  } catch {
    return false;
  }
}

async function psField(pid: number, field: string): Promise<string | undefined> {
  const { stdout } = await exec('ps', ['-o', `${field}=`, '-p', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.trim() === '' ? undefined : stdout.trim();
}
