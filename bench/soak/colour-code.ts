import { createHash } from 'node:crypto';
import sharp from 'sharp';

/** Of the template `colour-code` of the tests: squares in a row, each 40 CSS pixels wide. */
const SQUARES = 8;
const SQUARE_PX = 40;

/** Eight colours that stand for `text`. */
function coloursOf(text: string): string[] {
  const digest = createHash('sha256').update(text).digest('hex');
  return Array.from({ length: SQUARES }, (_, i) => `#${digest.slice(i * 6, i * 6 + 6)}`);
}

/** The fields of `colour-code` for the picture of `text`. */
export function colourFields(text: string): Record<string, string> {
  return Object.fromEntries(coloursOf(text).map((colour, i) => [`c${i + 1}`, colour]));
}

/** Whether a lossless picture at scale 1 shows the colours of `text`, every pixel of them. */
export async function showsColoursOf(text: string, picture: Buffer): Promise<boolean> {
  const { data, info } = await sharp(picture)
    .extract({ left: 0, top: 0, width: SQUARES * SQUARE_PX, height: SQUARE_PX })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const wanted = coloursOf(text).map((colour) => Number.parseInt(colour.slice(1), 16));
  for (let pixel = 0; pixel < info.width * info.height; pixel += 1) {
    const square = Math.floor((pixel % info.width) / SQUARE_PX);
    if (data.readUIntBE(pixel * info.channels, 3) !== wanted[square]) return false;
  }
  return true;
}
