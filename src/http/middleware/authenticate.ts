import type { RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import type { KeyService } from '../../keys/key-service.js';
import type {} from '../request-context.js';

const BEARER = /^Bearer +([^\s]+) *$/i;
const BASIC = /^Basic +([A-Za-z0-9+/=]+) *$/i;

export interface AuthenticateOptions {
  keys: Pick<KeyService, 'verify'>;
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

/** Lets only requests with a valid key pass; notes its id. 401 otherwise, 503 if nobody can tell. */
export function authenticate({ keys, basic = false }: AuthenticateOptions): RequestHandler {
  const challenge = basic
    ? 'Basic realm="Cardpress queues", charset="UTF-8"'
    : 'Bearer realm="cardpress"';
  const remedy = basic
    ? 'Sign in with any user name and an API key as the password.'
    : 'Send it as "Authorization: Bearer KEY".';
  return async (req, res, next) => {
    const header = req.headers.authorization ?? '';
    const presented = BEARER.exec(header)?.[1] ?? (basic ? basicPassword(header) : undefined);
    const verified = presented ? await keys.verify(presented) : undefined;
    if (verified) {
      res.locals.keyId = verified.keyId;
      next();
      return;
    }
    res.setHeader('WWW-Authenticate', challenge);
    const problem = presented
      ? 'The API key is not valid: it may be mistyped or revoked.'
      : 'This needs an API key.';
    throw new AppError('unauthorized', { detail: `${problem} ${remedy}` });
  };
}
