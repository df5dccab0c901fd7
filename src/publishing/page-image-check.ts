import { createHash } from 'node:crypto';
import { toAppError } from '../errors/app-error.js';
import { previewChoice } from '../formats/format-texts.js';
import { assetFormats } from '../formats/image-formats.js';
import { parseUrl } from '../lib/parse-url.js';
import {
  type Crawler,
  type CrawlerVerdict,
  crawlers,
  type Fault,
  fault,
  warning,
} from './crawlers.js';

interface CrawledAnswer {
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer;
}

/**
 * One GET without redirects and cookies. The body is cut at `maxBytes`.
 * @throws AppError `asset_forbidden`, `asset_unreachable`, `asset_invalid`
 */
export type Crawl = (
  url: string,
  options: { headers: Record<string, string>; maxBytes: number; timeoutMs: number },
) => Promise<CrawledAnswer>;

/**
 * Format and size of an image by its content. @throws AppError `asset_invalid` naming what it is
 * instead
 */
export type ReadAssetFacts = (
  body: Buffer,
) => Promise<{ format: string; widthPx: number; heightPx: number }>;

export interface ExpectedImage {
  url: string;
  /** Absent: unknown, and not compared. */
  widthPx?: number;
  heightPx?: number;
}

export interface ImageCheckDeps {
  crawl: Crawl;
  readFacts: ReadAssetFacts;
  /** Monotonic milliseconds. */
  clock: () => number;
}

/**
 * Time limit for one address with its redirects. No crawler documents its own; chat programs do not
 * wait for long.
 */
const TIMEOUT_MS = 10_000;
const SLOW_MS = 3_000;
const MAX_REDIRECTS = 5;
/** Largest body that is read: one byte more than any crawler accepts. */
const MAX_BYTES = Math.max(...crawlers.map(({ maxBytes }) => maxBytes)) + 1;
const SHOWN_FORMATS = Object.entries(assetFormats).flatMap(([name, { inPreviews }]) =>
  inPreviews ? [name] : [],
);

const kilobytes = (bytes: number) => `${Math.ceil(bytes / 1000)} KB`;

interface FollowedRedirects {
  url: string;
  answer: CrawledAnswer;
  redirects: number;
  setsCookie: boolean;
  faults: Fault[];
}

function targetOf(answer: CrawledAnswer, from: string): string | undefined {
  const { location } = answer.headers;
  if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined)
    return undefined;
  return parseUrl(location, from)?.href;
}

/** Follows redirects as crawlers do, and reports problems with them. */
export async function followRedirects(
  crawl: Crawl,
  start: string,
  options: { headers: Record<string, string>; maxBytes: number },
): Promise<FollowedRedirects> {
  const seen = new Set<string>();
  const faults: Fault[] = [];
  let setsCookie = false;
  let url = start;
  const until = performance.now() + TIMEOUT_MS;
  for (;;) {
    const timeoutMs = Math.max(1, Math.round(until - performance.now()));
    const answer = await crawl(url, { ...options, timeoutMs });
    setsCookie ||= answer.headers['set-cookie'] !== undefined;
    seen.add(url);
    const target = targetOf(answer, url);
    const redirects = seen.size - 1;
    if (target === undefined) return { url, answer, redirects, setsCookie, faults };
    if (seen.has(target) || redirects >= MAX_REDIRECTS) {
      faults.push(
        setsCookie
          ? fault(
              'needs_cookie',
              'The address redirects in a circle and sets a cookie: it wants one that crawlers do not send. Serve it without cookies.',
            )
          : fault('redirected', 'The address redirects without end. Give the final address.'),
      );
      return { url, answer, redirects, setsCookie, faults };
    }
    if (url.startsWith('https:') && target.startsWith('http:')) {
      faults.push(warning('http', 'It redirects from https to http. Redirect to https only.'));
    }
    url = target;
  }
}

