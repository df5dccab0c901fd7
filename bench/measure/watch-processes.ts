import { readTree, treeBytes } from './process-table.js';

export interface Used {
  /** Processor time of all, those that ended meanwhile included. */
  cpuSeconds: number;
  /** The largest sum of PSS that was seen. */
  peakBytes: number;
}

const CPU_INTERVAL_MS = 250;
/** Reading it takes milliseconds for each process of a browser, on the cores that are measured. */
const MEMORY_INTERVAL_MS = 1_000;

/**
 * Watches process trees from now until `stop`. Time of processes that end is found twice: in what
 * their parents say of them, and in what was last seen of themselves. The former misses those that
 * outlived their parent, the latter up to a quarter of a second of each; the larger one is told.
 */
export function watchProcesses(roots: readonly number[]): { stop(): Used } {
  const startOf = new Map<number, number>();
  const latestOf = new Map<number, number>();
  let peakBytes = 0;

  function look(isFirst = false): number {
    const rows = readTree(roots);
    for (const { pid, ownSeconds } of rows) {
      if (!startOf.has(pid)) startOf.set(pid, isFirst ? ownSeconds : 0);
      latestOf.set(pid, ownSeconds);
    }
    return rows.reduce((sum, row) => sum + row.ownSeconds + row.endedSeconds, 0);
  }
  function weigh(): void {
    peakBytes = Math.max(peakBytes, treeBytes(roots));
  }

  const before = look(true);
  const cpuTimer = setInterval(() => look(), CPU_INTERVAL_MS);
  const memoryTimer = setInterval(weigh, MEMORY_INTERVAL_MS);
  return {
    stop() {
      clearInterval(cpuTimer);
      clearInterval(memoryTimer);
      const told = look() - before;
      weigh();
      const seen = [...latestOf].reduce(
        (sum, [pid, last]) => sum + last - (startOf.get(pid) ?? 0),
        0,
      );
      return { cpuSeconds: Math.max(told, seen), peakBytes };
    },
  };
}
