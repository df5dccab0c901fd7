import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { ImageAnswer } from '../links/image-answer.js';
import { type ByteRange, parseByteRange } from './byte-range.js';

const YEAR_SECONDS = 31_536_000;
/** A page's image may change at any time; a crawler can be kept waiting for a minute. */
const PAGE_SECONDS = 60;
/** A day in which caches show the last image while a new one is fetched, or while we are down. */
const PAGE_STALE_SECONDS = 86_400;
/** The real image will be there soon. */
const FALLBACK_SECONDS = 60;

const fallbackEtags = new WeakMap<Buffer, string>();

function etagOf(answer: ImageAnswer): string {
  if (answer.source !== 'fallback') return answer.etag;
  const known = fallbackEtags.get(answer.body);
  if (known !== undefined) return known;
  const etag = createHash('sha256').update(answer.body).digest('hex').slice(0, 32);
  fallbackEtags.set(answer.body, etag);
  return etag;
}

function cacheControl(answer: ImageAnswer): string {
  const limit = Math.max(0, Math.floor(answer.maxAgeSeconds ?? Number.POSITIVE_INFINITY));
  if (answer.source === 'fallback') return `public, max-age=${Math.min(FALLBACK_SECONDS, limit)}`;
  if (answer.caching === 'page') {
    const stale = Math.min(PAGE_STALE_SECONDS, limit);
    const age = Math.min(PAGE_SECONDS, limit);
    // RFC 5861. A fallback image has neither: it must be gone once the image is there.
    return `public, max-age=${age}, stale-while-revalidate=${stale}, stale-if-error=${stale}`;
  }
  // An image that expires is not immutable.
  if (limit < YEAR_SECONDS) return `public, max-age=${limit}`;
  return `public, max-age=${YEAR_SECONDS}, immutable`;
}

/** The properties of an image for its headers. */
export interface ImageHead {
  source: 'stored' | 'rendered' | 'fallback';
  /** Strong validator without quotes. */
  etag: string;
  contentType: string;
  bytes: number;
  cacheControl: string;
  /** If known. */
  modifiedAt?: Date;
}

/** RFC 9110, 13.2.2: the date counts only where no tag is given. */
function holdsCurrent(req: Request, { etag, modifiedAt }: ImageHead): boolean {
  const noneMatch = req.headers['if-none-match'];
  if (noneMatch !== undefined) {
    const tags = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
    return tags.includes('*') || tags.includes(`"${etag}"`);
  }
  if (!modifiedAt) return false;
  const since = Date.parse(req.headers['if-modified-since'] ?? '');
  return Math.floor(modifiedAt.getTime() / 1000) * 1000 <= since;
}

/** Defined for GET alone (RFC 9110, 14.2), and where the caller holds the rest of this picture. */
function wantedRange(req: Request, { etag, bytes }: ImageHead): ByteRange | undefined {
  const { range } = req.headers;
  const ifRange = req.headers['if-range'];
  if (req.method !== 'GET' || range === undefined) return undefined;
  return ifRange === undefined || ifRange === `"${etag}"`
    ? parseByteRange(range, bytes)
    : undefined;
}

/** Images are made to be shown, timed and read in pages of other sites. */
export function openToAllSites(res: Response): void {
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader(
    'Access-Control-Expose-Headers',
    'Accept-Ranges, Content-Range, ETag, X-Cardpress-Source, X-Request-Id',
  );
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  res.setHeader('Timing-Allow-Origin', '*');
}

/**
 * Sends the headers, equal for every route. Returns the range of bytes to send; undefined if the
 * response is complete: 304, and HEAD, whose headers are those of GET.
 */
export function sendImageHead(req: Request, res: Response, head: ImageHead): ByteRange | undefined {
  res.setHeader('ETag', `"${head.etag}"`);
  if (head.modifiedAt) res.setHeader('Last-Modified', head.modifiedAt.toUTCString());
  res.setHeader('Cache-Control', head.cacheControl);
  res.setHeader('Accept-Ranges', 'bytes');
  res.setHeader('X-Cardpress-Source', head.source);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  openToAllSites(res);
  if (holdsCurrent(req, head)) {
    res.status(304).end();
    return undefined;
  }
  const part = wantedRange(req, head);
  const range = part ?? { start: 0, end: head.bytes - 1 };
  res.status(part ? 206 : 200);
  res.setHeader('Content-Type', head.contentType);
  res.setHeader('Content-Length', range.end - range.start + 1);
  if (part) res.setHeader('Content-Range', `bytes ${part.start}-${part.end}/${head.bytes}`);
  if (req.method !== 'HEAD') return range;
  res.end();
  return undefined;
}

/**
 * Sends an image from memory: 200, 206 for a range, or 304 if the client has it. Nothing to a client
 * that has disconnected: in a flood most have.
 */
export function sendImage(req: Request, res: Response, answer: ImageAnswer): void {
  if (res.destroyed) return;
  const { body, contentType, source } = answer;
  const range = sendImageHead(req, res, {
    source,
    etag: etagOf(answer),
    contentType,
    bytes: body.length,
    cacheControl: cacheControl(answer),
  });
  if (range) res.end(body.subarray(range.start, range.end + 1));
}