/** Faults of a response before its body is checked. */
function answerFaults({ answer, setsCookie, redirects }: FollowedRedirects): Fault[] {
  const { status } = answer;
  const faults: Fault[] = [];
  if (redirects > 0) {
    faults.push(
      warning(
        'redirected',
        'The address redirects; some crawlers do not follow. Give the final one.',
      ),
    );
  }
  if (status === 200) {
    if (setsCookie) {
      const message =
        'The answer sets a cookie, which keeps caches from keeping the picture. Serve it without.';
      faults.push(warning('sets_cookie', message));
    }
    return faults;
  }
  const isRefused = status === 401 || status === 403;
  if (isRefused && setsCookie) {
    const message = `The answer is ${status} and sets a cookie: it wants one that crawlers do not send. Serve it without cookies.`;
    return [...faults, fault('needs_cookie', message)];
  }
  const remedy = isRefused
    ? 'Make it public, and let this user agent through your firewall.'
    : 'Only 200 counts. Check the address.';
  return [...faults, fault('status', `The answer is ${status}. ${remedy}`)];
}

function weightFaults(crawler: Crawler, bytes: number): Fault[] {
  const { label, maxBytes, safeBytes = maxBytes } = crawler;
  if (bytes > maxBytes) {
    const message = `The picture has ${kilobytes(bytes)}; ${label} shows at most ${kilobytes(maxBytes)}. Make it smaller, or use JPEG.`;
    return [fault('too_large', message)];
  }
  if (bytes <= safeBytes) return [];
  const message = `The picture has ${kilobytes(bytes)}; ${label} is known to leave out some of more than ${kilobytes(safeBytes)}. Make it smaller, or use JPEG.`;
  return [warning('too_large', message)];
}

/** Faults of an image's width and height for a crawler. */
function shapeFaults(crawler: Crawler, widthPx: number, heightPx: number): Fault[] {
  const { label, minWidthPx, minHeightPx, large, maxRatio } = crawler;
  const has = `The picture has ${widthPx} x ${heightPx} pixels;`;
  const remedy = 'Use 1200 x 630.';
  if (widthPx < minWidthPx || heightPx < minHeightPx) {
    const message = `${has} ${label} wants at least ${minWidthPx} x ${minHeightPx}. ${remedy}`;
    return [fault('too_small', message)];
  }
  if (maxRatio !== undefined && widthPx > heightPx * maxRatio) {
    const message = `${has} ${label} wants it at most ${maxRatio} times as wide as high. ${remedy}`;
    return [fault('too_wide', message)];
  }
  if (large && (widthPx < large.widthPx || heightPx < large.heightPx)) {
    const message = `${has} ${label} shows less than ${large.widthPx} x ${large.heightPx} as a thumbnail. ${remedy}`;
    return [warning('too_small', message)];
  }
  return [];
}

function sizeFaults(
  crawler: Crawler,
  facts: { format: string; widthPx: number; heightPx: number },
  expected: ExpectedImage,
): Fault[] {
  const { format, widthPx, heightPx } = facts;
  const faults = shapeFaults(crawler, widthPx, heightPx);
  if (!SHOWN_FORMATS.includes(format)) {
    const message = `${format.toUpperCase()} is not shown everywhere. Use ${previewChoice}.`;
    faults.push(fault('unsupported_format', message));
  }
  const { widthPx: width = widthPx, heightPx: height = heightPx } = expected;
  if (width !== widthPx || height !== heightPx) {
    const message = `The picture has ${widthPx} x ${heightPx} pixels, but ${width} x ${height} are announced. Correct og:image:width and og:image:height.`;
    faults.push(warning('wrong_dimensions', message));
  }
  return faults;
}

/** Crawlers mostly get the same file, so a file is decoded once and not for each crawler. */
function readEachOnce(readFacts: ReadAssetFacts): ReadAssetFacts {
  const readings = new Map<string, ReturnType<ReadAssetFacts>>();
  return (body) => {
    const content = createHash('sha256').update(body).digest('base64');
    const reading = readings.get(content) ?? readFacts(body);
    readings.set(content, reading);
    return reading;
  };
}

