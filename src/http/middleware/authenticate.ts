import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { KeyService, VerifiedKey } from '../../keys/key-service.js';
import type { SessionService } from '../../sessions/session-service.js';
import {
  assertAttemptsLeft,
  createFailedAttempts,
  type FailedAttempts,
} from '../failed-attempts.js';
import { setRateLimitHeaders, shownQuota } from '../rate-limit-headers.js';
import type {} from '../request-context.js';
import type { SessionCookie } from '../session-cookie.js';

const BEARER = /^Bearer +([^\s]+) *$/i;
const BASIC = /^Basic +([A-Za-z0-9+/=]+) *$/i;

export interface AuthenticateOptions {
  keys: Pick<KeyService, 'verify'>;
  /** Shared where several of these guard one app. */
  attempts?: FailedAttempts;
  /** Also take the key as the password of HTTP Basic, so that a browser can ask for it. */
  basic?: boolean;
  /** Also take the cookie of a session where no key is presented. */
  sessions?: {
    cookie: Pick<SessionCookie, 'read'>;
    verify: SessionService['verify'];
    /** @throws AppError `forbidden` for requests that other sites may have caused */
    assertOwnPage(req: Request): void;
  };
}

function basicPassword(header: string): string | undefined {
  const encoded = BASIC.exec(header)?.[1];
  if (!encoded) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : text.slice(colon + 1);
}

function presentedKey(req: Request, basic: boolean): string | undefined {
  const header = req.headers.authorization ?? '';
  return BEARER.exec(header)?.[1] ?? (basic ? basicPassword(header) : undefined);
}

function tooManyRequests(seconds: number): AppError {
  return new AppError('rate_limited', {
    detail:
      'The key has used up its rate limit, which the header RateLimit-Policy tells. ' +
      `Try again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
}

/**
 * Passes only requests with a valid key, or a session of one, that its rate limit allows; stores its id, scopes and quota
 * in the request, and sends the remaining limits. Otherwise 401, 429 after too many wrong keys from
 * one address or too many requests with one key, 503 if the key cannot be checked.
 */
export function authenticate(options: AuthenticateOptions): RequestHandler {
  const { keys, basic = false, attempts = createFailedAttempts(), sessions } = options;
  const challenge = basic
    ? 'Basic realm="Cardpress queues", charset="UTF-8"'
    : 'Bearer realm="cardpress"';
  const remedy = basic
    ? 'Sign in with any user name and an API key as the password.'
    : 'Send it as "Authorization: Bearer KEY".';

  async function keyOfSession(req: Request): Promise<VerifiedKey | undefined> {
    const id = sessions?.cookie.read(req);
    if (!sessions || id === undefined) return undefined;
    sessions.assertOwnPage(req);
    return (await sessions.verify(id))?.key;
  }

  return async (req, res, next) => {
    const presented = presentedKey(req, basic);
    // A valid key is never refused because of wrong ones from the same network.
    const verified = await (presented ? keys.verify(presented) : keyOfSession(req));
    if (!verified) {
      if (presented) assertAttemptsLeft(attempts, req, res);
      res.setHeader('WWW-Authenticate', challenge);
      const problem = presented
        ? 'The API key is not valid: it may be mistyped, expired or revoked.'
        : 'This needs an API key.';
      throw new AppError('unauthorized', { detail: `${problem} ${remedy}` });
    }
    const { keyId, scopes, rate } = verified;
    res.locals.keyId = keyId;
    res.locals.scopes = scopes;
    res.locals.quota = shownQuota(res, verified);
    setRateLimitHeaders(res, verified);
    if (rate && !rate.isAllowed) throw tooManyRequests(Math.ceil(rate.nextMs / 1000));
    next();
  };
}
