import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

export interface PngFacts {
  widthPx: number;
  heightPx: number;
  /** SHA-256, hex, over what the pixels are made of; other chunks (times, texts) do not count. */
  pixelHash: string;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
const PIXEL_CHUNKS = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT']);

/**
 * Walks through all chunks, so that a file which was cut off or changed on its way is noticed.
 * The format: https://www.w3.org/TR/png-3/#5DataRep
 * @throws Error saying what is wrong with the file
 */
export function readPngFacts(file: Buffer): PngFacts {
  if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error('it is no PNG');
  const hash = createHash('sha256');
  let widthPx = 0;
  let heightPx = 0;
  let type = '';
  let at = 8;
  while (type !== 'IEND') {
    if (at + 12 > file.length) throw new Error('the PNG is cut off');
    const end = at + 8 + file.readUInt32BE(at);
    if (end + 4 > file.length) throw new Error('the PNG is cut off');
    type = file.toString('latin1', at + 4, at + 8);
    const checked = file.subarray(at + 4, end);
    if (crc32(checked) !== file.readUInt32BE(end)) throw new Error(`its ${type} is damaged`);
    if (type === 'IHDR') {
      widthPx = file.readUInt32BE(at + 8);
      heightPx = file.readUInt32BE(at + 12);
    }
    if (PIXEL_CHUNKS.has(type)) hash.update(checked);
    at = end + 4;
  }
  if (at !== file.length) throw new Error('something follows the end of the PNG');
  return { widthPx, heightPx, pixelHash: hash.digest('hex') };
}
