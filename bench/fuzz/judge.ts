import { percentile } from '../measure/statistics.js';
import { robustSlope } from '../soak/robust-slope.js';
import { type Check, MAX_MB_PER_1000_RENDERS } from '../soak/verdict.js';
import { isAllowed } from './ask-fuzzed.js';
import { BOUNDS } from './bounds.js';
import { type FuzzRun, type Reading, ROLES, type Role } from './fuzz-run.js';

const MEGABYTE = 1024 * 1024;
const WARM_UP_SHARE = 0.2;
/** Fewer say nothing of a slope: until then, memory of the largest pictures is taken for good. */
const MIN_INPUTS_FOR_SLOPE = 4_000;
/** The slope looks at every two of them. */
const MAX_POINTS = 600;

const megabytes = (bytes: number) => `${Math.round(bytes / MEGABYTE)} MB`;
const check = (name: string, holds: boolean, found: string, limit: string): Check => ({
  name,
  verdict: holds ? 'holds' : 'fails',
  found,
  limit,
});

/** The largest that a process of a role ever was. */
const peakOf = (readings: Reading[], role: Role): number =>
  readings
    .flatMap(({ processes }) => processes)
    .filter((one) => one.role === role)
    .reduce((most, { peakBytes }) => Math.max(most, peakBytes), 0);

const pidsOf = (readings: Reading[], role: Role) =>
  new Set(
    readings.flatMap(({ processes }) =>
      processes.filter((one) => one.role === role).map(({ pid }) => pid),
    ),
  );

function memoryOf(role: Role, { readings }: FuzzRun): Check {
  const peak = peakOf(readings, role);
  const limit = `at most ${megabytes(BOUNDS[role])}, each at any time`;
  return check(`memory of ${role}`, peak <= BOUNDS[role], megabytes(peak), limit);
}

/** Of the service itself, after warm-up. */
function growth({ readings, endings }: FuzzRun): Check {
  const name = 'growth of service';
  const limit = `below ${MAX_MB_PER_1000_RENDERS} MB per 1,000 inputs`;
  const judged = readings.filter(({ ended }) => ended >= endings.length * WARM_UP_SHARE);
  const step = Math.ceil(judged.length / MAX_POINTS);
  const points = judged
    .filter((_, i) => i % step === 0)
    .flatMap(({ ended, processes }) =>
      processes
        .filter(({ role }) => role === 'service')
        .map(({ ownBytes }) => ({ x: ended / 1_000, y: ownBytes / MEGABYTE })),
    );
  const slope = robustSlope(points);
  const found = slope === undefined ? 'no readings' : `${slope.toFixed(1)} MB`;
  if (slope === undefined || endings.length < MIN_INPUTS_FOR_SLOPE) {
    return { name, verdict: 'untold', found, limit };
  }
  return check(name, slope < MAX_MB_PER_1000_RENDERS, found, limit);
}

/** Decoders may die, and pages of the browser come and go; nothing else may. */
function processes(run: FuzzRun): Check {
  const redis = pidsOf(run.readings, 'redis').size;
  const isServiceThere =
    run.readings.at(-1)?.processes.some(({ role }) => role === 'service') ?? false;
  const { crashed = 0, hung = 0 } = run.browserRestarts;
  return check(
    'processes',
    isServiceThere && redis <= 1 && crashed + hung === 0,
    `service ${isServiceThere ? 'lives' : 'is gone'}, ${redis} Redis, browsers replaced ${JSON.stringify(run.browserRestarts)}`,
    'only decoders die',
  );
}

function honest({ probes, idleProbes }: FuzzRun): Check {
  const faults = probes.filter(({ fault }) => fault !== '');
  const ms = probes.map((one) => one.ms);
  const idle = percentile(
    idleProbes.map((one) => one.ms),
    0.5,
  );
  return check(
    'honest cards',
    probes.length > 0 && faults.length === 0,
    `${probes.length - faults.length} of ${probes.length} right (p50 ${percentile(ms, 0.5).toFixed(0)}, p95 ${percentile(ms, 0.95).toFixed(0)} ms; idle ${idle.toFixed(0)} ms)${faults[0] ? `; first fault: ${faults[0].fault}` : ''}`,
    'every one',
  );
}

/** Whether it holds. */
export function judge(run: FuzzRun): Check[] {
  const wrong = run.endings.filter(({ outcome }) => !isAllowed(outcome));
  return [
    check('ran to its end', run.brokenOff === '', run.brokenOff || 'yes', 'not broken off'),
    check(
      'inputs',
      run.endings.length > 0 && wrong.length === 0,
      `${run.endings.length - wrong.length} of ${run.endings.length} ended as they may`,
      'every one',
    ),
    honest(run),
    processes(run),
    ...ROLES.map((role) => memoryOf(role, run)),
    growth(run),
  ];
}
