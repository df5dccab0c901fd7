import type { ImageFormat } from '../images/image.js';

/** File extension in an address → format. */
export const formatOfEnding: Readonly<Record<string, ImageFormat>> = {
  png: 'png',
  jpg: 'jpeg',
  webp: 'webp',
};

/** Format → file extension in an address. */
export const endingOfFormat: Readonly<Record<ImageFormat, string>> = {
  png: 'png',
  jpeg: 'jpg',
  webp: 'webp',
};
