import { crc32, deflateSync } from 'node:zlib';

export const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** One chunk with the right length and check sum. */
export function pngChunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const chunk = Buffer.alloc(body.length + 8);
  chunk.writeUInt32BE(data.length, 0);
  body.copy(chunk, 4);
  chunk.writeUInt32BE(crc32(body), body.length + 4);
  return chunk;
}

/** `IEND` comes by itself. */
export function pngFile(chunks: [type: string, data: Buffer][]): Buffer {
  const all = [...chunks, ['IEND', Buffer.alloc(0)] as [string, Buffer]];
  return Buffer.concat([PNG_SIGNATURE, ...all.map(([type, data]) => pngChunk(type, data))]);
}

export function ihdr(of: {
  width: number;
  height: number;
  depth: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA. */
  colour: number;
  interlaced?: boolean;
}): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(of.width >>> 0, 0);
  header.writeUInt32BE(of.height >>> 0, 4);
  header[8] = of.depth;
  header[9] = of.colour;
  header[12] = of.interlaced ? 1 : 0;
  return header;
}

/** Grey of one bit, all black: the most pixels for the least bytes. */
export function blackPng(width: number, height: number): Buffer {
  const rows = Buffer.alloc((1 + Math.ceil(width / 8)) * height);
  const header = ihdr({ width, height, depth: 1, colour: 0 });
  return pngFile([
    ['IHDR', header],
    ['IDAT', deflateSync(rows, { level: 9 })],
  ]);
}
