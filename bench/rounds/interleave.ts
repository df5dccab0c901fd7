import type { ImageFormat } from '../../src/images/image.js';
import type { Entry } from '../contenders/entries.js';
import type { StartedContender } from '../contenders/start-contender.js';
import { type Used, watchProcesses } from '../measure/watch-processes.js';
import type { RenderOutput } from './round.js';

export interface Runner {
  entry: Entry;
  contender: StartedContender;
}

export interface MeasuredRound extends RenderOutput {
  cpuSecondsEach: number;
  peakBytes: number;
}

export interface Plan {
  format: ImageFormat;
  rounds: number;
  secondsPerRound: number;
  warmUpSeconds: number;
}

/** Room between the numbers of two rounds: no round makes as many pictures. */
const PICTURES_PER_ROUND = 100_000;
/** So that all have seven digits: a title that grows would be more work. */
let nextFirst = 1_000_000;

async function measure(
  { entry, contender }: Runner,
  plan: Plan,
  seconds: number,
  expectedPerSecond: number,
): Promise<MeasuredRound> {
  const first = nextFirst;
  nextFirst += PICTURES_PER_ROUND;
  const watch = watchProcesses(contender.pids);
  const { inFlight } = entry;
  const round = { first, seconds, format: plan.format, expectedPerSecond };
  let used: Used | undefined;
  const rendered = await contender
    .round({ ...round, ...(inFlight === undefined ? {} : { inFlight }) })
    .finally(() => {
      used = watch.stop();
    });
  const { cpuSeconds = 0, peakBytes = 0 } = used ?? {};
  return { ...rendered, cpuSecondsEach: cpuSeconds / rendered.count, peakBytes };
}

/**
 * All take turns, round by round, after a warm-up that is not counted: what happens to the machine
 * meanwhile happens to all of them.
 * @returns the rounds of each, by the id of its entry
 */
export async function interleave(
  runners: readonly Runner[],
  plan: Plan,
): Promise<Map<string, MeasuredRound[]>> {
  const results = new Map<string, MeasuredRound[]>();
  const lastRate = new Map<string, number>();
  for (let round = 0; round <= plan.rounds; round += 1) {
    // Each round begins with another one, so that none always follows the same.
    const start = round % Math.max(1, runners.length);
    for (const runner of [...runners.slice(start), ...runners.slice(0, start)]) {
      const { id } = runner.entry;
      const isWarmUp = round === 0;
      const seconds = isWarmUp ? plan.warmUpSeconds : plan.secondsPerRound;
      const measured = await measure(runner, plan, seconds, lastRate.get(id) ?? 0);
      lastRate.set(id, measured.perSecond);
      if (!isWarmUp) results.set(id, [...(results.get(id) ?? []), measured]);
    }
  }
  return results;
}
