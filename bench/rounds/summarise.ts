import { median, percentile, rounded } from '../measure/statistics.js';
import type { MeasuredRound } from './interleave.js';

/** One contender on one card and format: medians over its rounds, quantiles over all pictures. */
export interface Figures {
  /** To the first contender; absent where that one did not run. */
  ratio?: number;
  perSecond: number;
  /** Of each round: how far they lie apart says how much to trust the median. */
  perSecondOfRounds: number[];
  p50Ms?: number;
  p95Ms?: number;
  p99Ms?: number;
  cpuSecondsEach: number;
  peakMb: number;
  bytesEach: number;
  pictures: number;
}

const MEGABYTE = 1024 * 1024;

export function summarise(rounds: readonly MeasuredRound[], basePerSecond?: number): Figures {
  const of = (what: 'perSecond' | 'cpuSecondsEach' | 'bytesEach') =>
    median(rounds.map((round) => round[what]));
  const latencies = rounds.flatMap((round) => round.latenciesMs);
  const quantile = (share: number) => rounded(percentile(latencies, share), 1);
  const perSecond = rounded(of('perSecond'), 2);
  return {
    ...(basePerSecond ? { ratio: rounded(perSecond / basePerSecond, 3) } : {}),
    perSecond,
    perSecondOfRounds: rounds.map((round) => rounded(round.perSecond, 2)),
    ...(latencies.length > 0
      ? { p50Ms: quantile(0.5), p95Ms: quantile(0.95), p99Ms: quantile(0.99) }
      : {}),
    cpuSecondsEach: rounded(of('cpuSecondsEach'), 4),
    peakMb: Math.round(Math.max(...rounds.map((round) => round.peakBytes)) / MEGABYTE),
    bytesEach: Math.round(of('bytesEach')),
    pictures: rounds.reduce((sum, round) => sum + round.count, 0),
  };
}
