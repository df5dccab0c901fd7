import { crc32, deflateSync } from 'node:zlib';

/** Pictures that are bombs, made of a few lines each. None of them is large as a file. */

export const svg = (content: string, attributes = 'width="60" height="40"') =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${content}</svg>`,
  );

export function pngChunk(name: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(named), 4);
  return Buffer.concat([ends.subarray(0, 4), named, ends.subarray(4)]);
}

/** A grey PNG of one bit a pixel, all black. `chunks` stand before the pixels. */
export function flatPng(width: number, height: number, chunks: Buffer[] = []): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const pixels = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height), { level: 9 });
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    ...chunks,
    pngChunk('IDAT', pixels),
    pngChunk('IEND'),
  ]);
}

/** Of 400 megapixels, in 50 KB. */
export const pngBomb = () => flatPng(20_000, 20_000);

function jpegSegment(code: number, content: number[]): Buffer {
  const head = Buffer.from([0xff, code, 0, 0]);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, Buffer.from(content)]);
}

/** A progressive JPEG without a fault, of `scans` scans over pixels of zero. */
export function scanBomb(width: number, height: number, scans: number): Buffer {
  const table = (kind: number, symbol: number) =>
    jpegSegment(0xc4, [kind << 4, 1, ...Array<number>(15).fill(0), symbol]);
  const scan = (components: number[], from: number, to: number, high: number, low: number) =>
    jpegSegment(0xda, [
      components.length,
      ...components.flatMap((one) => [one, 0]),
      ...[from, to, (high << 4) | low],
    ]);
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  // Each run of 15 bits says that the next 16,384 blocks are zero.
  const runs = Math.ceil(blocks / 16_384);
  const data = Buffer.alloc(Math.ceil((runs * 15) / 8) + 1);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = [
    Buffer.from([0xff, 0xd8]),
    jpegSegment(0xdb, [0, ...Array<number>(64).fill(1)]),
    jpegSegment(0xc2, [8, ...size, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]),
    table(0, 0),
    table(1, 0xe0),
    scan([1, 2, 3], 0, 0, 0, 0),
    Buffer.alloc(Math.ceil((blocks * 3) / 8)),
  ];
  for (let written = 1; written < scans; written += 1) {
    const step = written - 1;
    const low = 13 - Math.floor(step / 189);
    const at = 1 + (Math.floor(step / 3) % 63);
    parts.push(scan([1 + (step % 3)], at, at, low === 13 ? 0 : low + 1, low), data);
  }
  return Buffer.concat([...parts, Buffer.from([0xff, 0xd9])]);
}

/** A GIF of `frames` frames, each a pixel, on a screen of the given size. */
export function gifFrames(width: number, height: number, frames: number): Buffer {
  const screen = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  screen.writeUInt16LE(width, 6);
  screen.writeUInt16LE(height, 8);
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0]);
  return Buffer.concat([screen, ...Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])]);
}

/** An animated WebP of 1 x 1 pixels: its reader counts the frames, from the first for each. */
export function webpFrames(frames: number): Buffer {
  const chunk = (name: string, data: Buffer) => {
    const head = Buffer.alloc(8);
    head.write(name, 'latin1');
    head.writeUInt32LE(data.length, 4);
    return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
  };
  // A pixel, as libwebp writes it.
  const pixels = chunk('VP8L', Buffer.from('2f0000000007509a4ad4aaff8188e87f00', 'hex'));
  const frame = chunk('ANMF', Buffer.concat([Buffer.alloc(16), pixels]));
  const canvas = Buffer.alloc(10);
  canvas[0] = 2;
  const parts = [
    chunk('VP8X', canvas),
    chunk('ANIM', Buffer.alloc(6)),
    ...Array(frames).fill(frame),
  ];
  return chunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...parts]));
}

/** A TIFF whose `pages` directories each name a picture; the last leads back to the first. */
export function tiffPages(width: number, height: number, pages: number): Buffer {
  const entries: [number, number, number][] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [278, 4, 1],
    [279, 4, 1],
  ];
  const bytes = 2 + entries.length * 12 + 4;
  const file = Buffer.alloc(8 + pages * bytes);
  file.write('II*\0', 'latin1');
  file.writeUInt32LE(8, 4);
  for (let page = 0; page < pages; page += 1) {
    const start = 8 + page * bytes;
    file.writeUInt16LE(entries.length, start);
    entries.forEach(([tag, type, value], i) => {
      const at = start + 2 + i * 12;
      file.writeUInt16LE(tag, at);
      file.writeUInt16LE(type, at + 2);
      file.writeUInt32LE(1, at + 4);
      file.writeUInt32LE(value, at + 8);
    });
    file.writeUInt32LE(page + 1 < pages ? start + bytes : 8, start + bytes - 4);
  }
  return file;
}

/** Each of `depth` groups uses the one before ten times. */
export function useBomb(depth = 12): Buffer {
  const groups = Array.from(
    { length: depth - 1 },
    (_, i) => `<g id="a${i + 1}">${`<use href="#a${i}"/>`.repeat(10)}</g>`,
  );
  return svg(
    `<defs><rect id="a0" width="9" height="9"/>${groups.join('')}</defs><use href="#a${depth - 1}"/>`,
  );
}

/** Noise of 64 octaves over 16 megapixels, again and again: hours of drawing. */
export function filterBomb(): Buffer {
  const noise = '<feTurbulence numOctaves="64" baseFrequency="0.9"/>'.repeat(40);
  const rects = '<rect width="4000" height="4000" filter="url(#f)"/>'.repeat(200);
  return svg(
    `<filter id="f" x="0" y="0" width="1" height="1">${noise}</filter>${rects}`,
    'width="4000" height="4000"',
  );
}

/** A line of a kilometre in dashes of a micrometre. */
export const dashBomb = () =>
  svg(
    `<path d="M0,0 ${'L9000,9000 L0,1 '.repeat(400)}" fill="none" stroke="#000" stroke-dasharray=".001"/>`,
  );

/** Patterns within patterns, each drawn thousands of times for one tile of the next. */
export function patternBomb(): Buffer {
  const patterns = Array.from(
    { length: 12 },
    (_, i) =>
      `<pattern id="p${i + 1}" width=".02" height=".02" patternUnits="objectBoundingBox"><rect width="60" height="40" fill="url(#p${i})"/></pattern>`,
  );
  return svg(
    `<defs><pattern id="p0" width=".01" height=".01"><circle r="1"/></pattern>${patterns.join('')}</defs><rect width="60" height="40" fill="url(#p12)"/>`,
  );
}

/** Masks within masks: each is a surface of its own. */
export function maskBomb(): Buffer {
  const masks = Array.from(
    { length: 40 },
    (_, i) =>
      `<mask id="m${i + 1}"><g mask="url(#m${i})"><rect width="4000" height="4000" fill="#fff"/></g></mask>`,
  );
  return svg(
    `<defs><mask id="m0"><rect width="4000" height="4000" fill="#fff"/></mask>${masks.join('')}</defs>${'<rect width="4000" height="4000" mask="url(#m40)"/>'.repeat(500)}`,
    'width="4000" height="4000"',
  );
}

/** A path of half a megabyte that crosses itself everywhere. */
export const segmentBomb = () =>
  svg(
    `<path d="M0 0${Array.from({ length: 60_000 }, (_, i) => `L${(i * 7919) % 4000} ${(i * 104_729) % 4000}`).join('')}"/>`,
    'width="4000" height="4000"',
  );
