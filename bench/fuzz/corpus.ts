import { deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';
import { createDice } from './dice.js';
import { ihdr, pngFile } from './png-file.js';
import { svgSeeds } from './svg-seeds.js';

/** A sound file, from which others are made. */
export interface Seed {
  kind: 'png' | 'jpeg' | 'webp' | 'gif' | 'avif' | 'tiff' | 'svg';
  name: string;
  bytes: Buffer;
}

/** Of no round number, so that blocks, tiles and rows end inside it. */
const WIDTH = 93;
const HEIGHT = 61;

/** A gradient with noise: smooth enough to be compressed, rough enough to use every table. */
function pixels(channels: 1 | 3 | 4, width = WIDTH, height = HEIGHT): Sharp {
  const dice = createDice(width * height, channels);
  const raw = Buffer.alloc(width * height * channels);
  for (let at = 0; at < raw.length; at += 1) {
    raw[at] = ((at * 255) / raw.length + dice.below(at % 7 === 0 ? 256 : 24)) & 0xff;
  }
  return sharp(raw, { raw: { width, height, channels } });
}

async function frames(count: number): Promise<Sharp> {
  const each = Array.from({ length: count }, (_, i) =>
    pixels(3, 40 + (i % 2), 30)
      .png()
      .toBuffer(),
  );
  const same = (await Promise.all(each)).map((one) => sharp(one).resize(40, 30).png().toBuffer());
  return sharp(await Promise.all(same), { join: { animated: true } });
}

/** What sharp does not write: Adam7, whose passes each have rows of their own. */
function interlacedPng(): Buffer {
  const passes = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
  ];
  const rows = passes.flatMap(([x = 0, y = 0, dx = 1, dy = 1]) => {
    const wide = Math.ceil((WIDTH - x) / dx);
    const high = Math.ceil((HEIGHT - y) / dy);
    return Array.from({ length: high }, (_, row) =>
      Buffer.alloc(1 + wide * 3, row * 3).fill(row % 5, 0, 1),
    );
  });
  const header = ihdr({ width: WIDTH, height: HEIGHT, depth: 8, colour: 2, interlaced: true });
  return pngFile([
    ['IHDR', header],
    ['IDAT', deflateSync(Buffer.concat(rows))],
  ]);
}

/** Every encoder in several moods. Made anew in each run: files of other versions differ in bytes. */
export async function makeCorpus(): Promise<Seed[]> {
  const made: [Seed['kind'], string, Sharp | Promise<Sharp>][] = [
    ['png', 'rgb', pixels(3).png()],
    ['png', 'rgba', pixels(4).png({ compressionLevel: 9, adaptiveFiltering: true })],
    ['png', 'grey', pixels(1).toColourspace('b-w').png()],
    ['png', 'palette', pixels(4).png({ palette: true, colours: 32 })],
    ['png', '16 bit', pixels(3).toColourspace('rgb16').png()],
    ['png', 'with profile', pixels(3).withIccProfile('p3').png()],
    ['jpeg', 'baseline', pixels(3).jpeg()],
    ['jpeg', 'progressive', pixels(3).jpeg({ progressive: true, optimizeScans: true })],
    ['jpeg', '4:4:4', pixels(3).jpeg({ chromaSubsampling: '4:4:4', trellisQuantisation: true })],
    ['jpeg', 'grey', pixels(1).toColourspace('b-w').jpeg()],
    ['jpeg', 'cmyk', pixels(3).toColourspace('cmyk').jpeg()],
    ['jpeg', 'turned', pixels(3).withMetadata({ orientation: 6 }).jpeg()],
    ['jpeg', 'with profile', pixels(3).withIccProfile('p3').jpeg()],
    ['webp', 'lossy', pixels(3).webp()],
    ['webp', 'alpha', pixels(4).webp({ alphaQuality: 50 })],
    ['webp', 'lossless', pixels(4).webp({ lossless: true })],
    ['webp', 'turned', pixels(3).withMetadata({ orientation: 3 }).webp()],
    ['webp', 'animated', frames(4).then((all) => all.webp({ loop: 0 }))],
    ['gif', 'still', pixels(3).gif()],
    ['gif', 'alpha', pixels(4).gif({ colours: 16, interFrameMaxError: 0 })],
    ['gif', 'animated', frames(5).then((all) => all.gif())],
    ['avif', '8 bit', pixels(3).avif({ effort: 1 })],
    ['avif', 'alpha', pixels(4).avif({ effort: 1, chromaSubsampling: '4:2:0' })],
    ['avif', 'lossless', pixels(3).avif({ effort: 0, lossless: true })],
    ['tiff', 'plain', pixels(3).tiff({ compression: 'none' })],
    ['tiff', 'lzw', pixels(4).tiff({ compression: 'lzw', predictor: 'horizontal' })],
    [
      'tiff',
      'deflate in tiles',
      pixels(3).tiff({ compression: 'deflate', tile: true, tileWidth: 32, tileHeight: 32 }),
    ],
    ['tiff', 'jpeg inside', pixels(3).tiff({ compression: 'jpeg' })],
    ['tiff', 'packbits', pixels(1).toColourspace('b-w').tiff({ compression: 'packbits' })],
    [
      'tiff',
      'pyramid',
      pixels(3).tiff({ pyramid: true, tile: true, tileWidth: 16, tileHeight: 16 }),
    ],
    [
      'tiff',
      'fax',
      pixels(1).threshold().toColourspace('b-w').tiff({ compression: 'ccittfax4', bitdepth: 1 }),
    ],
  ];
  const files: Seed[] = [];
  for (const [kind, name, picture] of made) {
    files.push({ kind, name, bytes: await (await picture).toBuffer() });
  }
  files.push({ kind: 'png', name: 'interlaced', bytes: interlacedPng() });
  return [
    ...files,
    ...svgSeeds.map(({ name, text }) => ({ kind: 'svg' as const, name, bytes: Buffer.from(text) })),
  ];
}
