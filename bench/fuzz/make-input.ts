import { jpegBombs } from './bombs/jpeg-bombs.js';
import { rasterBombs } from './bombs/raster-bombs.js';
import { svgBombs } from './bombs/svg-bombs.js';
import { worstBombs } from './bombs/worst-bombs.js';
import type { Seed } from './corpus.js';
import { createDice, type Dice } from './dice.js';
import type { FuzzInput } from './input.js';
import { formats } from './mutations/formats.js';
import { mutateBytes } from './mutations/mutate-bytes.js';
import { mutateParts } from './mutations/mutate-parts.js';
import { mutateSvg } from './mutations/mutate-svg.js';
import { mutateTiff } from './mutations/mutate-tiff.js';

const KINDS: Seed['kind'][] = ['png', 'jpeg', 'webp', 'gif', 'avif', 'tiff', 'svg'];
/** Of all inputs. They are slow, and the rest would hardly come to its turn with more. */
const SHARE_OF_BOMBS = 0.2;
/** Of what is mutated, by a knowledge of its format. */
const SHARE_WITH_STRUCTURE = 0.65;

const bombFamilies: ((dice: Dice) => FuzzInput)[][] = [svgBombs, rasterBombs, jpegBombs];

function mutateStructure(seed: Seed, dice: Dice, other: Buffer) {
  if (seed.kind === 'svg') return mutateSvg(seed.bytes, dice);
  if (seed.kind === 'tiff') return mutateTiff(seed.bytes, dice);
  return mutateParts(seed.bytes, dice, formats[seed.kind], other);
}

/** Places of a run in their order: those before 0 are the worst that is known, the rest is chance. */
export function* placesOf(count = Number.POSITIVE_INFINITY): Generator<number> {
  for (let place = -worstBombs.length; place < count; place += 1) yield place;
}

/** The input at one place of a run: the same for the same seed, whatever came before it. */
export function makeInput(corpus: Seed[], runSeed: number, place: number): FuzzInput {
  const worst = worstBombs[-place - 1];
  if (worst) return worst();
  const dice = createDice(runSeed, place);
  if (dice.chance(SHARE_OF_BOMBS)) return dice.pick(dice.pick(bombFamilies))(dice);
  const kind = dice.pick(KINDS);
  const alike = corpus.filter((one) => one.kind === kind);
  const seed = dice.pick(alike);
  const other = dice.pick(dice.chance(0.7) ? alike : corpus).bytes;
  const { bytes, made } = dice.chance(SHARE_WITH_STRUCTURE)
    ? mutateStructure(seed, dice, other)
    : mutateBytes(seed.bytes, dice, other);
  return { kind, made: `${seed.name}: ${made}`, bytes };
}
