import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type {} from '../request-context.js';

/** Anything else could forge log lines or headers. */
const REQUEST_ID_PATTERN = /^[A-Za-z0-9._-]{1,64}$/;

/** Takes over the caller's `X-Request-Id` where it is harmless, else makes one. */
export const requestId: RequestHandler = (req, res, next) => {
  const given = req.headers['x-request-id'];
  const id = typeof given === 'string' && REQUEST_ID_PATTERN.test(given) ? given : randomUUID();
  res.locals.requestId = id;
  res.locals.startedAtMs = performance.now();
  res.setHeader('X-Request-Id', id);
  next();
};
