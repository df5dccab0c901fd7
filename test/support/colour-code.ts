import { createHash } from 'node:crypto';
import sharp from 'sharp';

/** The sizes of the template `colour-code`; each square is 40 CSS pixels wide. */
const SQUARES = 8;
const SQUARE_PX = 40;

/** Eight colours that stand for `text`; lossless pictures of different texts differ in them. */
export function coloursOf(text: string): string[] {
  const digest = createHash('sha256').update(text).digest('hex');
  return Array.from({ length: SQUARES }, (_, i) => `#${digest.slice(i * 6, i * 6 + 6)}`);
}

/** The fields of `colour-code` for the picture that says `text`. */
export function colourFields(text: string): Record<string, string> {
  return Object.fromEntries(coloursOf(text).map((colour, i) => [`c${i + 1}`, colour]));
}

/** A body for engine tests that shows the same squares as the template. */
export function colourBody(text: string): string {
  const squares = coloursOf(text).map(
    (colour, i) =>
      `<i style="position:absolute;left:${i * SQUARE_PX}px;top:0;width:${SQUARE_PX}px;height:${SQUARE_PX}px;background:${colour}"></i>`,
  );
  return squares.join('');
}

export interface Raw {
  width: number;
  height: number;
  /** `#rrggbb`, or `#rrggbbaa` where the picture has alpha that is not full. */
  at(x: number, y: number): string;
  data: Buffer;
}

/** A picture's pixels as RGBA. */
export async function readPixels(picture: Buffer): Promise<Raw> {
  const { data, info } = await sharp(picture)
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return {
    width: info.width,
    height: info.height,
    data,
    at(x, y) {
      const hex = data.subarray((y * info.width + x) * 4).toString('hex', 0, 4);
      return hex.endsWith('ff') ? `#${hex.slice(0, 6)}` : `#${hex}`;
    },
  };
}

/** The colours that a picture shows, to be compared with `coloursOf`. */
export async function shownColours(picture: Buffer, scale = 1): Promise<string[]> {
  const pixels = await readPixels(picture);
  const middle = (SQUARE_PX * scale) / 2;
  return Array.from({ length: SQUARES }, (_, i) =>
    pixels.at(middle + i * SQUARE_PX * scale, middle),
  );
}
