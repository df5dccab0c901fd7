import express, { type Express } from 'express';
import type { Logger } from '../observability/logger.js';
import { handleErrors, notFound } from './middleware/handle-errors.js';
import { requestId } from './middleware/request-id.js';
import { securityHeaders } from './middleware/security-headers.js';
import { mountEndpoints } from './mount-endpoints.js';
import { type OperationRoutesDeps, operationRoutes } from './routes/operation-routes.js';

/** HTTP side of a worker: probes and metrics for its operator. It serves no other requests. */
export function createWorkerApp(deps: OperationRoutesDeps & { logger: Logger }): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestId, securityHeaders);
  const pass: express.RequestHandler = (_req, _res, next) => next();
  app.use(mountEndpoints(operationRoutes(deps), { authenticate: pass, jsonBody: pass }));
  app.use(notFound, handleErrors(deps.logger));
  return app;
}
