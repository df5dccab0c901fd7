import type { RequestHandler } from 'express';

/** Nothing that the API answers is a document; routes that serve one set their own policy. */
export const securityHeaders: RequestHandler = (req, res, next) => {
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Referrer-Policy', 'no-referrer');
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  // Answers of the API hold customers' data, and change.
  if (req.path.startsWith('/v1/')) res.setHeader('Cache-Control', 'no-store');
  next();
};
