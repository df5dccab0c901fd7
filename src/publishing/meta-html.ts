import type { ImageFormat } from '../images/image.js';

export interface MetaImage {
  /** Absolute. */
  url: string;
  widthPx: number;
  heightPx: number;
  format: ImageFormat;
}

/** From here on a picture is wide enough for X's large card; narrower ones are shown as a square. */
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

/** Text for an attribute in double quotes, on one line; what is no character of HTML goes. */
function attribute(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g, '')
      .replace(/\s+/g, ' ')
      .trim()
      // Halves of a character, as cut texts have them.
      .replace(/[\ud800-\udfff]/gu, '\ufffd')
      .replace(/[&<>"']/g, (c) => ENTITIES[c] ?? c)
  );
}

/** At most so many characters as people count them, with an ellipsis where something was cut. */
function shortened(text: string): string {
  const characters = [...text];
  if (characters.length <= MAX_ALT_LENGTH) return text;
  return `${characters.slice(0, MAX_ALT_LENGTH - 1).join('')}…`;
}

/**
 * The Open Graph and Twitter tags of a page, one a line, to be put into its `<head>` as they are.
 * Of several pictures the first comes first, which is the one that crawlers take. What belongs to
 * a picture follows it, as ogp.me ("Arrays") has it.
 */
export function metaHtml(
  pictures: readonly [MetaImage, ...MetaImage[]],
  alt: string | undefined,
): string {
  const description = alt === undefined ? '' : attribute(shortened(alt));
  const [first] = pictures;
  const open: [string, string][] = pictures.flatMap((picture): [string, string][] => [
    ['og:image', attribute(picture.url)],
    ...(picture.url.startsWith('https:')
      ? ([['og:image:secure_url', attribute(picture.url)]] as [string, string][])
      : []),
    ['og:image:type', `image/${picture.format}`],
    ['og:image:width', String(picture.widthPx)],
    ['og:image:height', String(picture.heightPx)],
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
