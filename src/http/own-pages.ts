import type { Request } from 'express';
import { AppError } from '../errors/app-error.js';
import { parseUrl } from '../lib/parse-url.js';

export const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** A header that no page of another site can send without being asked first (CORS). */
const HEADER = 'x-cardpress-studio';

const hostOf = (url: string) => parseUrl(url)?.host;

/** Whether an `Origin` is that of this service, by the address that it is known by or asked at. */
export function isOwnOrigin(origin: string, req: Request, publicUrl: string): boolean {
  const host = hostOf(origin);
  return host !== undefined && (host === req.headers.host || host === hostOf(publicUrl));
}

/**
 * A browser sends a session's cookie along whatever page asks. So what changes something must come
 * from pages of this service: with its `Origin`, and a header that only they send.
 * @throws AppError `forbidden`
 */
export function assertOwnPage(req: Request, publicUrl: string): void {
  if (SAFE_METHODS.has(req.method)) return;
  const { origin } = req.headers;
  const isOwn = origin !== undefined && isOwnOrigin(origin, req, publicUrl);
  if (isOwn && req.headers[HEADER] === '1') return;
  throw new AppError('forbidden', {
    detail:
      'A session changes something from pages of this service alone, which send its "Origin" and the ' +
      'header "X-Cardpress-Studio: 1". From elsewhere use an API key.',
  });
}
