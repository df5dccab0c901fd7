import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import sharp from 'sharp';

/** A difference that nobody sees: another rounding in a blur or at an edge. */
const MAX_CHANNEL_DIFFERENCE = 3;
/** The fonts of emoji and of non-Latin scripts come from the system and have versions of their own. */
const MAX_SHARE = 0.001;

/** Within Jest each look-up of a global is a call, and here are millions of them. */
const { abs, max } = Math;

interface Bitmap {
  width: number;
  height: number;
  /** RGBA; colour is 0 where nothing is painted. */
  data: Buffer;
}

async function bitmapOf(picture: Buffer): Promise<Bitmap> {
  const { data, info } = await sharp(picture)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 0) data.fill(0, i, i + 3);
  return { width: info.width, height: info.height, data };
}

/**
 * Half as wide and high, each pixel the mean of four: a quarter of the bytes, and still every line
 * that moves by a pixel shows. By hand, so that no version of a library has a say in it.
 */
function halve({ width, height, data }: Bitmap): Bitmap {
  const [w, h] = [width >> 1, height >> 1];
  const half = Buffer.alloc(w * h * 4);
  for (let y = 0; y < h; y += 1) {
    for (let x = 0; x < w; x += 1) {
      for (let c = 0; c < 4; c += 1) {
        const at = (y * 2 * width + x * 2) * 4 + c;
        const sum =
          (data[at] ?? 0) +
          (data[at + 4] ?? 0) +
          (data[at + width * 4] ?? 0) +
          (data[at + width * 4 + 4] ?? 0);
        half[(y * w + x) * 4 + c] = (sum + 2) >> 2;
      }
    }
  }
  return { width: w, height: h, data: half };
}

export interface Comparison {
  same: boolean;
  /** Of pixels that differ visibly, 0..1. */
  share: number;
  largest: number;
  /** The golden, the picture, and in red where they differ, one below the other. */
  picture(): Promise<Buffer>;
}

function compare(golden: Bitmap, actual: Bitmap): Comparison {
  const { width, height } = actual;
  if (golden.width !== width || golden.height !== height) {
    return { same: false, share: 1, largest: 255, picture: () => png(actual) };
  }
  const marks = Buffer.alloc(actual.data.length);
  let [different, largest] = [0, 0];
  for (let i = 0; i < actual.data.length; i += 4) {
    let most = 0;
    for (let c = 0; c < 4; c += 1) {
      most = max(most, abs((actual.data[i + c] ?? 0) - (golden.data[i + c] ?? 0)));
    }
    largest = max(largest, most);
    marks[i + 3] = 255;
    if (most <= MAX_CHANNEL_DIFFERENCE) continue;
    different += 1;
    marks[i] = 255;
  }
  const share = different / (width * height);
  return {
    same: share <= MAX_SHARE,
    share,
    largest,
    picture: () =>
      png({
        width,
        height: height * 3,
        data: Buffer.concat([golden.data, actual.data, marks]),
      }),
  };
}

function png({ width, height, data }: Bitmap): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .png()
    .toBuffer();
}

function webp({ width, height, data }: Bitmap): Promise<Buffer> {
  return sharp(data, { raw: { width, height, channels: 4 } })
    .webp({ lossless: true, effort: 6 })
    .toBuffer();
}

/** Compares a picture with its golden, which is kept at half its size. Undefined: there is none. */
export async function compareWithGolden(
  path: string,
  picture: Buffer,
): Promise<Comparison | undefined> {
  const file = await readFile(path).catch(() => undefined);
  if (!file) return undefined;
  return compare(await bitmapOf(file), halve(await bitmapOf(picture)));
}

export async function writeGolden(path: string, picture: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, await webp(halve(await bitmapOf(picture))));
}
