import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageFormatNames, imageFormats } from '../../../src/formats/image-formats.js';
import { staticCard } from '../../../src/links/static-card.js';

it.each(imageFormatNames)('is a small %s of the usual size', async (format) => {
  const { body, contentType } = staticCard[format];
  const { mediaType } = imageFormats[format];
  expect(contentType).toBe(mediaType);
  expect(await sharp(body).metadata()).toMatchObject({ mediaType, width: 1200, height: 630 });
  // Something is drawn on it, and it weighs next to nothing in the program.
  expect((await sharp(body).stats()).channels.some(({ stdev }) => stdev > 20)).toBe(true);
  expect(body.length).toBeLessThan(16_000);
});
