import { sharp } from './configured-sharp.js';
import { invalidPicture } from './picture-limits.js';
import { sniffPicture } from './sniff-picture.js';

/**
 * What a picture is by its content, read from its head: nothing is decoded.
 * @throws AppError `asset_invalid` for what is no picture, and for SVG, which no crawler shows
 */
export async function readPictureFacts(
  body: Buffer,
): Promise<{ format: string; widthPx: number; heightPx: number }> {
  const format = sniffPicture(body);
  if (format === 'svg') throw invalidPicture('The file is an SVG. Use PNG or JPEG.');
  try {
    const { width, height } = await sharp(body, { failOn: 'none' }).metadata();
    return { format, widthPx: width, heightPx: height };
  } catch (cause) {
    throw invalidPicture('The file is damaged. Make it anew.', cause);
  }
}
