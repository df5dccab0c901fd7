import type { RequestHandler } from 'express';
import type {} from '../request-context.js';
import { openToAllSites } from '../send-image.js';

/** The response never depends on the requester. */
const MAX_AGE_SECONDS = 86_400;

/** The public routes of images. */
const IMAGE_PATHS = /^\/(images|i|l|p)\//;

/**
 * Answers CORS preflights of scripts that read images: `If-None-Match` and an unusual `Range` need
 * one (Fetch standard, "CORS-safelisted request-header").
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
