import { sharp } from '../configured-sharp.js';

/** Enough to tell what colour a logo has. */
const SIDE_PX = 48;
/** Of 255: fainter pixels are edges and shadows. */
const VISIBLE_ALPHA = 128;
/** Shares of the pixels that are seen: less is a speck, more a plate with its own background. */
const MIN_SHARE = 0.01;
const MAX_SHARE = 0.9;
/** A sum over the channels: pixels that differ by more are of two colours. */
const MAX_SPREAD = 120;

export type Ink = [red: number, green: number, blue: number];

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;

/**
 * The colour of a drawing in one colour on nothing, such as a black logo; undefined for all others.
 * Such a drawing is seen only where what is behind it differs.
 */
export async function inkOf(body: Buffer): Promise<Ink | undefined> {
  const { data, info } = await sharp(body)
    .resize(SIDE_PX, SIDE_PX, { fit: 'inside', kernel: 'nearest' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = info.width * info.height;
  const seen: Ink[] = [];
  for (let at = 0; at < pixels * 4; at += 4) {
    if ((data[at + 3] ?? 0) < VISIBLE_ALPHA) continue;
    seen.push([data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0]);
  }
  if (seen.length < pixels * MIN_SHARE || seen.length > pixels * MAX_SHARE) return undefined;
  const ink = [0, 1, 2].map((i) => median(seen.map((pixel) => pixel[i] ?? 0))) as Ink;
  const differs = (pixel: Ink) =>
    pixel.reduce((sum, part, i) => sum + Math.abs(part - (ink[i] ?? 0)), 0) > MAX_SPREAD;
  // Edges that were blended with a colour of the file are few.
  return seen.filter(differs).length > seen.length * 0.05 ? undefined : ink;
}
