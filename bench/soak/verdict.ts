import { percentile } from '../measure/statistics.js';
import { median, type Point, robustSlope } from './robust-slope.js';
import type { Sample, SoakRun } from './sample.js';

const MEGABYTE = 1024 * 1024;
/** Caches fill, code is optimised, pages open: none of it goes on. */
const WARM_UP_SHARE = 0.2;
export const MAX_MB_PER_1000_RENDERS = 5;
/** Fewer renders say nothing of a slope: the noise of one reading is 10 MB and more. */
export const MIN_RENDERS_FOR_SLOPE = 1_000;
/** Above what connections in hand explain: some come and go between any two readings. */
const MAX_MORE_FILE_DESCRIPTORS = 15;
const MAX_LOOP_DELAY_MS = 100;

export interface Check {
  name: string;
  /** `untold`: the run was too short for it. */
  verdict: 'holds' | 'fails' | 'untold';
  found: string;
  limit: string;
}

function afterWarmUp(samples: Sample[]): Sample[] {
  const last = samples.at(-1)?.renders ?? 0;
  return samples.filter(({ renders }) => renders >= last * WARM_UP_SHARE);
}

/** Bytes, or undefined where a reading says nothing of them. */
type Read = (one: Sample) => number | undefined;

/**
 * Of one browser, while no harm is being done to it: a page that is made to eat memory eats it until
 * its time is over, and what counts is what is left then.
 */
export const calmChromium: Read = ({ isCalm, browsers, chromiumBytes }) =>
  isCalm && browsers.length === 1 ? chromiumBytes : undefined;

const megabytesAt = (samples: Sample[], read: Read): Point[] =>
  samples.flatMap((one) => {
    const bytes = read(one);
    return bytes === undefined ? [] : [{ x: one.renders / 1_000, y: bytes / MEGABYTE }];
  });

/** Megabytes for 1,000 renders, after warm-up. */
export function growth(samples: Sample[], read: Read): number | undefined {
  return robustSlope(megabytesAt(afterWarmUp(samples), read));
}

/**
 * The same within the lives of browsers, each for itself; the median over lives, weighed by their
 * readings. Undefined where none lived long enough.
 */
export function growthInOneLife(samples: Sample[], minRenders = 300): number | undefined {
  const lives = new Map<string, Sample[]>();
  for (const one of afterWarmUp(samples)) {
    if (calmChromium(one) === undefined) continue;
    const life = String(one.browsers[0]);
    lives.set(life, [...(lives.get(life) ?? []), one]);
  }
  const slopes = [...lives.values()].flatMap((life) => {
    const span = (life.at(-1)?.renders ?? 0) - (life[0]?.renders ?? 0);
    const slope = robustSlope(megabytesAt(life, (one) => one.chromiumBytes));
    return span < minRenders || slope === undefined ? [] : life.map(() => slope);
  });
  return slopes.length > 0 ? median(slopes) : undefined;
}

function memoryCheck(name: string, samples: Sample[], read: Read): Check {
  const judged = afterWarmUp(samples).filter((one) => read(one) !== undefined);
  const renders = (judged.at(-1)?.renders ?? 0) - (judged[0]?.renders ?? 0);
  const slope = growth(samples, read);
  const limit = `below ${MAX_MB_PER_1000_RENDERS} MB per 1,000 renders`;
  const found = slope === undefined ? 'no readings' : `${slope.toFixed(1)} MB, ${renders} renders`;
  if (slope === undefined || renders < MIN_RENDERS_FOR_SLOPE) {
    return { name, verdict: 'untold', found, limit };
  }
  return { name, verdict: slope < MAX_MB_PER_1000_RENDERS ? 'holds' : 'fails', found, limit };
}

const check = (name: string, holds: boolean, found: string, limit: string): Check => ({
  name,
  verdict: holds ? 'holds' : 'fails',
  found,
  limit,
});

