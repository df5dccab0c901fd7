import type { AssetFormat } from '../../formats/image-formats.js';
import { invalidAsset } from '../asset-limits.js';

/**
 * Scans of one JPEG. Encoders write 1 to 12; each one more lets a decoder go over all pixels once
 * more, for a few bytes. libjpeg-turbo's advice is to limit them (its fuzzers stop at 500,
 * `TJPARAM_SCANLIMIT`), libvips' own limit, where it applies, is 100.
 */
const MAX_SCANS = 100;
/**
 * Limits of PNG chunks besides pixels. Profiles and texts are compressed: each may unpack to
 * megabytes.
 */
const MAX_CHUNKS = 1_000;
const MAX_PACKED_CHUNKS = 50;

const MARKER = 0xff;
const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;

/** Markers without a length: padding, restarts, starts. */
const isBare = (code: number) =>
  code === 0 || code === 1 || code === MARKER || (code >= 0xd0 && code <= 0xd8);

/** Number of scans of a JPEG up to its end, counted up to `limit`. */
export function countScans(bytes: Buffer, limit: number): number {
  let scans = 0;
  let at = 2;
  while (scans <= limit) {
    at = bytes.indexOf(MARKER, at);
    if (at === -1 || at + 4 > bytes.length) return scans;
    const code = bytes[at + 1] ?? 0;
    if (code === END_OF_IMAGE) return scans;
    if (code === START_OF_SCAN) scans += 1;
    // In the pixels of a scan the marker byte is followed by 0.
    if (isBare(code)) at += code === MARKER ? 1 : 2;
    else at += 2 + bytes.readUInt16BE(at + 2);
  }
  return scans;
}

function countChunks(bytes: Buffer): { beside: number; packed: number } {
  let beside = 0;
  let packed = 0;
  let at = 8;
  while (at + 8 <= bytes.length) {
    const name = bytes.toString('latin1', at + 4, at + 8);
    if (name !== 'IDAT' && name !== 'fdAT') beside += 1;
    if (/^(zTXt|iTXt|iCCP)$/.test(name)) packed += 1;
    if (name === 'IEND') break;
    at += 12 + bytes.readUInt32BE(at);
  }
  return { beside, packed };
}

/**
 * Detects decompression bombs that have few pixels, before anything is decoded.
 * @throws AppError `asset_invalid`
 */
export function checkStructure(bytes: Buffer, kind: AssetFormat): void {
  if (kind === 'jpeg' && countScans(bytes, MAX_SCANS) > MAX_SCANS) {
    throw invalidAsset(
      `The JPEG is built up in more than ${MAX_SCANS} scans. Save it again, as baseline or progressive.`,
    );
  }
  if (kind !== 'png') return;
  const { beside, packed } = countChunks(bytes);
  if (beside > MAX_CHUNKS || packed > MAX_PACKED_CHUNKS) {
    throw invalidAsset(
      'The PNG carries too much besides its pixels. Save it again without metadata.',
    );
  }
}
