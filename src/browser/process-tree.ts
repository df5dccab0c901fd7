import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright';

/** Process ids of a browser and of all its helpers. */
export async function browserProcessIds(browser: Browser): Promise<number[]> {
  const session = await browser.newBrowserCDPSession();
  try {
    const { processInfo } = await session.send('SystemInfo.getProcessInfo');
    return processInfo.map((process) => process.id);
  } finally {
    await session.detach().catch(() => undefined);
  }
}

/**
 * Resident bytes that belong to these processes alone plus their share of what is common (PSS),
 * from Linux' /proc; undefined where that does not exist.
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
