import { seededRandom } from '../soak/seeded-random.js';

/** Everything that is left to chance in one input, and that a seed brings back. */
export interface Dice {
  /** A whole number from 0 to below `end`. */
  below(end: number): number;
  /** From `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  bytes(length: number): Buffer;
}

/** Dice that fall alike for equal numbers: a run's seed and the place of an input in it. */
export function createDice(seed: number, place = 0): Dice {
  const random = seededRandom(
    Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place, 0xc2b2ae35),
  );
  const below = (end: number) => Math.floor(random() * end);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (probability) => random() < probability,
    pick(list) {
      const one = list[below(list.length)];
      if (one === undefined) throw new Error('there is nothing to pick from');
      return one;
    },
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
