import type { Dice } from '../dice.js';
import { edge, put } from './mutate-bytes.js';

/** Tags that decide over memory and work: sizes, depths, compression, strips, tiles, sub-files. */
const TAGS = [
  256, 257, 258, 259, 262, 273, 277, 278, 279, 284, 317, 322, 323, 324, 325, 330, 338, 339, 347,
];
const ENTRY_BYTES = 12;

interface Directory {
  at: number;
  entries: number;
}

/** The chain of directories; a circle ends it. */
function directoriesOf(bytes: Buffer): Directory[] {
  const found: Directory[] = [];
  let at = bytes.length >= 8 ? bytes.readUInt32LE(4) : 0;
  while (
    at >= 8 &&
    at + 2 <= bytes.length &&
    !found.some((one) => one.at === at) &&
    found.length < 64
  ) {
    const entries = bytes.readUInt16LE(at);
    found.push({ at, entries });
    const next = at + 2 + entries * ENTRY_BYTES;
    at = next + 4 <= bytes.length ? bytes.readUInt32LE(next) : 0;
  }
  return found;
}

/** Changes entries of directories, or the chain of them. Little-endian files, as sharp writes them. */
export function mutateTiff(bytes: Buffer, dice: Dice): { bytes: Buffer; made: string } {
  const copy = Buffer.from(bytes);
  const directories = directoriesOf(copy);
  if (directories.length === 0) return { bytes: copy, made: 'no directory' };
  if (dice.chance(0.15)) {
    const from = dice.pick(directories);
    put(copy, from.at + 2 + from.entries * ENTRY_BYTES, dice.pick(directories).at, 4, true);
    return { bytes: copy, made: 'directories in a circle' };
  }
  const told: number[] = [];
  for (let left = dice.between(1, 4); left > 0; left -= 1) {
    const { at, entries } = dice.pick(directories);
    const all = Array.from({ length: entries }, (_, i) => at + 2 + i * ENTRY_BYTES).filter(
      (entry) => entry + ENTRY_BYTES <= copy.length,
    );
    const known = all.filter((entry) => TAGS.includes(copy.readUInt16LE(entry)));
    const entry = dice.pick(
      known.length > 0 && dice.chance(0.8) ? known : all.length > 0 ? all : [at],
    );
    told.push(entry + 2 <= copy.length ? copy.readUInt16LE(entry) : 0);
    // Its tag, its type, how many values there are, or the value itself.
    const [offset, width] = dice.pick([
      [0, 2],
      [2, 2],
      [4, 4],
      [8, 4],
      [8, 4],
      [8, 2],
    ] as const);
    put(copy, entry + offset, offset === 0 ? dice.pick(TAGS) : edge(dice), width, true);
  }
  return { bytes: copy, made: `tags ${told.join(', ')} changed` };
}
