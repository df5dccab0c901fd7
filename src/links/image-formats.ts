import type { ImageFormat } from '../images/image.js';

/** Ending of an address → format. */
export const formatOfEnding: Readonly<Record<string, ImageFormat>> = {
  png: 'png',
  jpg: 'jpeg',
  webp: 'webp',
};

/** Format → ending of an address. */
export const endingOfFormat: Readonly<Record<ImageFormat, string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
};
