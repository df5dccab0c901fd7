import type { Dice } from '../dice.js';

/** Numbers at which counters, lengths and signs turn over. */
const EDGES = [
  0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000,
  0xfffffffe, 0xffffffff,
];

export const edge = (dice: Dice): number => dice.pick(EDGES);

/** Writes as much of `value` as the width holds, where there is room for it. */
export function put(
  bytes: Buffer,
  at: number,
  value: number,
  width: 1 | 2 | 4,
  isLittle = false,
): void {
  if (at < 0 || at + width > bytes.length) return;
  const cut = width === 4 ? value >>> 0 : value & (width === 2 ? 0xffff : 0xff);
  if (isLittle) bytes.writeUIntLE(cut, at, width);
  else bytes.writeUIntBE(cut, at, width);
}

/** What decoders look for, whatever the format. */
const TOKENS = [
  'IHDR',
  'IDAT',
  'acTL',
  'fcTL',
  'iCCP',
  'VP8X',
  'ANMF',
  'ALPH',
  'EXIF',
  'ICCP',
  'ftyp',
  'meta',
  'iloc',
  'ispe',
  'mdat',
  'Exif\0\0',
  'NETSCAPE2.0',
  'GIF89a',
]
  .map((text) => Buffer.from(text, 'latin1'))
  .concat(
    [
      'ffd8',
      'ffd9',
      'ffda',
      'ffc2',
      'ffc4',
      'ffdd',
      '49492a00',
      '4d4d002a',
      '21f904',
      '2c00000000',
    ].map((hex) => Buffer.from(hex, 'hex')),
  );

type Change = (bytes: Buffer, dice: Dice, other: Buffer) => Buffer;

const changes: Record<string, Change> = {
  'bits flipped'(bytes, dice) {
    const copy = Buffer.from(bytes);
    for (let left = dice.between(1, 24); left > 0; left -= 1) {
      const at = dice.below(copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << dice.below(8));
    }
    return copy;
  },
  'a number at its edge'(bytes, dice) {
    const copy = Buffer.from(bytes);
    // Most of what decides over memory stands near the beginning.
    const end = dice.chance(0.7) ? Math.min(copy.length, 256) : copy.length;
    put(copy, dice.below(end), edge(dice), dice.pick([1, 2, 4] as const), dice.chance(0.5));
    return copy;
  },
  'cut off': (bytes, dice) => bytes.subarray(0, dice.between(1, bytes.length)),
  'a piece left out'(bytes, dice) {
    const from = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + dice.between(1, 64))]);
  },
  'a piece many times'(bytes, dice) {
    const from = dice.below(bytes.length);
    const to = from + dice.between(1, 200);
    const times = dice.pick([2, 10, 500]);
    return Buffer.concat([
      bytes.subarray(0, to),
      ...Array<Buffer>(times).fill(bytes.subarray(from, to)),
      bytes.subarray(to),
    ]);
  },
  'the head of one, the tail of another'(bytes, dice, other) {
    const from = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), other.subarray(dice.below(other.length))]);
  },
  'a token put in'(bytes, dice) {
    const at = dice.below(bytes.length);
    return Buffer.concat([bytes.subarray(0, at), dice.pick(TOKENS), bytes.subarray(at)]);
  },
  'noise put over it'(bytes, dice) {
    const copy = Buffer.from(bytes);
    dice.bytes(dice.between(1, 48)).copy(copy, dice.below(copy.length));
    return copy;
  },
  'zeroes behind it': (bytes, dice) =>
    Buffer.concat([bytes, Buffer.alloc(dice.pick([1, 4096, 1 << 20]))]),
};

/** One to three changes that know nothing of the format. */
export function mutateBytes(
  bytes: Buffer,
  dice: Dice,
  other: Buffer,
): { bytes: Buffer; made: string } {
  const told: string[] = [];
  let changed = bytes;
  for (let left = dice.between(1, 3); left > 0 && changed.length > 0; left -= 1) {
    const name = dice.pick(Object.keys(changes));
    changed = changes[name]?.(changed, dice, other) ?? changed;
    told.push(name);
  }
  return { bytes: changed, made: told.join(', ') };
}
