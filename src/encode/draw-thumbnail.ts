import { sharp } from './configured-sharp.js';

/** Text of a card stays readable at half its size; below 70 small letters begin to smear. */
const QUALITY = 74;
/** Portrait images would otherwise be as high as three landscape ones. */
const MAX_HEIGHT_SHARE = 1.2;

/** Makes thumbnails of images: WebP, at most `widthPx` wide. */
export function createThumbnailer() {
  return {
    async thumbnail(
      image: Buffer,
      widthPx: number,
    ): Promise<{ contentType: string; body: Buffer }> {
      const body = await sharp(image)
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
