import { cleanBaseUrl } from './base-url.js';
import { type ImageFormat, imageFormats } from './image-formats.js';
import { readTags, writeTags } from './meta-tags.js';

/** A picture with an address of its own, such as `imageUrl` makes. */
export interface CardPicture {
  /** Absolute: crawlers follow nothing else. */
  url: string;
  /** Pixels of the file. */
  width: number;
  height: number;
  /** Default: what the address ends in. */
  format?: ImageFormat | undefined;
  /** Describes the picture, for readers who do not see it. */
  alt?: string | undefined;
}

/** A page's picture of which no more than the key and the size is known. */
export interface PageKeyPicture extends Omit<CardPicture, 'url'> {
  /** The service's `PUBLIC_URL`. */
  baseUrl: string;
  key: string;
  /** A size beside the page's first. */
  size?: string | undefined;
}

/** A page as the API answers, or what stands in for one. */
export type MetaSource = { meta_html: string } | CardPicture | PageKeyPicture;

export type MetaTag = { property: string; content: string } | { name: string; content: string };

export interface OpenGraphImage {
  url: string;
  /** Where the address is https. */
  secureUrl?: string;
  /** `image/png` and so on, where the format is known. */
  type?: string;
  width: number;
  height: number;
  alt?: string;
}

/** `openGraph` and `twitter` fit into Next.js' `Metadata`; `tags` are attributes of `<meta>`. */
export interface PageMeta {
  openGraph: { images: OpenGraphImage[] };
  twitter: {
    card: 'summary_large_image' | 'summary';
    images: { url: string; alt?: string }[];
  };
  /** Unescaped; whoever writes them into HTML escapes. */
  tags: MetaTag[];
}

/** As the service's own tags: wide enough for X's large card, and X's limit of a description. */
const LARGE_CARD_RATIO = 1.5;
const MAX_ALT_LENGTH = 420;

function cleanAlt(alt: string): string {
  const characters = [...alt];
  const cut = characters.length > MAX_ALT_LENGTH;
  return (
    (cut ? `${characters.slice(0, MAX_ALT_LENGTH - 1).join('')}…` : alt)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      .replace(/[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f]/g, '')
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[\ud800-\udfff]/gu, '\ufffd')
  );
}

function addressOf(source: CardPicture | PageKeyPicture): string {
  if ('url' in source) {
    if (/^https?:\/\//i.test(source.url)) return source.url;
    throw new TypeError('url: must be absolute, such as https://cards.example.com/p/home.png');
  }
  const { key, size, format = 'png' } = source;
  // What else a key cannot hold would not survive in a path.
  if (!/^[A-Za-z0-9._~/-]+$/.test(key)) {
    throw new TypeError('key: must be made of A-Z a-z 0-9 . _ ~ - and slashes');
  }
  const suffix = size === undefined ? '' : `@${size}`;
  return `${cleanBaseUrl(source.baseUrl)}/p/${key}${suffix}.${imageFormats[format].extensions[0]}`;
}

function mediaTypeOf(url: string): string | undefined {
  const [, extension = ''] = /\.([a-z]+)$/.exec(new URL(url).pathname) ?? [];
  const formats = Object.values(imageFormats);
  return formats.find(({ extensions }) => extensions.some((one) => one === extension))?.mediaType;
}

function tagsOf(source: CardPicture | PageKeyPicture): MetaTag[] {
  const { width, height } = source;
  const url = addressOf(source);
  const alt = cleanAlt(source.alt ?? '');
  const type = source.format ? imageFormats[source.format].mediaType : mediaTypeOf(url);
  const isLarge = width >= height * LARGE_CARD_RATIO;
  const open: [string, string][] = [
    ['og:image', url],
    ...(url.startsWith('https:') ? ([['og:image:secure_url', url]] as [string, string][]) : []),
    ...(type ? ([['og:image:type', type]] as [string, string][]) : []),
    ['og:image:width', String(width)],
    ['og:image:height', String(height)],
    ...(alt === '' ? [] : ([['og:image:alt', alt]] as [string, string][])),
  ];
  const twitter: [string, string][] = [
    ['twitter:card', isLarge ? 'summary_large_image' : 'summary'],
    ['twitter:image', url],
    ...(alt === '' ? [] : ([['twitter:image:alt', alt]] as [string, string][])),
  ];
  return [
    ...open.map(([property, content]) => ({ property, content })),
    ...twitter.map(([name, content]) => ({ name, content })),
  ];
}

/** The pictures of a list of tags: what belongs to one follows its `og:image`. */
function imagesOf(tags: MetaTag[]): OpenGraphImage[] {
  const images: OpenGraphImage[] = [];
  for (const tag of tags) {
    if (!('property' in tag)) continue;
    const { property, content } = tag;
    const last = images.at(-1);
    if (property === 'og:image') {
      images.push({ url: content, width: 0, height: 0 });
    } else if (!last) continue;
    else if (property === 'og:image:secure_url') last.secureUrl = content;
    else if (property === 'og:image:type') last.type = content;
    else if (property === 'og:image:width') last.width = Number(content);
    else if (property === 'og:image:height') last.height = Number(content);
    else if (property === 'og:image:alt') last.alt = content;
  }
  return images;
}

/**
 * The Open Graph and Twitter tags of a page's pictures. Of an answer of `GET` or `PUT
 * /v1/pages/{key}` they are those of its `meta_html`, which name versions: a crawler that has seen
 * the page before fetches the new picture. Of a key alone they name the address that always shows
 * the present picture, which crawlers may keep for a while.
 * @throws TypeError for a relative address
 */
export function pageMeta(source: MetaSource): PageMeta {
  const tags = 'meta_html' in source ? readTags(source.meta_html) : tagsOf(source);
  const images = imagesOf(tags);
  const twitterTag = (name: string) =>
    tags.find((tag) => 'name' in tag && tag.name === name)?.content;
  const alt = twitterTag('twitter:image:alt');
  const url = twitterTag('twitter:image') ?? images[0]?.url;
  const isLarge = twitterTag('twitter:card') === 'summary_large_image';
  return {
    openGraph: { images },
    twitter: {
      card: isLarge ? 'summary_large_image' : 'summary',
      images: url === undefined ? [] : [{ url, ...(alt === undefined ? {} : { alt }) }],
    },
    tags,
  };
}

/** The same tags as HTML, one a line, escaped: to be put into the `<head>` as they are. */
export const metaHtml = (source: MetaSource): string => writeTags(pageMeta(source).tags);
