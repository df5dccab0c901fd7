import type { Request } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { SessionService } from '../../sessions/session-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { assertAttemptsLeft, type FailedAttempts } from '../failed-attempts.js';
import { assertOwnPage, isOwnOrigin } from '../own-pages.js';
import { newSessionSchema, sessionSchema } from '../schemas/session.js';
import type { SessionCookie } from '../session-cookie.js';

/** Sign-in for people in a browser: a key for a cookie. */
export function sessionRoutes(deps: {
  sessions: SessionService;
  cookie: SessionCookie;
  attempts: FailedAttempts;
  publicUrl: string;
}): Endpoint[] {
  const { sessions, cookie, attempts, publicUrl } = deps;

  function assertNotForeign(req: Request): void {
    const { origin } = req.headers;
    if (origin === undefined || isOwnOrigin(origin, req, publicUrl)) return;
    throw new AppError('forbidden', {
      detail: 'One signs in on pages of this service, not from another site.',
    });
  }

  const open = defineEndpoint({
    method: 'post',
    path: '/v1/session',
    summary: 'Sign in: exchange an API key for the cookie of a session',
    description:
      'For people in a browser; programs send the key itself. The session can do what its key can, and ends with it, after 12 hours without use, or after 14 days. With the cookie, methods other than GET need an `Origin` of this service and the header `X-Cardpress-Studio: 1`.',
    tag: 'Keys',
    access: 'public',
    body: newSessionSchema,
    answers: {
      204: {
        description: 'Signed in.',
        headers: { 'Set-Cookie': 'The session: HttpOnly, SameSite=Lax and, on https, Secure.' },
      },
    },
    errors: ['unauthorized', 'forbidden', 'rate_limited', 'redis_unavailable'],
    async handle({ body }, res, req) {
      assertNotForeign(req);
      const session = await sessions.open(body.key);
      if (!session) {
        assertAttemptsLeft(attempts, req, res);
        throw new AppError('unauthorized', {
          detail: 'The API key is not valid: it may be mistyped, expired or revoked.',
        });
      }
      cookie.set(res, session.id);
      res.status(204).end();
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/session',
    summary: 'See who is signed in, and what they may do',
    tag: 'Keys',
    access: 'public',
    answers: {
      200: { description: 'The session.', content: { 'application/json': sessionSchema } },
    },
    errors: ['unauthorized', 'redis_unavailable'],
    async handle(_input, res, req) {
      const id = cookie.read(req);
      const session = id === undefined ? undefined : await sessions.verify(id);
      if (!session) {
        throw new AppError('unauthorized', {
          detail: 'Nobody is signed in, or the session has ended. Sign in: POST /v1/session.',
        });
      }
      const { key, expiresAt } = session;
      res.json({
        key_id: key.keyId,
        name: key.name,
        scopes: key.scopes,
        expires_at: expiresAt.toISOString(),
      });
    },
  });

  const close = defineEndpoint({
    method: 'delete',
    path: '/v1/session',
    summary: 'Sign out: the session ends at once',
    tag: 'Keys',
    access: 'public',
    answers: { 204: { description: 'Nobody is signed in.' } },
    errors: ['forbidden', 'redis_unavailable'],
    async handle(_input, res, req) {
      const id = cookie.read(req);
      if (id !== undefined) {
        assertOwnPage(req, publicUrl);
        await sessions.close(id);
      }
      cookie.clear(res);
      res.status(204).end();
    },
  });

  return [open, read, close];
}
