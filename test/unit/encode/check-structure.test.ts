import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { checkStructure, countScans } from '../../../src/encode/foreign/check-structure.js';
import { flatPng, pngChunk, scanBomb } from '../../support/hostile-assets.js';

const noisy = sharp(Buffer.alloc(300 * 200 * 3, 'some pixels that vary'), {
  raw: { width: 300, height: 200, channels: 3 },
});

it.each([
  ['baseline', {}, 1],
  ['progressive', { progressive: true }, 10],
  ['mozjpeg', { mozjpeg: true }, 10],
])('counts the scans of a %s JPEG', async (_name, options, least) => {
  const bytes = await noisy.clone().jpeg(options).toBuffer();
  const scans = countScans(bytes, 100);
  expect(scans).toBeGreaterThanOrEqual(Math.min(least, 4));
  expect(scans).toBeLessThanOrEqual(12);
  expect(() => checkStructure(bytes, 'jpeg')).not.toThrow();
});

it('does not count what looks like a scan within a segment', async () => {
  const plain = await noisy.clone().jpeg().toBuffer();
  const thumbnails = Buffer.concat(Array<Buffer>(400).fill(Buffer.from([0xff, 0xda, 0, 2])));
  const segment = Buffer.from([
    0xff,
    0xe1,
    (thumbnails.length + 2) >> 8,
    (thumbnails.length + 2) & 255,
  ]);
  const bytes = Buffer.concat([plain.subarray(0, 2), segment, thumbnails, plain.subarray(2)]);
  expect(countScans(bytes, 100)).toBe(1);
});

it('counts no further than it has to, and through what is damaged', () => {
  const bomb = scanBomb(64, 64, 2_646);
  expect(countScans(bomb, 5_000)).toBe(2_646);
  expect(countScans(bomb, 100)).toBe(101);
  expect(() => checkStructure(bomb, 'jpeg')).toThrow(/more than 100 scans/);
  expect(() => checkStructure(scanBomb(64, 64, 100), 'jpeg')).not.toThrow();
  for (const end of [3, 4, 5, 90]) expect(countScans(bomb.subarray(0, end), 100)).toBe(0);
  // Padding and strays between segments hide nothing.
  const padded = Buffer.concat([
    bomb.subarray(0, 2),
    Buffer.from([0xff, 0xff, 0xff]),
    bomb.subarray(2),
  ]);
  expect(countScans(padded, 5_000)).toBe(2_646);
});

it.each([
  ['texts that are packed', () => Array<Buffer>(60).fill(pngChunk('zTXt', Buffer.from('a\0\0x')))],
  ['profiles', () => Array<Buffer>(60).fill(pngChunk('iCCP', Buffer.from('a\0\0x')))],
  ['chunks of any kind', () => Array<Buffer>(1_200).fill(pngChunk('teXt'))],
])('refuses a PNG with thousands of %s', (_name, chunks) => {
  expect(() => checkStructure(flatPng(8, 8, chunks()), 'png')).toThrow(/besides its pixels/);
});

it('takes a PNG with its pixels in many pieces', () => {
  const pieces = Array<Buffer>(5_000).fill(pngChunk('IDAT', Buffer.alloc(1)));
  expect(() => checkStructure(flatPng(8, 8, pieces), 'png')).not.toThrow();
});
