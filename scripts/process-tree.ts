/** Which processes there are, as /proc tells: Linux only, and none elsewhere. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** Ended, and not waited for by its parent yet. */
  readonly isZombie: boolean;
  /** CPU time in the kernel's ticks, its own and that of children that have ended. */
  readonly ticks: number;
  /** In ticks since the machine's start: with the pid, it is this process and no later one. */
  readonly startedAt: number;
}

/** A process and all below it, parents before their children. */
export function treeOf(root: number): ProcessStat[] {
  const all = allProcesses();
  const tree = all.filter((stat) => stat.pid === root);
  for (const stat of tree) tree.push(...all.filter((child) => child.parent === stat.pid));
  return tree;
}

/** Those whose working directory lies in this one: a PostgreSQL's is its data. */
export function workingIn(directory: string): ProcessStat[] {
  return allProcesses().filter(({ pid }) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(`${directory}/`);
    } catch {
      return false;
    }
  });
}

export function isAlive({ pid, startedAt }: ProcessStat): boolean {
  const now = findStat(pid);
  return now?.startedAt === startedAt && !now.isZombie;
}

function allProcesses(): ProcessStat[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => findStat(Number(name)) ?? []);
}

/** proc(5): the name stands in parentheses and may hold any character. */
function findStat(pid: number): ProcessStat | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  const nameEnd = text.lastIndexOf(')');
  const fields = text.slice(nameEnd + 2).split(' ');
  const [utime, stime, cutime, cstime] = fields.slice(11, 15).map(Number);
  return {
    pid,
    name: text.slice(text.indexOf('(') + 1, nameEnd),
    parent: Number(fields[1]),
    isZombie: fields[0] === 'Z',
    ticks: (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0),
    startedAt: Number(fields[19]),
  };
}
