import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createPhases } from '../../../bench/soak/phases.js';
import { robustSlope } from '../../../bench/soak/robust-slope.js';
import type { Sample, SoakRun } from '../../../bench/soak/sample.js';
import { seededRandom } from '../../../bench/soak/seeded-random.js';
import {
  growth,
  growthInOneLife,
  judge,
  latencyByQuarter,
  MAX_MB_PER_1000_RENDERS,
} from '../../../bench/soak/verdict.js';

const MEGABYTE = 1024 * 1024;
const READINGS = 200;
const RENDERS = 5_000;
const LOOP_DELAY_MS = { p50: 11, p99: 40, max: 300, ownP99: 30, ownMax: 200 };

/** A run as it should be: a warm-up, noise, a browser that is replaced, harm and calm by turns. */
function soundSamples(renders = RENDERS): Sample[] {
  const random = seededRandom(1);
  return Array.from({ length: READINGS }, (_, i) => {
    const done = Math.round((renders * i) / (READINGS - 1));
    const warm = Math.min(1, done / (renders * 0.15));
    const isCalm = i % 10 < 4;
    const life = Math.floor(done / 2_000);
    return {
      seconds: i * 9,
      renders: done,
      nodeBytes: (150 + 120 * warm + 15 * random()) * MEGABYTE,
      heapBytes: (60 + 20 * warm) * MEGABYTE,
      isCalm,
      chromiumBytes: (300 + 200 * warm + 60 * random() + (isCalm ? 0 : 900 * random())) * MEGABYTE,
      chromiumProcesses: 16,
      browsers: i % 17 === 0 ? [100 + life, 900 + i] : [100 + life],
      redisBytes: (2 + done / 400) * MEGABYTE,
      fileDescriptors: 60 + Math.floor(6 * random()),
      // One that ends is a zombie for a moment, each time another.
      zombies: i % 9 === 0 ? [5_000 + i] : [],
      temporaryFiles: ['redis.sock', 'browsers', `browsers/${life}`],
    };
  });
}

function soundRun(samples = soundSamples()): SoakRun {
  return {
    samples,
    tally: {
      good: { image: { asked: 4_000, right: 4_000 } },
      hostile: { bomb: { asked: 400, right: 400, outcomes: { completed: 400 } } },
      wrong: [],
      latencies: [],
      trapConnections: 0,
    },
    loopDelayMs: LOOP_DELAY_MS,
    aftermath: {
      unfinishedJobs: 0,
      zombies: [],
      leftoverFiles: [],
      leftoverProcesses: 0,
      exitCode: 0,
    },
  };
}

const failing = (run: SoakRun) =>
  judge(run)
    .filter(({ verdict }) => verdict === 'fails')
    .map(({ name }) => name);

/** The sound run with something changed in every reading. */
const changed = (change: (one: Sample, index: number) => Partial<Sample>) =>
  soundRun(soundSamples().map((one, i) => ({ ...one, ...change(one, i) })));

describe('the slope', () => {
  it('is that of the line, whatever a fifth of the points are', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -50, max: 50 }),
        fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { minLength: 5, maxLength: 20 }),
        (slope, wild) => {
          const line = Array.from({ length: wild.length * 5 }, (_, x) => ({ x, y: slope * x + 7 }));
          const points = line.map((point, i) =>
            i % 5 === 0 ? { ...point, y: wild[i / 5] ?? 0 } : point,
          );
          expect(robustSlope(points)).toBeCloseTo(slope);
        },
      ),
    );
  });

  it('is unknown where nothing was drawn between the readings', () => {
    expect(robustSlope([])).toBeUndefined();
    expect(
      robustSlope([
        { x: 3, y: 1 },
        { x: 3, y: 9 },
      ]),
    ).toBeUndefined();
  });
});

