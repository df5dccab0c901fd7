import { deflateSync } from 'node:zlib';
import type { Dice } from '../dice.js';
import type { FuzzInput } from '../input.js';
import { blackPng, ihdr, pngFile } from '../png-file.js';

type PngChunks = [string, Buffer][];

function hugePng(dice: Dice): FuzzInput {
  const side = dice.pick([7_000, 7_200, 20_000]);
  return { kind: 'bomb: size', made: `PNG of ${side}x${side}, black`, bytes: blackPng(side, side) };
}

function longPng(dice: Dice): FuzzInput {
  const [width, height] = dice.pick([
    [1, 1_000_000],
    [1_000_000, 1],
    [49_000_000, 1],
    [1, 49_000_000],
    [0x7fffffff, 1],
  ] as const);
  const rows = Buffer.alloc(Math.min(40_000_000, (1 + Math.ceil(width / 8)) * height));
  const header = ihdr({ width, height, depth: 1, colour: 0 });
  const bytes = pngFile([
    ['IHDR', header],
    ['IDAT', deflateSync(rows)],
  ]);
  return { kind: 'bomb: size', made: `PNG of ${width}x${height}`, bytes };
}

/** Deflate makes a thousand bytes of one: in text, in a profile, behind the last row. */
function inflated(dice: Dice): FuzzInput {
  const squeezed = deflateSync(Buffer.alloc(dice.pick([10, 60]) * 1024 * 1024), { level: 9 });
  const keyword = Buffer.from('x\0\0', 'latin1');
  const rows = deflateSync(Buffer.alloc(64 * 65));
  const header = ihdr({ width: 64, height: 64, depth: 8, colour: 0 });
  const [where, chunks] = dice.pick<[string, PngChunks]>([
    [
      'iCCP',
      [
        ['IHDR', header],
        ['iCCP', Buffer.concat([keyword, squeezed])],
        ['IDAT', rows],
      ],
    ],
    [
      'zTXt',
      [
        ['IHDR', header],
        ...Array<PngChunks[number]>(20).fill(['zTXt', Buffer.concat([keyword, squeezed])]),
        ['IDAT', rows],
      ],
    ],
    [
      'IDAT beyond the rows',
      [
        ['IHDR', header],
        ['IDAT', squeezed],
      ],
    ],
    [
      'iTXt',
      [
        ['IHDR', header],
        ['iTXt', Buffer.concat([Buffer.from('x\0\x01\0\0\0', 'latin1'), squeezed])],
        ['IDAT', rows],
      ],
    ],
  ]);
  return {
    kind: 'bomb: deflate',
    made: `${where} of ${squeezed.length} bytes`,
    bytes: pngFile(chunks),
  };
}

function manyChunks(dice: Dice): FuzzInput {
  const count = dice.pick([1_000, 100_000]);
  const header = ihdr({ width: 8, height: 8, depth: 8, colour: 0 });
  const name = dice.pick(['tEXt', 'IDAT', 'fdAT', 'sPLT', 'abCd']);
  const chunks = Array<PngChunks[number]>(count).fill([name, Buffer.from('a\0b', 'latin1')]);
  const bytes = pngFile([['IHDR', header], ...chunks, ['IDAT', deflateSync(Buffer.alloc(72))]]);
  return { kind: 'bomb: chunks', made: `${count} ${name}`, bytes };
}

/** Frames of one pixel on a large canvas: each is a whole picture to whoever puts them together. */
function manyFrames(dice: Dice): FuzzInput {
  const count = dice.pick([100, 5_000, 50_000]);
  const side = dice.pick([1, 500, 7_000, 65_535]);
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  head.writeUInt16LE(side, 6);
  head.writeUInt16LE(side, 8);
  const frame = Buffer.from(
    '21f9040000000000 2c0000000001000100000202440100'.replaceAll(' ', ''),
    'hex',
  );
  const bytes = Buffer.concat([head, ...Array<Buffer>(count).fill(frame), Buffer.from([0x3b])]);
  return { kind: 'bomb: frames', made: `GIF of ${side}x${side}, ${count} frames`, bytes };
}

const webpChunk = (name: string, data: Buffer) => {
  const head = Buffer.alloc(8);
  head.write(name, 0, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length & 1)]);
};

/** VP8L of one pixel, as `cwebp -lossless` writes it. */
const ONE_PIXEL = Buffer.from('2f0000000007509a4ad4aaff8188e87f00', 'hex');

function manyWebpFrames(dice: Dice): FuzzInput {
  const count = dice.pick([50, 5_000]);
  const side = dice.pick([1, 4_000, 16_383]);
  const canvas = Buffer.alloc(10);
  canvas[0] = 0x02;
  canvas.writeUIntLE(side - 1, 4, 3);
  canvas.writeUIntLE(side - 1, 7, 3);
  const frame = webpChunk('ANMF', Buffer.concat([Buffer.alloc(16), webpChunk('VP8L', ONE_PIXEL)]));
  const body = Buffer.concat([
    Buffer.from('WEBP', 'latin1'),
    webpChunk('VP8X', canvas),
    webpChunk('ANIM', Buffer.alloc(6)),
    ...Array<Buffer>(count).fill(frame),
  ]);
  return {
    kind: 'bomb: frames',
    made: `WebP of ${side}x${side}, ${count} frames`,
    bytes: webpChunk('RIFF', body),
  };
}

/** Directories that lead on without end, each a page of its own, or strips that are one and the same. */
function tiffPages(dice: Dice): FuzzInput {
  const pages = dice.pick([10, 3_000, 20_000]);
  const side = dice.pick([16, 7_000, 60_000]);
  const size = 2 + 9 * 12 + 4;
  const bytes = Buffer.alloc(8 + pages * size + 64);
  bytes.write('II*\0', 0, 'latin1');
  bytes.writeUInt32LE(8, 4);
  for (let page = 0; page < pages; page += 1) {
    const at = 8 + page * size;
    const values = [
      [256, side],
      [257, side],
      [258, 1],
      [259, 32_773],
      [262, 1],
      [273, bytes.length - 64],
      [277, 1],
      [278, side],
      [279, 64],
    ];
    bytes.writeUInt16LE(values.length, at);
    for (const [i, [tag = 0, value = 0]] of values.entries()) {
      bytes.writeUInt16LE(tag, at + 2 + i * 12);
      bytes.writeUInt16LE(4, at + 4 + i * 12);
      bytes.writeUInt32LE(1, at + 6 + i * 12);
      bytes.writeUInt32LE(value, at + 10 + i * 12);
    }
    // The last one leads back to the first.
    bytes.writeUInt32LE(page + 1 < pages ? at + size : dice.chance(0.5) ? 8 : 0, at + size - 4);
  }
  return { kind: 'bomb: frames', made: `TIFF of ${side}x${side}, ${pages} pages`, bytes };
}

export const rasterBombs = [
  hugePng,
  longPng,
  inflated,
  manyChunks,
  manyFrames,
  manyWebpFrames,
  tiffPages,
];
