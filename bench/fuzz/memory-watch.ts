import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf, type ProcessFacts } from '../soak/process-facts.js';
import type { ProcessReading, Reading, Role } from './fuzz-run.js';

const INTERVAL_MS = 500;

function roleOf({ command }: ProcessFacts): Role {
  if (/chrom|headless/.test(command)) return 'chromium';
  return command.includes('redis-server') ? 'redis' : 'decoder';
}

async function readProcess(pid: number, role: Role): Promise<ProcessReading | undefined> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const bytes = (name: string) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
  const residentBytes = bytes('VmRSS');
  if (residentBytes === 0) return undefined;
  const ownBytes = bytes('RssAnon') + bytes('RssShmem');
  return { pid, role, residentBytes, peakBytes: bytes('VmHWM'), ownBytes };
}

/** The service and everything below it. */
async function readTree(pid: number): Promise<ProcessReading[]> {
  const below = await descendantsOf(pid);
  const all = await Promise.all([
    readProcess(pid, 'service'),
    ...below.filter(({ state }) => state !== 'Z').map((one) => readProcess(one.pid, roleOf(one))),
  ]);
  return all.filter((one) => one !== undefined);
}

const bytesOfAll = (processes: ProcessReading[]) =>
  processes.reduce((sum, one) => sum + one.ownBytes, 0);

/** Ends a service and everything below it, for one that no longer ends by itself. */
export async function endTree(pid: number): Promise<void> {
  endAll(await readTree(pid));
}

/** Ends processes by their ids, the service first so that it starts no others. */
function endAll(processes: ProcessReading[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone already, which is what was wanted.
    }
  }
}

/**
 * Reads the memory of all processes twice a second. Above `maxTreeBytes` together, all are ended at
 * once: a decoder that runs away is not to take the machine with it.
 */
export function startMemoryWatch(options: {
  pid: number;
  maxTreeBytes: number;
  ended(): number;
  onReading?(reading: Reading): void;
  onRunAway(bytes: number): void;
}) {
  const { pid, maxTreeBytes } = options;
  const startedAt = performance.now();
  const readings: Reading[] = [];
  const stop = new AbortController();

  async function read(): Promise<void> {
    const processes = await readTree(pid);
    const seconds = (performance.now() - startedAt) / 1000;
    const reading = { seconds, ended: options.ended(), processes };
    readings.push(reading);
    options.onReading?.(reading);
    if (bytesOfAll(processes) <= maxTreeBytes) return;
    endAll(processes);
    stop.abort();
    options.onRunAway(bytesOfAll(processes));
  }

  async function watch(): Promise<void> {
    while (!stop.signal.aborted) {
      const began = performance.now();
      await read();
      const left = Math.max(50, INTERVAL_MS - (performance.now() - began));
      await sleep(left, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }

  const watching = watch();
  return {
    readings,
    async stop(): Promise<void> {
      stop.abort();
      await watching;
    },
  };
}
