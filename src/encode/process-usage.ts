import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Unit in which Linux reports processor time to programs, on every machine. */
const TICKS_PER_SECOND = 100;

const run = promisify(execFile);

/** Undefined: not reported by the system, or the process has ended. */
export interface ProcessUsage {
  rssBytes: number | undefined;
  cpuMs: number | undefined;
}

async function readProc(pid: number): Promise<ProcessUsage> {
  const [stat, status] = await Promise.all([
    readFile(`/proc/${pid}/stat`, 'latin1'),
    readFile(`/proc/${pid}/status`, 'latin1'),
  ]);
  // The second field is a name in brackets with any content.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[11]) + Number(fields[12]);
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return {
    rssBytes: kilobytes === undefined ? undefined : Number(kilobytes) * 1024,
    cpuMs: Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : undefined,
  };
}

async function askPs(pid: number): Promise<ProcessUsage> {
  const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]);
  const kilobytes = Number.parseInt(stdout, 10);
  return { rssBytes: Number.isFinite(kilobytes) ? kilobytes * 1024 : undefined, cpuMs: undefined };
}

/** Memory and processor time used by a process. Never rejects. */
export async function processUsage(pid: number): Promise<ProcessUsage> {
  try {
    return await (process.platform === 'linux' ? readProc(pid) : askPs(pid));
  } catch {
    return { rssBytes: undefined, cpuMs: undefined };
  }
}