describe('the verdict', () => {
  it('lets a sound run pass, warm-up and restarts among it', () => {
    expect(judge(soundRun()).map(({ verdict }) => verdict)).toEqual(
      judge(soundRun()).map(() => 'holds'),
    );
  });

  const leakMb = MAX_MB_PER_1000_RENDERS + 3;
  it.each<[string, SoakRun]>([
    [
      'memory of Node',
      changed((one) => ({ nodeBytes: one.nodeBytes + (one.renders / 1_000) * leakMb * MEGABYTE })),
    ],
    [
      'memory of Chromium',
      changed((one) => ({
        chromiumBytes: one.chromiumBytes + (one.renders / 1_000) * 2 * leakMb * MEGABYTE,
      })),
    ],
    [
      'file descriptors',
      changed((one) => ({ fileDescriptors: one.fileDescriptors + one.renders / 100 })),
    ],
    ['zombies', changed((_, i) => (i === 50 || i === 51 ? { zombies: [77] } : {}))],
    [
      'leftovers',
      changed((one) => ({
        temporaryFiles: Array.from({ length: 3 + one.renders / 500 }, (_, i) => `profile-${i}`),
      })),
    ],
  ])('finds a leak planted in: %s', (name, run) => {
    expect(failing(run)).toEqual([name]);
  });

  it.each<[string, (run: SoakRun) => SoakRun]>([
    ['zombies', (run) => ({ ...run, aftermath: { ...run.aftermath, zombies: [9] } })],
    ['leftovers', (run) => ({ ...run, aftermath: { ...run.aftermath, leftoverFiles: ['x'] } })],
    ['leftovers', (run) => ({ ...run, aftermath: { ...run.aftermath, leftoverProcesses: 1 } })],
    ['an end in order', (run) => ({ ...run, aftermath: { ...run.aftermath, unfinishedJobs: 1 } })],
    ['an end in order', (run) => ({ ...run, aftermath: { ...run.aftermath, exitCode: null } })],
    ['event-loop delay p99', (run) => ({ ...run, loopDelayMs: { ...LOOP_DELAY_MS, p99: 100 } })],
    ['forbidden addresses', (run) => ({ ...run, tally: { ...run.tally, trapConnections: 1 } })],
    [
      'good requests',
      (run) => ({ ...run, tally: { ...run.tally, good: { image: { asked: 900, right: 899 } } } }),
    ],
    ['good requests', (run) => ({ ...run, tally: { ...run.tally, good: {} } })],
    [
      'hostile requests',
      (run) => ({
        ...run,
        tally: { ...run.tally, hostile: { bomb: { asked: 9, right: 8, outcomes: {} } } },
      }),
    ],
  ])('fails where there is something wrong with: %s', (name, spoil) => {
    expect(failing(spoil(soundRun()))).toEqual([name]);
  });

  it('says nothing of memory where too little was drawn, and judges the rest', () => {
    const checks = judge(soundRun(soundSamples(300)));
    const untold = checks.filter(({ verdict }) => verdict === 'untold').map(({ name }) => name);
    expect(untold).toEqual(['memory of Node', 'memory of Chromium']);
    expect(failing(soundRun(soundSamples(300)))).toEqual([]);
  });

  it('does not take what grows within a browser, and goes with it, for a leak over the run', () => {
    const growing = changed((one) => ({
      chromiumBytes: (400 + (one.renders % 500) / 25) * MEGABYTE,
      browsers: [Math.floor(one.renders / 500)],
    }));
    expect(failing(growing)).toEqual([]);
    expect(growthInOneLife(growing.samples)).toBeCloseTo(40, 0);
  });

  it('counts growth after the warm-up alone', () => {
    const samples = soundSamples().map((one) => ({
      ...one,
      nodeBytes: Math.min(one.renders, RENDERS * 0.2) * MEGABYTE,
    }));
    expect(growth(samples, (one) => one.nodeBytes)).toBeCloseTo(0);
  });
});

describe('latencies', () => {
  it('are told by quarter of the run', () => {
    const run = soundRun();
    const end = run.samples.at(-1)?.seconds ?? 0;
    const latencies = [0.1, 0.3, 0.6, 0.9, 1].map((share, i) => ({
      seconds: end * share,
      ms: 10 * (i + 1),
    }));
    const quarters = latencyByQuarter({ ...run, tally: { ...run.tally, latencies } });
    expect(quarters.map(({ asked, p50, p95 }) => [asked, p50, p95])).toEqual([
      [1, 10, 10],
      [1, 20, 20],
      [1, 30, 30],
      [2, 40, 50],
    ]);
  });
});

describe('phases', () => {
  it('withholds harm by turns, and calls nothing calm while a bomb is in hand', () => {
    let now = 0;
    let inFlight = 0;
    const allowed: boolean[] = [];
    const phases = createPhases(
      { bombsInFlight: () => inFlight, letBombs: (one) => void allowed.push(one) },
      1,
      () => now,
    );
    const at = (seconds: number, bombs: number) => {
      now = seconds * 1_000;
      inFlight = bombs;
      return phases.isCalmNow();
    };
    expect(at(30, 0)).toBe(false);
    expect(at(61, 1)).toBe(false);
    expect(allowed).toEqual([false]);
    expect(at(80, 1)).toBe(false);
    expect(at(85, 0)).toBe(false);
    expect(at(95, 0)).toBe(true);
    expect(allowed).toEqual([false]);
    at(125, 0);
    expect(allowed).toEqual([false, true]);
    expect(at(126, 0)).toBe(false);
  });
});
