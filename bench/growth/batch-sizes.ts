import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { packageInfo } from '../../src/config/package-info.js';
import { rounded } from '../measure/statistics.js';

/** What bench/batch.ts writes. */
interface BatchFigures {
  rows: number;
  seconds: number;
  perSecond: number;
  samples: { done: number; nodeMb: number; redisMb: number; browserMb: number }[];
}

export interface BatchSize {
  rows: number;
  seconds: number;
  perSecond: number;
  /** At the tenth of its way and at the end. */
  nodeMb: string;
  redisMb: string;
  browserMb: string;
}

const PROGRAM = fileURLToPath(new URL('../batch.js', import.meta.url));
const run = promisify(execFile);

/** Batches one after the other, each in a service of its own; every picture of each is checked. */
export async function measureBatchSizes(sizes: readonly number[]): Promise<BatchSize[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-sizes-'));
  const results: BatchSize[] = [];
  try {
    for (const rows of sizes) {
      const file = join(folder, `${rows}.json`);
      const args = [PROGRAM, '--rows', String(rows), '--probes', '0', '--json', file];
      await run(process.execPath, args, { cwd: packageInfo.root, maxBuffer: 10_000_000 });
      const figures = JSON.parse(await readFile(file, 'utf8')) as BatchFigures;
      const { samples, seconds, perSecond } = figures;
      const [early, late] = [samples[1] ?? samples[0], samples.at(-1)];
      const span = (what: 'nodeMb' | 'redisMb' | 'browserMb') =>
        `${early?.[what]} – ${late?.[what]}`;
      results.push({
        rows,
        seconds: rounded(seconds, 1),
        perSecond: rounded(perSecond, 1),
        nodeMb: span('nodeMb'),
        redisMb: span('redisMb'),
        browserMb: span('browserMb'),
      });
    }
    return results;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
