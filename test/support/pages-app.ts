import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { composeWebhooks } from '../../src/compose/delivery-worker.js';
import { loadRegistry } from '../../src/compose/drawing.js';
import { composePages } from '../../src/compose/pages.js';
import { composeRecords } from '../../src/compose/records.js';
import { handleErrors, notFound } from '../../src/http/middleware/handle-errors.js';
import { jsonBody } from '../../src/http/middleware/json-body.js';
import { requestId } from '../../src/http/middleware/request-id.js';
import { mountEndpoints } from '../../src/http/mount-endpoints.js';
import { createUnbroken } from '../../src/links/unbroken.js';
import { createLogger } from '../../src/observability/logger.js';
import { type ApiCall, ask } from './api-client.js';
import { SERVICE_KEY, type TestService } from './service.js';

/**
 * The pages of a service, composed as the service does it, over its Redis, storage and workers;
 * with connections of their own, so that a test can take them away.
 */
export async function startPagesApp(service: TestService, budgetMs = 20_000) {
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const server = createServer((req, res) => app(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings = { ...service.settings, publicUrl: url, dynamicBudgetMs: budgetMs };
  const logger = createLogger('silent');
  const registry = await loadRegistry(settings, logger);
  const records = await composeRecords(service.redisUrl);
  const { images, storage } = service;
  const fallbacks: string[] = [];
  const unbroken = createUnbroken({
    images,
    registry,
    store: storage.store,
    waitForSettled: records.records.waitForSettled,
    onFallback: (reason) => fallbacks.push(reason),
  });
  const deliveries = composeWebhooks(settings, { records });
  const composed = composePages(
    settings,
    { storage, records, images, unbroken, webhooks: deliveries.webhooks },
    { logger },
  );
  const router = mountEndpoints(composed.endpoints, {
    authenticate: (_req, _res, next) => next(),
    jsonBody: jsonBody(1024 * 1024),
  });
  app = express().use(requestId, router, notFound, handleErrors(logger));
  return {
    url,
    pages: composed.pages,
    records,
    /** Why other pictures stood in. */
    fallbacks,
    api: (path: string, call?: ApiCall) =>
      ask(path.startsWith('http') ? path : url + path, SERVICE_KEY, call),
    async stop() {
      server.close();
      server.closeAllConnections();
      await composed.close();
      await deliveries.close();
      await registry.close();
      await records.close();
    },
  };
}

export type PagesApp = Awaited<ReturnType<typeof startPagesApp>>;
