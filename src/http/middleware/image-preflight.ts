import type { RequestHandler } from 'express';
import type {} from '../request-context.js';
import { openToAllSites } from '../send-image.js';

/** Nothing here ever depends on who asks. */
const MAX_AGE_SECONDS = 86_400;

/** The public routes of pictures. */
const IMAGE_PATHS = /^\/(images|i|l|p)\//;

/**
 * Answers a browser that asks whether a script of another site may read a picture under conditions:
 * `If-None-Match` and an unusual `Range` need such a question first (Fetch standard, "CORS-safelisted
 * request-header").
 */
export const imagePreflight: RequestHandler = (req, res, next) => {
  const isQuestion =
    req.method === 'OPTIONS' && req.headers['access-control-request-method'] !== undefined;
  if (!isQuestion || !IMAGE_PATHS.test(req.path)) {
    next();
    return;
  }
  res.locals.route = 'picture preflight';
  openToAllSites(res);
  res.setHeader('Access-Control-Allow-Methods', 'GET, HEAD');
  res.setHeader(
    'Access-Control-Allow-Headers',
    'If-Modified-Since, If-None-Match, If-Range, Range',
  );
  res.setHeader('Access-Control-Max-Age', String(MAX_AGE_SECONDS));
  res.status(204).end();
};
