/** A process and all below it, as /proc tells: Linux only, and nothing elsewhere. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessStat {
  readonly pid: number;
  readonly name: string;
  readonly parent: number;
  /** CPU time in the kernel's ticks, its own and that of children that have ended. */
  readonly ticks: number;
}

/** Parents before their children. */
export function treeOf(root: number): ProcessStat[] {
  const all = pids().flatMap((pid) => findStat(pid) ?? []);
  const tree = all.filter((stat) => stat.pid === root);
  for (const stat of tree) tree.push(...all.filter((child) => child.parent === stat.pid));
  return tree;
}

function pids(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
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
    ticks: (utime ?? 0) + (stime ?? 0) + (cutime ?? 0) + (cstime ?? 0),
  };
}
