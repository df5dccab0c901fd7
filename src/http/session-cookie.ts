import { parse } from 'cookie';
import type { CookieOptions, Request, Response } from 'express';
import { parseUrl } from '../lib/parse-url.js';
import { SESSION_MAX_MS } from '../sessions/session-service.js';

/** More than all cookies of one host; browsers send no more than a few. */
const MAX_HEADER_LENGTH = 8_192;

/**
 * The cookie of a session: out of reach for scripts, not sent along by other sites' requests, and
 * on https bound to this host (`__Host-`) or, behind a path, to https and that path (`__Secure-`).
 * RFC 6265bis, 4.1.3.
 */
export function createSessionCookie(publicUrl: string) {
  const url = parseUrl(publicUrl);
  const path = url?.pathname.replace(/\/$/, '') || '/';
  const isSecure = url?.protocol === 'https:';
  const prefix = path === '/' ? '__Host-' : '__Secure-';
  const name = `${isSecure ? prefix : ''}cardpress_session`;
  const options: CookieOptions = { httpOnly: true, sameSite: 'lax', secure: isSecure, path };

  return {
    name,
    /** The id of the session that a request presents, as it was sent. */
    read({ headers }: Request): string | undefined {
      const { cookie = '' } = headers;
      return cookie.length > MAX_HEADER_LENGTH ? undefined : parse(cookie)[name];
    },
    set(res: Response, id: string): void {
      res.cookie(name, id, { ...options, maxAge: SESSION_MAX_MS });
    },
    clear(res: Response): void {
      res.clearCookie(name, options);
    },
  };
}

export type SessionCookie = ReturnType<typeof createSessionCookie>;
