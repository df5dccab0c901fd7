import { readdirSync, readFileSync } from 'node:fs';

/** `USER_HZ`, which is 100 on every Linux that Node runs on: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
const TICKS_PER_SECOND = 100;

interface ProcessRow {
  pid: number;
  parent: number;
  /** As the kernel has it: at most 15 characters. */
  name: string;
  /** Of itself, all its threads. */
  ownSeconds: number;
  /** Of children that ended and were waited for, and of theirs. */
  endedSeconds: number;
}

function readRow(pid: number): ProcessRow | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold blanks; field 3 of proc(5) is the first behind it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = (...at: number[]) => at.reduce((sum, i) => sum + Number(fields[i]), 0);
    return {
      pid,
      parent: Number(fields[1]),
      name: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      ownSeconds: ticks(11, 12) / TICKS_PER_SECOND,
      endedSeconds: ticks(13, 14) / TICKS_PER_SECOND,
    };
  } catch {
    return undefined;
  }
}

/** These processes and all below them, as they are now. Empty where there is no /proc. */
export function readTree(roots: readonly number[]): ProcessRow[] {
  let pids: number[];
  try {
    pids = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
  } catch {
    return [];
  }
  const below = new Map<number, ProcessRow[]>();
  const rows = pids.flatMap((pid) => readRow(pid) ?? []);
  for (const row of rows) below.set(row.parent, [...(below.get(row.parent) ?? []), row]);
  const tree = rows.filter(({ pid }) => roots.includes(pid));
  // The list grows while it is walked.
  for (const { pid } of tree) tree.push(...(below.get(pid) ?? []));
  return tree;
}

/** Proportional set size of a process: what is shared counts in parts. 0 where it cannot be read. */
export function pssBytes(pid: number): number {
  try {
    const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

export function treeBytes(roots: readonly number[]): number {
  return readTree(roots).reduce((sum, { pid }) => sum + pssBytes(pid), 0);
}
