import type { RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import { parseUrl } from '../../lib/parse-url.js';

const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

function hostOf(url: string): string | undefined {
  return parseUrl(url)?.host;
}

/**
 * A browser sends Basic credentials along with requests that any other site makes it do. So what
 * changes something must come from our own pages, or from no page at all.
 */
export function sameOrigin(publicUrl: string): RequestHandler {
  const publicHost = hostOf(publicUrl);
  return (req, _res, next) => {
    const site = req.headers['sec-fetch-site'];
    const origin = req.headers.origin;
    const originHost = origin === undefined ? undefined : hostOf(origin);
    const foreign =
      site === undefined
        ? origin !== undefined && originHost !== req.headers.host && originHost !== publicHost
        : site !== 'same-origin' && site !== 'none';
    if (foreign && !SAFE_METHODS.has(req.method)) {
      throw new AppError('forbidden', {
        detail: 'This can only be asked from the page itself, not from another site.',
      });
    }
    next();
  };
}
