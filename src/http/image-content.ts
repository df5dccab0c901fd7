import { imageFormatNames, imageFormats } from '../formats/image-formats.js';

/** Of an answer that is an image, for the description. */
export const imageContent: Record<string, undefined> = Object.fromEntries(
  imageFormatNames.map((format) => [imageFormats[format].mediaType, undefined]),
);