/** Medians of the first and of the last third after warm-up. */
function fileDescriptors(samples: Sample[]): Check {
  const counts = afterWarmUp(samples).map((one) => one.fileDescriptors);
  const third = Math.ceil(counts.length / 3);
  const [before, after] = [median(counts.slice(0, third)), median(counts.slice(-third))];
  return check(
    'file descriptors',
    after - before <= MAX_MORE_FILE_DESCRIPTORS,
    `${before} before, ${after} after`,
    `at most ${MAX_MORE_FILE_DESCRIPTORS} more`,
  );
}

/** Every process that ends is a zombie for a moment; one that is seen again is left lying. */
function zombies({ samples, aftermath }: SoakRun): Check {
  const stayed = new Set(aftermath.zombies);
  for (const [i, { zombies: now }] of samples.entries()) {
    for (const pid of now) if (samples[i - 1]?.zombies.includes(pid)) stayed.add(pid);
  }
  return check('zombies', stayed.size === 0, `${stayed.size}`, 'none seen twice');
}

function asked(kinds: Record<string, { asked: number; right: number }>, name: string): Check {
  const all = Object.values(kinds);
  const sum = (of: 'asked' | 'right') => all.reduce((total, kind) => total + kind[of], 0);
  const holds = sum('asked') > 0 && sum('right') === sum('asked');
  return check(name, holds, `${sum('right')} of ${sum('asked')} right`, 'every one');
}

/**
 * Profiles of browsers come and go with them; each browser has one folder of its own and one for
 * what Playwright keeps, and two overlap while one is replaced.
 */
function temporaryFiles({ samples, aftermath }: SoakRun): Check {
  const { leftoverFiles, leftoverProcesses } = aftermath;
  const counts = afterWarmUp(samples).map((one) => one.temporaryFiles.length);
  const third = Math.ceil(counts.length / 3);
  const more = median(counts.slice(-third)) - median(counts.slice(0, third));
  return check(
    'leftovers',
    leftoverFiles.length === 0 && leftoverProcesses === 0 && more <= 2,
    `${leftoverFiles.length} files, ${leftoverProcesses} processes; ${more} more meanwhile`,
    'none; at most 2 more meanwhile',
  );
}

/**
 * Whether it holds. Memory is judged over the whole run and not within one life of the browser: it
 * is replaced so that what it grows by goes with it, and what is left over lives is what would end
 * a machine. `growthInOneLife` is told beside it.
 */
export function judge(run: SoakRun): Check[] {
  const { samples, tally, aftermath, loopDelayMs } = run;
  return [
    memoryCheck('memory of Node', samples, (one) => one.nodeBytes),
    memoryCheck('memory of Chromium', samples, calmChromium),
    fileDescriptors(samples),
    zombies(run),
    temporaryFiles(run),
    check(
      'event-loop delay p99',
      loopDelayMs.p99 < MAX_LOOP_DELAY_MS,
      `${loopDelayMs.p99.toFixed(0)} ms`,
      `below ${MAX_LOOP_DELAY_MS} ms`,
    ),
    asked(tally.good, 'good requests'),
    asked(tally.hostile, 'hostile requests'),
    check(
      'forbidden addresses',
      tally.trapConnections === 0,
      `${tally.trapConnections} connections`,
      'none',
    ),
    check(
      'an end in order',
      aftermath.unfinishedJobs === 0 && aftermath.exitCode === 0,
      `${aftermath.unfinishedJobs} jobs left, exit code ${aftermath.exitCode}`,
      'no job left, exit code 0',
    ),
  ];
}

/** p50 and p95 in milliseconds of what was asked in each quarter of the run. */
export function latencyByQuarter({ samples, tally }: Pick<SoakRun, 'samples' | 'tally'>) {
  const end = samples.at(-1)?.seconds ?? 0;
  return [0, 1, 2, 3].map((quarter) => {
    const ms = tally.latencies
      .filter(({ seconds }) => Math.min(3, Math.floor((seconds / end) * 4)) === quarter)
      .map((one) => one.ms);
    return {
      quarter: quarter + 1,
      asked: ms.length,
      p50: percentile(ms, 0.5),
      p95: percentile(ms, 0.95),
    };
  });
}
