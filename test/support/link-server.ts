import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import { loadRegistry } from '../../src/compose/drawing.js';
import { composeLinks } from '../../src/compose/links.js';
import type { Settings } from '../../src/config/settings.js';
import { authenticate } from '../../src/http/middleware/authenticate.js';
import { handleErrors, notFound } from '../../src/http/middleware/handle-errors.js';
import { jsonBody } from '../../src/http/middleware/json-body.js';
import { requestId } from '../../src/http/middleware/request-id.js';
import { securityHeaders } from '../../src/http/middleware/security-headers.js';
import { mountEndpoints } from '../../src/http/mount-endpoints.js';
import { createHttpServer } from '../../src/http/server.js';
import { deriveIdKey } from '../../src/images/image-id.js';
import { createPrepare } from '../../src/images/prepare.js';
import { createKeyCharges } from '../../src/keys/key-charges.js';
import { createKeyService } from '../../src/keys/key-service.js';
import { createLogger } from '../../src/observability/logger.js';
import { createKeyRecords } from '../../src/records/key-records.js';
import { createQuotaRecords } from '../../src/records/quota-records.js';
import { connectForRequests, untilReady } from '../../src/records/redis-connections.js';
import { type ApiCall, ask } from './api-client.js';
import { E2E_TEMPLATES, startService, type TestService } from './service.js';

const GENERIC = fileURLToPath(new URL('../../templates/generic', import.meta.url));

/** The small templates of the tests and the generic card, in a folder of their own. */
export async function templatesWithGeneric(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-templates-'));
  await cp(E2E_TEMPLATES, folder, { recursive: true });
  await cp(GENERIC, join(folder, 'generic'), { recursive: true });
  return folder;
}

/**
 * One more API process beside a service, with settings of its own and nothing but the addresses
 * that never break: nothing is in its memory yet.
 */
export async function startLinkServer(service: TestService, own: Partial<Settings> = {}) {
  const logger = createLogger('silent');
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const server = createHttpServer((req, res) => app(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const settings: Settings = { ...service.settings, publicUrl: url, ...own };
  const registry = await loadRegistry(settings);
  const redis = connectForRequests(service.redisUrl);
  await untilReady(redis, 5_000).catch(() => undefined);
  const idKey = deriveIdKey(settings.signingSecret ?? '');
  const prepare = createPrepare({ registry, idKey });
  const fallbacks: string[] = [];
  const keyRecords = createKeyRecords(redis);
  const quotas = createQuotaRecords(redis);
  const links = composeLinks(
    settings,
    {
      registry,
      storage: service.storage,
      records: { records: service.records, queue: service.queue, redis },
      // By the templates that this process sees.
      images: { ...service.images, prepare },
      signingSecret: settings.signingSecret ?? '',
      charges: createKeyCharges({ records: keyRecords, quotas }),
      onFallback: (reason) => void fallbacks.push(reason),
    },
    { logger },
  );
  const keys = createKeyService({
    records: keyRecords,
    quotas,
    bootstrapKey: settings.apiKey ?? '',
  });
  const mounted = express();
  mounted.use(requestId, securityHeaders);
  mounted.use(
    mountEndpoints(links.endpoints, {
      authenticate: authenticate({ keys }),
      jsonBody: jsonBody(1_000_000),
    }),
  );
  mounted.use(notFound, handleErrors(logger));
  app = mounted;
  return {
    url,
    registry,
    fallbackChain: links.fallbackChain,
    /** Why other pictures stood in, in their order. */
    fallbacks,
    /** Public addresses are asked without a key. */
    api: (path: string, call: ApiCall = {}) =>
      ask(path.startsWith('http') ? path : url + path, path.startsWith('/v1') ? service.key : '', {
        ...(path.startsWith('/v1') ? {} : { key: null }),
        ...call,
      }),
    async stop() {
      await links.close();
      server.close();
      server.closeAllConnections();
      redis.disconnect();
      await registry.close();
    },
  };
}

export type LinkServer = Awaited<ReturnType<typeof startLinkServer>>;

/** A service with the generic card beside the templates of the tests, and a link server over it. */
export async function startLinkWorld(own: Partial<Settings> = {}) {
  const folder = await templatesWithGeneric();
  const service = await startService({ env: { TEMPLATES_DIR: folder } });
  const server = await startLinkServer(service, own);
  return {
    folder,
    service,
    server,
    async stop() {
      await server.stop();
      await service.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export type LinkWorld = Awaited<ReturnType<typeof startLinkWorld>>;
