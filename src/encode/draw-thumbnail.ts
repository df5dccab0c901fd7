import { sharp } from './configured-sharp.js';

/** Text of a card stays readable at half its size; below 70 small letters begin to smear. */
const QUALITY = 74;
/** Upright cards would otherwise take the height of three lying ones. */
const MAX_HEIGHT_SHARE = 1.2;

/** Makes pictures small enough to lie side by side in one page: WebP, at most `widthPx` wide. */
export function createThumbnailer() {
  return {
    async thumbnail(
      picture: Buffer,
      widthPx: number,
    ): Promise<{ contentType: string; body: Buffer }> {
      const body = await sharp(picture)
        .resize({
          width: widthPx,
          height: Math.round(widthPx * MAX_HEIGHT_SHARE),
          fit: 'inside',
          withoutEnlargement: true,
        })
        .webp({ quality: QUALITY, effort: 4 })
        .toBuffer();
      return { contentType: 'image/webp', body };
    },
  };
}
