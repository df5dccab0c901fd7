import { imageFormats } from '../formats/image-formats.js';
import type { ImageFormat } from '../images/image.js';

export interface MetaImage {
  /** Absolute. */
  url: string;
  widthPx: number;
  heightPx: number;
  format: ImageFormat;
}

/**
 * From this ratio on an image is wide enough for X's large card; narrower images are shown as a
 * square.
 */
const LARGE_CARD_RATIO = 1.5;
/** X cuts descriptions there. */
const MAX_ALT_LENGTH = 420;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text for an attribute in double quotes, on one line; characters that HTML does not allow are
 * removed.
 */
function attribute(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g, '')
      .replace(/\s+/g, ' ')
      .trim()
      // Unpaired surrogates, as in truncated text.
      .replace(/[\ud800-\udfff]/gu, '\ufffd')
      .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)
  );
}

/** At most this many code points, with an ellipsis if text was cut. */
function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= MAX_ALT_LENGTH) return text;
  return `${characters.slice(0, MAX_ALT_LENGTH - 1).join('')}…`;
}

/**
 * The Open Graph and Twitter tags of a page, one per line, ready for its `<head>`. The first image
 * comes first, which is the one that crawlers take. Tags of an image follow it, as ogp.me
 * ("Arrays") requires.
 */
export function metaHtml(
  images: readonly [MetaImage, ...MetaImage[]],
  alt: string | undefined,
): string {
  const description = alt === undefined ? '' : attribute(shortened(alt));
  const [first] = images;
  const open: [string, string][] = images.flatMap((image): [string, string][] => [
    ['og:image', attribute(image.url)],
    ...(image.url.startsWith('https:')
      ? ([['og:image:secure_url', attribute(image.url)]] as [string, string][])
      : []),
    ['og:image:type', imageFormats[image.format].mediaType],
    ['og:image:width', String(image.widthPx)],
    ['og:image:height', String(image.heightPx)],
    ...(description === '' ? [] : ([['og:image:alt', description]] as [string, string][])),
  ]);
  const isLarge = first.widthPx >= first.heightPx * LARGE_CARD_RATIO;
  const twitter: [string, string][] = [
    ['twitter:card', isLarge ? 'summary_large_image' : 'summary'],
    ['twitter:image', attribute(first.url)],
    ...(description === '' ? [] : ([['twitter:image:alt', description]] as [string, string][])),
  ];
  return [
    ...open.map(([name, content]) => `<meta property="${name}" content="${content}">`),
    ...twitter.map(([name, content]) => `<meta name="${name}" content="${content}">`),
  ].join('\n');
}
