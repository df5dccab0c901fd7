import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { DecoderDeath } from '../../../src/encode/decoder-child.js';
import { type AssetPreparer, createAssetPreparer } from '../../../src/encode/prepare-asset.js';
import {
  dashBomb,
  filterBomb,
  flatPng,
  gifFrames,
  maskBomb,
  patternBomb,
  pngBomb,
  pngChunk,
  scanBomb,
  segmentBomb,
  svg,
  tiffPages,
  useBomb,
} from '../../support/hostile-assets.js';

/*
 * Bombs against decoders with the limits of production, but for a second of processor time instead
 * of five: the tests would only take longer.
 */

const MEGABYTE = 1024 * 1024;
const CPU_MS = 1_000;
const box = { boxPx: { width: 200, height: 100 }, fit: 'cover' } as const;
const honest = svg('<rect width="60" height="40" fill="#c83214"/>');

let preparer: AssetPreparer;
const deaths: DecoderDeath[] = [];
let rssBefore = 0;

beforeAll(async () => {
  preparer = createAssetPreparer({
    limits: { cpuMs: CPU_MS },
    onDeath: (reason) => deaths.push(reason),
  });
  await preparer.prepare(honest, box);
  rssBefore = process.memoryUsage.rss();
});
afterAll(() => preparer?.close());

const embedded = (bytes: Buffer, label = 'data:text/plain;base64,') =>
  svg(`<image width="60" height="40" href="${label}${bytes.toString('base64')}"/>`);

/** A GIF, WebP or TIFF whose head promises more than is there. */
async function cutOff(format: 'webp' | 'tiff' | 'avif'): Promise<Buffer> {
  const whole = await sharp(Buffer.alloc(200 * 200 * 3, 'noise of a kind'), {
    raw: { width: 200, height: 200, channels: 3 },
  })
    .toFormat(format)
    .toBuffer();
  return whole.subarray(0, Math.floor(whole.length * 0.6));
}

type Ends = 'refused' | 'drawn' | 'either';

describe('ends with a word of its own, in time, and takes nobody with it', () => {
  it.each<[string, () => Buffer | Promise<Buffer>, Ends]>([
    ['a PNG of 400 megapixels', pngBomb, 'refused'],
    ['an SVG around it, labelled as text', () => embedded(pngBomb()), 'refused'],
    [
      'an SVG around a GIF with a large screen',
      () => embedded(gifFrames(6_000, 6_000, 2)),
      'refused',
    ],
    ['an SVG around a JPEG of scans', () => embedded(scanBomb(2_000, 2_000, 500)), 'refused'],
    [
      'an SVG around an SVG of dashes',
      () => embedded(dashBomb(), 'data:image/png;base64,'),
      'refused',
    ],
    [
      'an SVG around an SVG of uses',
      () => embedded(useBomb(), 'data:image/png;base64,'),
      'refused',
    ],
    ['an SVG of noise', filterBomb, 'refused'],
    ['an SVG of uses of uses', useBomb, 'refused'],
    ['an SVG of dashes', dashBomb, 'either'],
    ['an SVG of patterns in patterns', patternBomb, 'either'],
    ['an SVG of masks in masks', maskBomb, 'refused'],
    ['an SVG of crossing segments', segmentBomb, 'either'],
    ['a JPEG of 2,646 scans', () => scanBomb(8_000, 6_000, 2_646), 'refused'],
    ['a JPEG of as many scans as are taken', () => scanBomb(8_000, 6_000, 100), 'either'],
    ['a GIF of half a million frames', () => gifFrames(10, 10, 500_000), 'either'],
    ['a GIF whose screen is too large', () => gifFrames(60_000, 60_000, 2), 'either'],
    ['a TIFF of 90,000 pages in a circle', () => tiffPages(1, 1, 90_000), 'either'],
    ['a TIFF of a size that is not there', () => tiffPages(40_000, 40_000, 1), 'refused'],
    ['a TIFF of long rows that are not there', () => tiffPages(2_000_000, 20, 3), 'refused'],
    [
      'a PNG of packed texts',
      () => flatPng(8, 8, Array<Buffer>(2_000).fill(pngChunk('zTXt', Buffer.from('a\0\0x')))),
      'refused',
    ],
    ['a PNG that ends early', () => flatPng(900, 900).subarray(0, 60), 'refused'],
    ['a WebP that ends early', () => cutOff('webp'), 'refused'],
    ['a TIFF that ends early', () => cutOff('tiff'), 'refused'],
    ['an AVIF that ends early', () => cutOff('avif'), 'refused'],
  ])('%s', async (_name, make, ends) => {
    const bytes = await make();
    const began = performance.now();
    const outcome = await preparer.prepare(bytes, box).then(
      () => 'drawn',
      (error: { code: string; detail: string }) => {
        expect(error.code).toMatch(/^asset_(invalid|too_large)$/);
        // The remedy.
        expect(error.detail).toMatch(/Use|Save|Simplify|Export|Embed/);
        return 'refused';
      },
    );
    if (ends !== 'either') expect(outcome).toBe(ends);
    // The clock's limit, and the start of the next decoder: the machine may be busy.
    expect(performance.now() - began).toBeLessThan(20_000);
    const { asset: picture } = await preparer.prepare(honest, box);
    expect(picture).toMatchObject({ widthPx: 400, contentType: 'image/png' });
  });

  it('and this process has not grown, while decoders died', () => {
    expect(deaths).toContain('time');
    expect(deaths).not.toContain('unstartable');
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(150 * MEGABYTE);
  });
});
