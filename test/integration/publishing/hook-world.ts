import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { loadRegistry } from '../../../src/compose/drawing.js';
import { composeRecords } from '../../../src/compose/records.js';
import { composeSources } from '../../../src/compose/sources.js';
import { authenticate } from '../../../src/http/middleware/authenticate.js';
import { handleErrors } from '../../../src/http/middleware/handle-errors.js';
import { jsonBody } from '../../../src/http/middleware/json-body.js';
import { requestId } from '../../../src/http/middleware/request-id.js';
import { mountEndpoints } from '../../../src/http/mount-endpoints.js';
import { createHttpServer } from '../../../src/http/server.js';
import { createKeyService } from '../../../src/keys/key-service.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createPageService } from '../../../src/publishing/page-service.js';
import { createKeyRecords } from '../../../src/records/key-records.js';
import { createPageRecords } from '../../../src/records/page-records.js';
import { type ApiCall, ask } from '../../support/api-client.js';
import { SERVICE_KEY, startService } from '../../support/service.js';

/** A whole service that draws, with sources, hooks and pages over its Redis and its queue. */
export async function startHookWorld() {
  const service = await startService();
  const logger = createLogger('silent');
  const registry = await loadRegistry(service.settings, logger);
  const records = await composeRecords(service.redisUrl);
  const pages = createPageService({
    records: createPageRecords(records.redis),
    images: service.images,
    image: records.records.get,
    waitForSettled: records.records.waitForSettled,
    tell: () => Promise.resolve(),
    verify: () => Promise.reject(new Error('no source of these tests asks for a check')),
    onError: (error) => {
      throw error;
    },
  });
  const { endpoints } = composeSources(
    service.settings,
    { registry, records, images: service.images, pages },
    { logger },
  );
  const keys = createKeyService({
    records: createKeyRecords(records.redis),
    bootstrapKey: SERVICE_KEY,
  });
  const app = express();
  app.use(
    requestId,
    mountEndpoints(endpoints, {
      authenticate: authenticate({ keys }),
      jsonBody: jsonBody(1024 * 1024),
    }),
    handleErrors(logger),
  );
  const server = createHttpServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = (path: string, call?: ApiCall) => ask(url + path, SERVICE_KEY, call);

  return {
    service,
    pages,
    endpoints,
    api,
    url,
    source: (name: string, body: Record<string, unknown>) =>
      api(`/v1/sources/${name}`, { method: 'PUT', body }),
    hook: (name: string, body: string, headers: Record<string, string> = {}) =>
      api(`/v1/hooks/${name}`, { body, headers, key: null }),
    /** Everything that is kept, as text: what must not change when a request is refused. */
    async kept(): Promise<string[]> {
      const names = (await records.redis.keys('cp:*')).filter(
        (name) => !name.startsWith('cp:key:'),
      );
      const dumps = await Promise.all(
        names.map(async (name) => `${name} ${(await records.redis.dump(name)) ?? ''}`),
      );
      return dumps.sort();
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await pages.close();
      await registry.close();
      await records.close();
      await service.stop();
    },
  };
}

export type HookWorld = Awaited<ReturnType<typeof startHookWorld>>;
