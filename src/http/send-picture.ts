import { createHash } from 'node:crypto';
import type { Request, Response } from 'express';
import type { PictureAnswer } from '../links/picture-answer.js';

const YEAR_SECONDS = 31_536_000;
/** A page's picture may change at any time; a minute is what a crawler can be kept waiting. */
const PAGE_SECONDS = 60;
const PAGE_STALE_SECONDS = 86_400;
/** Soon the real picture is there. */
const FALLBACK_SECONDS = 60;

const fallbackEtags = new WeakMap<Buffer, string>();

function etagOf(answer: PictureAnswer): string {
  if (answer.source !== 'fallback') return answer.etag;
  const known = fallbackEtags.get(answer.body);
  if (known !== undefined) return known;
  const etag = createHash('sha256').update(answer.body).digest('hex').slice(0, 32);
  fallbackEtags.set(answer.body, etag);
  return etag;
}

function cacheControl(answer: PictureAnswer): string {
  const limit = Math.max(0, Math.floor(answer.maxAgeSeconds ?? Number.POSITIVE_INFINITY));
  if (answer.source === 'fallback') return `public, max-age=${Math.min(FALLBACK_SECONDS, limit)}`;
  if (answer.caching === 'page') {
    const stale = Math.min(PAGE_STALE_SECONDS, limit);
    return `public, max-age=${Math.min(PAGE_SECONDS, limit)}, stale-while-revalidate=${stale}`;
  }
  // A picture that has to be gone at some time is not immutable.
  if (limit < YEAR_SECONDS) return `public, max-age=${limit}`;
  return `public, max-age=${YEAR_SECONDS}, immutable`;
}

function holdsCurrent(req: Request, etag: string): boolean {
  const noneMatch = req.headers['if-none-match'];
  if (noneMatch === undefined) return false;
  const tags = noneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(`"${etag}"`);
}

/** Sends a picture that is in memory: 200, or 304 to those who hold it; HEAD without its bytes. */
export function sendPicture(req: Request, res: Response, answer: PictureAnswer): void {
  const etag = etagOf(answer);
  res.setHeader('ETag', `"${etag}"`);
  res.setHeader('Cache-Control', cacheControl(answer));
  res.setHeader('X-Cardpress-Source', answer.source);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  // Pictures are made to be shown in pages of other sites.
  res.setHeader('Access-Control-Allow-Origin', '*');
  res.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (holdsCurrent(req, etag)) {
    res.status(304).end();
    return;
  }
  res.status(200);
  res.setHeader('Content-Type', answer.contentType);
  res.setHeader('Content-Length', answer.body.length);
  if (req.method === 'HEAD') res.end();
  else res.end(answer.body);
}
