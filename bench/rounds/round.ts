import type { ImageFormat } from '../../src/images/image.js';
import type { Contender } from '../contenders/contender.js';

export interface Round {
  /** Number of the first picture; those of all rounds differ. */
  first: number;
  seconds: number;
  /** Pictures asked for at once; absent: all in one go, in the contender's own bulk mode. */
  inFlight?: number;
  format: ImageFormat;
  /** In bulk mode: how many a second the last round made; sizes this one. */
  expectedPerSecond?: number;
}

export interface RenderOutput {
  count: number;
  perSecond: number;
  bytesEach: number;
  /** Of each picture; empty in bulk mode, where nobody sees a single one. */
  latenciesMs: number[];
}

/** Fewer than this say more of the start of a bulk than of its rate. */
const MIN_TOGETHER = 8;

async function renderTogether(contender: Contender, round: Round): Promise<RenderOutput> {
  if (!contender.renderTogether) throw new Error('this contender has no bulk mode');
  const expected = (round.expectedPerSecond ?? 0) * round.seconds;
  const count = Math.max(MIN_TOGETHER, Math.round(expected));
  const { bytes, seconds } = await contender.renderTogether(round.first, count, round.format);
  return { count, perSecond: count / seconds, bytesEach: bytes / count, latenciesMs: [] };
}

/**
 * Each lane begins its next picture until the time is over. A lane's rate is counted up to its own
 * last picture: with the common end, the slow would pay for lanes that stand still.
 */
async function renderEach(
  contender: Contender,
  round: Round,
  inFlight: number,
): Promise<RenderOutput> {
  let next = round.first;
  let bytes = 0;
  const latenciesMs: number[] = [];
  const startedAt = performance.now();
  const lane = async (): Promise<number> => {
    for (let count = 1; ; count += 1) {
      const index = next;
      next += 1;
      const beganAt = performance.now();
      const pictureBytes = await contender.render(index, round.format);
      bytes += pictureBytes;
      const now = performance.now();
      latenciesMs.push(now - beganAt);
      const seconds = (now - startedAt) / 1000;
      if (seconds >= round.seconds) return count / seconds;
    }
  };
  const rates = await Promise.all(Array.from({ length: inFlight }, lane));
  const count = latenciesMs.length;
  const perSecond = rates.reduce((sum, rate) => sum + rate, 0);
  return { count, perSecond, bytesEach: bytes / count, latenciesMs };
}

export function runRound(contender: Contender, round: Round): Promise<RenderOutput> {
  return round.inFlight === undefined
    ? renderTogether(contender, round)
    : renderEach(contender, round, round.inFlight);
}
