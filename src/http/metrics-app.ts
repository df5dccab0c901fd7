import express, { type Express } from 'express';
import type { Logger } from '../observability/logger.js';
import type { Metrics } from '../observability/metrics.js';
import { handleErrors, notFound } from './middleware/handle-errors.js';
import { requestId } from './middleware/request-id.js';
import { securityHeaders } from './middleware/security-headers.js';
import { mountEndpoints } from './mount-endpoints.js';
import { metricsRoute } from './routes/operation-routes.js';

/** Metrics only, for a port that is not public. */
export function createMetricsApp(deps: {
  metrics: Pick<Metrics, 'text' | 'contentType'>;
  logger: Logger;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestId, securityHeaders);
  const pass: express.RequestHandler = (_req, _res, next) => next();
  app.use(mountEndpoints([metricsRoute(deps.metrics)], { authenticate: pass, jsonBody: pass }));
  app.use(notFound, handleErrors(deps.logger));
  return app;
}
