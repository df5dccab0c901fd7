import type { Request, RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { KeyService } from '../../keys/key-service.js';
import { createFailedAttempts, type FailedAttempts } from '../failed-attempts.js';
import { setRateLimitHeaders, shownQuota } from '../rate-limit-headers.js';
import type {} from '../request-context.js';

const BEARER = /^Bearer +([^\s]+) *$/i;
const BASIC = /^Basic +([A-Za-z0-9+/=]+) *$/i;

export interface AuthenticateOptions {
  keys: Pick<KeyService, 'verify'>;
  /** Shared where several of these guard one app. */
  attempts?: FailedAttempts;
  /** Also take the key as the password of HTTP Basic, so that a browser can ask for it. */
  basic?: boolean;
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

function tooManyFailures(seconds: number): AppError {
  return new AppError('rate_limited', {
    detail:
      'Too many wrong API keys came from this address. A valid key is still taken; ' +
      `try others again in ${seconds} s.`,
    retryAfterSeconds: seconds,
  });
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
 * Passes only requests with a valid key that its rate limit allows; stores its id, scopes and quota
 * in the request, and sends the remaining limits. Otherwise 401, 429 after too many wrong keys from
 * one address or too many requests with one key, 503 if the key cannot be checked.
 */
export function authenticate(options: AuthenticateOptions): RequestHandler {
  const { keys, basic = false, attempts = createFailedAttempts() } = options;
  const challenge = basic
    ? 'Basic realm="Cardpress queues", charset="UTF-8"'
    : 'Bearer realm="cardpress"';
  const remedy = basic
    ? 'Sign in with any user name and an API key as the password.'
    : 'Send it as "Authorization: Bearer KEY".';
  return async (req, res, next) => {
    const presented = presentedKey(req, basic);
    // A valid key is never refused because of wrong ones from the same network.
    const verified = presented ? await keys.verify(presented) : undefined;
    if (!verified) {
      const waitSeconds = presented
        ? attempts.note(res.locals.client?.address ?? req.ip)
        : undefined;
      if (waitSeconds !== undefined) throw tooManyFailures(waitSeconds);
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
