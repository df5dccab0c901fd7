import { toAppError } from '../errors/app-error.js';
import { invalidField } from '../errors/invalid-field.js';
import { parseHttpUrl, parseUrl } from '../lib/parse-url.js';
import { type CrawlerVerdict, crawlers, type Fault, fault, warning } from './crawlers.js';
import { type CheckImage, type Crawl, followRedirects } from './page-image-check.js';
import { type PageTags, readPageTags } from './page-tags.js';

/** An image that a page's tags point at, as crawlers combine the tags. */
export interface NamedImage {
  /** As written in the page. */
  url: string;
  /** Absolute; absent if the address is invalid. */
  absoluteUrl?: string;
  widthPx?: number;
  heightPx?: number;
  type?: string;
  alt?: string;
  verdicts: CrawlerVerdict[];
  faults: Fault[];
}

export interface PageReport {
  /** After redirects. */
  url: string;
  status?: number;
  /** True if no fault is an error. */
  ok: boolean;
  /** Faults of the page itself. */
  faults: Fault[];
  /** The tags in the page, in their order. */
  tags: { name: string; content: string }[];
  pictures: NamedImage[];
}

export interface CheckPageDeps {
  crawl: Crawl;
  checkImage: CheckImage;
}

/** No crawler is known to read more. */
const MAX_PAGE_BYTES = 512 * 1024;
/** Crawlers take the first image; the others are checked for platforms that offer a choice. */
const MAX_IMAGES = 4;
const MAX_SHOWN_TAGS = 60;
const MAX_SHOWN_LENGTH = 2_000;

type TaggedImage = Omit<NamedImage, 'verdicts' | 'faults' | 'absoluteUrl'>;

/** Images in their order; tags after an `og:image` belong to it. */
function namedImages({ tags, imageSrc }: PageTags): TaggedImage[] {
  const pictures: TaggedImage[] = [];
  for (const { name, content } of tags) {
    const last = pictures.at(-1);
    if (name === 'og:image' || name === 'og:image:url') {
      // The two names are one tag; a page with both means one image.
      if (last?.url !== content) pictures.push({ url: content });
    } else if (last) {
      if (name === 'og:image:width') last.widthPx = Number.parseInt(content, 10);
      if (name === 'og:image:height') last.heightPx = Number.parseInt(content, 10);
      if (name === 'og:image:type') last.type = content;
      if (name === 'og:image:alt') last.alt = content;
    }
  }
  const twitter = tags.find(({ name }) => /^twitter:image(:src)?$/.test(name))?.content;
  if (twitter && !pictures.some(({ url }) => url === twitter)) pictures.push({ url: twitter });
  if (pictures.length === 0 && imageSrc) pictures.push({ url: imageSrc });
  return pictures.slice(0, MAX_IMAGES);
}

function pageFaults(found: PageTags, pictures: TaggedImage[]): Fault[] {
  const faults: Fault[] = [];
  const has = (name: string) => found.tags.some((tag) => tag.name === name && tag.content !== '');
  if (!has('og:image')) {
    const message =
      pictures.length === 0
        ? 'The page names no picture. Put <meta property="og:image" content="https://…"> into its head.'
        : 'There is no og:image: Facebook, LinkedIn and WhatsApp look for nothing else. Add it.';
    faults.push(fault('no_image', message));
  }
  if (!has('twitter:card')) {
    const message =
      'There is no twitter:card, so X shows a small picture. Add <meta name="twitter:card" content="summary_large_image">.';
    faults.push(warning('missing_card', message));
  }
  return faults;
}

function imageFaults(image: TaggedImage, isOpenGraph: boolean): Fault[] {
  const faults: Fault[] = [];
  const { url, widthPx, heightPx, alt } = image;
  if (!/^https?:\/\//i.test(url)) {
    const message =
      'The address is not absolute, so crawlers do not find it. Begin it with https:// and your host.';
    faults.push(fault('relative_url', message));
  }
  if (isOpenGraph && !(Number(widthPx) > 0 && Number(heightPx) > 0)) {
    const message =
      'og:image:width and og:image:height are missing, so the first share shows no picture on Facebook. Add both.';
    faults.push(warning('missing_size', message));
  }
  if (isOpenGraph && !alt) {
    faults.push(warning('missing_alt', 'og:image:alt is missing. Describe the picture in it.'));
  }
  return faults;
}

