import type { RequestHandler } from 'express';
import type { Metrics } from '../../observability/metrics.js';
import type {} from '../request-context.js';

/** Counts and times every request under its route's pattern. */
export function httpMetrics(metrics: Pick<Metrics, 'httpRequest'>): RequestHandler {
  return (req, res, next) => {
    res.once('close', () => {
      const { route, startedAtMs } = res.locals;
      const seconds = (performance.now() - startedAtMs) / 1000;
      metrics.httpRequest(req.method, route ?? 'unmatched', res.statusCode, seconds);
    });
    next();
  };
}
