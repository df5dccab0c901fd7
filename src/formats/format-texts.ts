import {
  assetFormatNames,
  assetFormats,
  hasQuality,
  imageFormatNames,
  imageFormats,
} from './image-formats.js';

/** `PNG, JPEG and WebP`. */
function listed(words: readonly string[], last: 'and' | 'or'): string {
  const end = words.at(-1) ?? '';
  return words.length < 2 ? end : `${words.slice(0, -1).join(', ')} ${last} ${end}`;
}

const labels = (formats: typeof imageFormatNames) =>
  formats.map((format) => imageFormats[format].label);
const withQuality = imageFormatNames.filter(hasQuality);
const withoutQuality = imageFormatNames.filter((format) => !hasQuality(format));

/** All that an asset may come in: `PNG, JPEG, WebP, GIF, AVIF, TIFF and SVG`. */
export const assetLabels = listed(
  assetFormatNames.map((format) => assetFormats[format].label),
  'and',
);

/** `JPEG (default 85) and WebP (default 82)` */
export const qualityDefaults = listed(
  withQuality.map((format) => {
    const { label, output } = imageFormats[format];
    return `${label} (default ${output.quality?.default})`;
  }),
  'and',
);

export const losslessLabels = listed(labels(withoutQuality), 'and');

/** What an image is smaller in: `JPEG or WebP`. */
export const lossyChoice = listed(labels(withQuality), 'or');

/** What an image is shown everywhere in: `PNG or JPEG`. */
export const previewChoice = listed(
  labels(imageFormatNames.filter((format) => imageFormats[format].inPreviews)),
  'or',
);

/** `.jpg, .png or .webp` */
export const extensionChoice = listed(
  imageFormatNames.map((format) => `.${imageFormats[format].extensions[0]}`).sort(),
  'or',
);