const isError = ({ severity }: Fault) => severity === 'error';

function decode(body: Buffer, contentType: string): string {
  const [, label = 'utf-8'] = /charset\s*=\s*"?([\w-]+)/i.exec(contentType) ?? [];
  try {
    return new TextDecoder(label).decode(body);
  } catch {
    return new TextDecoder().decode(body);
  }
}

/** @throws AppError `invalid_request` with path `url` */
function assertUrl(url: string): void {
  if (parseHttpUrl(url)) return;
  throw invalidField('url', 'must be the address of a page, beginning with https:// or http://');
}

/** Reads the tags of any page and checks its images as crawlers would. */
export function createCheckPage({ crawl, checkImage }: CheckPageDeps) {
  async function checkNamed(
    image: TaggedImage,
    base: string,
    isOpenGraph: boolean,
  ): Promise<NamedImage> {
    const faults = imageFaults(image, isOpenGraph);
    const url = parseHttpUrl(image.url, base);
    if (!url) return { ...image, verdicts: [], faults };
    const { widthPx, heightPx } = image;
    const { href } = url;
    const isSized = Number(widthPx) > 0 && Number(heightPx) > 0;
    const verdicts = await checkImage({
      url: href,
      ...(isSized && widthPx && heightPx ? { widthPx, heightPx } : {}),
    });
    return { ...image, absoluteUrl: href, verdicts, faults };
  }

  async function read(url: string) {
    const agent = crawlers[0]?.userAgent ?? '';
    const headers = { 'user-agent': agent, accept: 'text/html,application/xhtml+xml' };
    return followRedirects(crawl, url, { headers, maxBytes: MAX_PAGE_BYTES });
  }

  function answerFaults(status: number, contentType: string): Fault[] {
    if (status !== 200) {
      const message = `The page answers ${status}; crawlers take 200 only. Let their user agents through.`;
      return [fault('status', message)];
    }
    if (/html/i.test(contentType)) return [];
    const message = `The answer is "${contentType.slice(0, 60)}", not a web page. Give the address of the page itself.`;
    return [fault('wrong_type', message)];
  }

  /**
   * Checks the page at `url` as a crawler would. Problems of the page are in the report.
   * @throws AppError `invalid_request` for an invalid address
   */
  return async function checkPage(url: string): Promise<PageReport> {
    assertUrl(url);
    let found: Awaited<ReturnType<typeof followRedirects>>;
    try {
      found = await read(url);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!error.code.startsWith('asset_')) throw error;
      const code = error.code === 'asset_forbidden' ? 'not_allowed' : 'unreachable';
      return { url, ok: false, faults: [fault(code, error.detail)], tags: [], pictures: [] };
    }
    const { status, headers, body } = found.answer;
    const contentType = headers['content-type'] ?? '';
    const faults = [...found.faults, ...answerFaults(status, contentType)];
    if (faults.some(isError)) {
      return { url: found.url, status, ok: false, faults, tags: [], pictures: [] };
    }
    const tags = readPageTags(decode(body, contentType));
    const named = namedImages(tags);
    faults.push(...pageFaults(tags, named));
    const base = (tags.base && parseUrl(tags.base, found.url)?.href) || found.url;
    const open = new Set(
      tags.tags.flatMap((t) => (/^og:image(:url)?$/.test(t.name) ? [t.content] : [])),
    );
    const pictures: NamedImage[] = [];
    // One after the other: each is read by all crawlers at once, up to 8 MB each.
    for (const one of named) pictures.push(await checkNamed(one, base, open.has(one.url)));
    const all = [
      ...faults,
      ...pictures.flatMap((p) => [...p.faults, ...p.verdicts.flatMap((v) => v.faults)]),
    ];
    return {
      url: found.url,
      status,
      ok: !all.some(isError),
      faults,
      tags: tags.tags
        .filter(({ name }) => /^(og:|twitter:)/.test(name))
        .slice(0, MAX_SHOWN_TAGS)
        .map(({ name, content }) => ({ name, content: content.slice(0, MAX_SHOWN_LENGTH) })),
      pictures,
    };
  };
}

export type CheckPage = ReturnType<typeof createCheckPage>;
