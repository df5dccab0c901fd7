import type { RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import { isOwnOrigin, SAFE_METHODS } from '../own-pages.js';

/**
 * A browser sends Basic credentials along with requests that any other site makes it do. So what
 * changes something must come from our own pages, or from no page at all.
 */
export function sameOrigin(publicUrl: string): RequestHandler {
  return (req, _res, next) => {
    const site = req.headers['sec-fetch-site'];
    const origin = req.headers.origin;
    const foreign =
      site === undefined
        ? origin !== undefined && !isOwnOrigin(origin, req, publicUrl)
        : site !== 'same-origin' && site !== 'none';
    if (foreign && !SAFE_METHODS.has(req.method)) {
      throw new AppError('forbidden', {
        detail: 'This can only be asked from the page itself, not from another site.',
      });
    }
    next();
  };
}