/** Checks an image's address as each crawler would. Never throws for what it finds. */
export function createImageCheck({ crawl, readFacts, clock }: ImageCheckDeps) {
  async function bodyFaults(
    crawler: Crawler,
    found: FollowedRedirects,
    expected: ExpectedImage,
    read: ReadAssetFacts,
  ) {
    const { body, headers } = found.answer;
    const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
    const announced = Number(headers['content-length'] ?? 0);
    const bytes = Math.max(body.length, headers['content-encoding'] ? 0 : announced);
    if (type === 'text/html' || type === 'application/xhtml+xml') {
      const message =
        'The answer is a web page, not a picture. Give the address of the file itself.';
      return { bytes, faults: [fault('html', message)] };
    }
    const faults = weightFaults(crawler, bytes);
    try {
      const facts = await read(body);
      if (type !== `image/${facts.format}`) {
        const message = `Its Content-Type is "${type.slice(0, 60)}", but it is ${facts.format.toUpperCase()}. Send image/${facts.format}.`;
        faults.push(fault('wrong_type', message));
      }
      faults.push(...sizeFaults(crawler, facts, expected));
      const { widthPx, heightPx } = facts;
      return { bytes, widthPx, heightPx, faults };
    } catch (thrown) {
      faults.push(fault('not_a_picture', toAppError(thrown, 'asset_invalid').detail));
      return { bytes, faults };
    }
  }

  async function checkAs(
    crawler: Crawler,
    expected: ExpectedImage,
    readOnce: ReadAssetFacts,
  ): Promise<CrawlerVerdict> {
    const began = clock();
    const faults: Fault[] = [];
    const { url } = expected;
    if (url.startsWith('http:')) {
      faults.push(
        warning('http', 'The address is http; some show only https. Serve it over https.'),
      );
    }
    const shared = () => {
      const durationMs = Math.round(clock() - began);
      if (durationMs > SLOW_MS) {
        const message = `The answer took ${(durationMs / 1000).toFixed(1)} s; crawlers do not wait long. Serve it from a cache.`;
        faults.push(warning('slow', message));
      }
      const ok = faults.every(({ severity }) => severity !== 'error');
      return { crawler: crawler.name, url, ok, durationMs, faults };
    };
    try {
      const headers = { 'user-agent': crawler.userAgent, accept: '*/*' };
      const found = await followRedirects(crawl, url, { headers, maxBytes: MAX_BYTES });
      const { answer, redirects } = found;
      faults.push(
        ...found.faults,
        ...(found.faults.some((f) => f.severity === 'error') ? [] : answerFaults(found)),
      );
      const isFallback = answer.headers['x-cardpress-source'] === 'fallback';
      if (isFallback) {
        const message = 'A picture that stands in was answered. The page has none of its own yet.';
        faults.push(fault('stand_in', message));
      }
      const read =
        answer.status === 200 ? await bodyFaults(crawler, found, expected, readOnce) : undefined;
      if (read) faults.push(...read.faults);
      const { faults: _, ...facts } = read ?? { faults: [] };
      const contentType = answer.headers['content-type'] ?? '';
      return { ...shared(), status: answer.status, contentType, redirects, ...facts };
    } catch (thrown) {
      const error = toAppError(thrown, 'asset_unreachable');
      if (!error.code.startsWith('asset_')) throw error;
      const code = error.code === 'asset_forbidden' ? 'not_allowed' : 'unreachable';
      faults.push(fault(code, error.detail));
      return { ...shared(), redirects: 0 };
    }
  }

  /** One result for each crawler, in the order of `crawlers`. */
  return async function checkImage(expected: ExpectedImage): Promise<CrawlerVerdict[]> {
    const readOnce = readEachOnce(readFacts);
    return Promise.all(crawlers.map((crawler) => checkAs(crawler, expected, readOnce)));
  };
}

export type CheckImage = ReturnType<typeof createImageCheck>;
