import sharp from 'sharp';
import { resolveFields } from '../../src/templates/resolve-fields.js';
import type { Template } from '../../src/templates/template.js';
import { cardData } from './card.js';

/** What a camera's picture has once a CMS has scaled it down: some 300 KB as JPEG. */
const PHOTO_PX = { width: 1600, height: 1200 };

/**
 * Data whose pictures are another photograph each time, as in a list of people: every one has to be
 * decoded and sized, and nothing remembered helps. The bytes differ by a parameter of their media type.
 */
export async function createPhotoData(
  card: Template,
): Promise<(index: number) => Record<string, unknown>> {
  const names = Object.entries(card.manifest.fields)
    .filter(([, { type }]) => type === 'image')
    .map(([name]) => name);
  const { fields } = resolveFields(card, cardData(card, 0));
  const photos = await Promise.all(
    names.map(async (name) => {
      const asset = card.assets.get(String(fields[name]).replace('asset:', ''));
      if (!asset) throw new Error(`${card.id}: the sample has no picture "${name}"`);
      const photo = await sharp(asset.body).resize(PHOTO_PX).jpeg({ quality: 88 }).toBuffer();
      return [name, photo.toString('base64')] as const;
    }),
  );
  return (index) => ({
    ...cardData(card, index),
    ...Object.fromEntries(
      photos.map(([name, base64]) => [name, `data:image/jpeg;n=${index};base64,${base64}`]),
    ),
  });
}
