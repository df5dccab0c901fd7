import type { Dice } from '../dice.js';
import type { FuzzInput } from '../input.js';
import { createBitWriter } from './bit-writer.js';

function segment(marker: number, body: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}

const frame = (marker: number, width: number, height: number, components: number[]) => {
  const head = Buffer.from([8, 0, 0, 0, 0, components.length]);
  head.writeUInt16BE(height, 1);
  head.writeUInt16BE(width, 3);
  return segment(
    marker,
    Buffer.concat([head, Buffer.from(components.flatMap((id) => [id, 0x11, 0]))]),
  );
};

/** One code of one bit, which stands for `symbol`. */
const table = (kind: 0 | 1, symbol: number) =>
  segment(0xc4, Buffer.from([kind << 4, 1, ...Array<number>(15).fill(0), symbol]));

const scan = (components: number[], from: number, to: number, high: number, low: number) =>
  segment(
    0xda,
    Buffer.from([
      components.length,
      ...components.flatMap((id) => [id, 0]),
      from,
      to,
      (high << 4) | low,
    ]),
  );

const QUANTISATION = segment(0xdb, Buffer.concat([Buffer.from([0]), Buffer.alloc(64, 1)]));
const LONGEST_RUN = 32_767;

/** A run of empty blocks over the whole picture, in as few bits as there are. */
function emptyBlocks(blocks: number): Buffer {
  const bits = createBitWriter();
  for (let left = blocks; left > 0; left -= LONGEST_RUN) {
    bits.put(0, 1);
    bits.put(Math.max(0, Math.min(LONGEST_RUN, left) - 16_384), 14);
  }
  return bits.end();
}

/** A sound progressive JPEG without content, whose every scan goes over the whole picture. */
export function scanBomb(side: number, scans: number, components: number[]): FuzzInput {
  const blocks = Math.ceil(side / 8) ** 2;
  const first = Buffer.alloc(Math.ceil((blocks * components.length) / 8));
  const parts = [QUANTISATION, frame(0xc2, side, side, components), table(0, 0), table(1, 0xe0)];
  parts.push(scan(components, 0, 0, 0, 0), first);
  const empty = emptyBlocks(blocks);
  let written = 0;
  for (let low = 13; low >= 0; low -= 1) {
    for (let k = 1; k < 64; k += 1) {
      for (const id of components) {
        if (written >= scans) continue;
        parts.push(scan([id], k, k, low === 13 ? 0 : low + 1, low), empty);
        written += 1;
      }
    }
  }
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8]), ...parts, Buffer.from([0xff, 0xd9])]);
  return { kind: 'bomb: scans', made: `${side}x${side}, ${written} scans`, bytes };
}

const manyScans = (dice: Dice) =>
  scanBomb(
    dice.pick([800, 2_000, 6_000]),
    dice.pick([60, 400, 2_646]),
    dice.pick([[1], [1, 2, 3]]),
  );

/** Components, tables or comments without end in front of a scan. */
function manySegments(dice: Dice): FuzzInput {
  const count = dice.pick([1_000, 60_000]);
  const [name, one] = dice.pick([
    ['comments', segment(0xfe, Buffer.alloc(2))],
    ['Huffman tables', table(0, 0)],
    ['restart intervals', segment(0xdd, Buffer.from([0, 1]))],
    ['profiles', segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\xff', 'latin1'))],
  ] as const);
  const body = Buffer.concat([
    ...Array<Buffer>(count).fill(one),
    QUANTISATION,
    frame(0xc0, 64, 64, [1]),
    scan([1], 0, 63, 0, 0),
    Buffer.alloc(64),
  ]);
  const bytes = Buffer.concat([Buffer.from([0xff, 0xd8]), body, Buffer.from([0xff, 0xd9])]);
  return { kind: 'bomb: segments', made: `${count} ${name}`, bytes };
}

function hugeFrame(dice: Dice): FuzzInput {
  const [width, height] = dice.pick([
    [65_500, 65_500],
    [65_500, 700],
    [700, 65_500],
    [7_000, 7_000],
  ] as const);
  const marker = dice.pick([0xc0, 0xc2, 0xc9]);
  const bytes = Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    ...[QUANTISATION, frame(marker, width, height, [1, 2, 3]), table(0, 0), table(1, 0)],
    ...[
      scan([1, 2, 3], 0, marker === 0xc2 ? 0 : 63, 0, 0),
      Buffer.alloc(dice.pick([1, 100_000])),
      Buffer.from([0xff, 0xd9]),
    ],
  ]);
  return { kind: 'bomb: size', made: `JPEG of ${width}x${height}`, bytes };
}

export const jpegBombs = [manyScans, manySegments, hugeFrame];
