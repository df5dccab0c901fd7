import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright';

/** Process ids of a browser and of all its child processes. The browser's own comes first. */
export async function browserProcessIds(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    const rank = (type: string) => (type === 'browser' ? 0 : 1);
    return processInfo.sort((a, b) => rank(a.type) - rank(b.type)).map((process) => process.id);
  } finally {
    await session.detach().catch(() => undefined);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // ESRCH: it has ended already.
  }
}

/** Kills a browser that does not respond. `pids`: as returned by `browserProcessIds`. */
export function killProcesses(pids: number[]): void {
  const [leader, ...helpers] = pids;
  if (leader === undefined) return;
  // Playwright makes each browser the leader of a process group. Killing the group also ends
  // hanging child processes that were started after the ids were read.
  kill(-leader);
  for (const pid of [leader, ...helpers]) kill(pid);
}

/**
 * Proportional set size (PSS) of these processes in bytes: memory of their own, plus their share of
 * shared memory. From /proc of Linux (man 5 proc, smaps_rollup); undefined where that is missing.
 */
export async function proportionalBytes(pids: number[]): Promise<number | undefined> {
  let total = 0;
  let seen = false;
  for (const pid of pids) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1];
    if (!kilobytes) continue;
    seen = true;
    total += Number(kilobytes) * 1024;
  }
  return seen ? total : undefined;
}
