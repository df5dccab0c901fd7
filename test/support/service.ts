import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { composeApi } from '../../src/compose/api.js';
import { composeDeliveryWorker } from '../../src/compose/delivery-worker.js';
import { composeLibrary } from '../../src/compose/library.js';
import { composeRecords } from '../../src/compose/records.js';
import { composeRenderWorker } from '../../src/compose/render-worker.js';
import { composeStorage } from '../../src/compose/storage.js';
import { loadSettings } from '../../src/config/settings.js';
import { createHttpServer } from '../../src/http/server.js';
import { createLogger } from '../../src/observability/logger.js';
import { createMetrics, type Metrics } from '../../src/observability/metrics.js';
import { formatProblem } from '../../src/templates/load-template.js';
import { type ApiCall, ask } from './api-client.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { metricIn, SERVICE_KEY, serviceEnvironment } from './service-environment.js';
import { until } from './until.js';

export {
  E2E_TEMPLATES,
  freePort,
  metricIn,
  SERVICE_KEY,
  serviceEnvironment,
} from './service-environment.js';

export interface ServiceOptions {
  env?: Record<string, string>;
  /** Without one, nothing is drawn: accepted images stay queued. Default true. */
  worker?: boolean;
  /** Another service's Redis, data or both; what is given is not cleaned up here. */
  redis?: RedisServer;
  dataDir?: string;
}

/**
 * The real service in this process: composed as `main.ts` does it, over a real Redis, with a
 * folder of its own, listening on a free port.
 */
export async function startService(options: ServiceOptions = {}) {
  const redis = options.redis ?? (await startRedis());
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'cp-data-')));
  const log: Record<string, unknown>[] = [];
  const logger = createLogger(
    'trace',
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        log.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
        done();
      },
    }),
  );
  // A later worker has its own, as a process would; the first shares the API's.
  const metrics: Metrics[] = [];
  const newObservers = () => {
    const own = createMetrics();
    metrics.push(own);
    return { logger, metrics: own };
  };

  // Listens before it is composed, because the public address is part of the settings.
  let app: RequestListener = (_req, res) => res.writeHead(503).end();
  const server = createHttpServer((req, res) => app(req, res));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const redisUrl = `unix://${redis.socketPath}`;
  const settings = loadSettings(
    await serviceEnvironment({
      DATA_DIR: dataDir,
      PUBLIC_URL: url,
      REDIS_URL: redisUrl,
      ...options.env,
    }),
  );
  const storage = await composeStorage(settings);
  const records = await composeRecords(redisUrl);
  const library = await composeLibrary(settings, { storage, records }, { logger });
  const problems = library.folders.problems().map(formatProblem);
  if (problems.length > 0) throw new Error(`Templates of the tests:\n${problems.join('\n')}`);
  const parts = { library, registry: library.registry, storage, records, redisUrl };
  const shared = newObservers();
  let worker =
    options.worker === false ? undefined : await composeRenderWorker(settings, parts, shared);
  const deliveries = await composeDeliveryWorker(settings, { records, redisUrl }, { logger });
  const api = await composeApi(
    settings,
    {
      ...parts,
      isBrowserReady: async () => (await worker?.drawing.supervisor.isHealthy(5_000)) ?? false,
    },
    shared,
  );
  app = api.app;

  async function metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const texts = await Promise.all(metrics.map((one) => one.text()));
    return texts.reduce((sum, text) => sum + metricIn(text, name, labels), 0);
  }

  return {
    url,
    key: SERVICE_KEY,
    redis,
    redisUrl,
    dataDir,
    settings,
    records: records.records,
    queue: records.queue,
    subscriber: records.subscriber,
    images: api.images,
    storage,
    /** Every line that was logged, parsed. */
    log,
    metric,
    /** How many pictures were drawn so far. */
    drawn: () => metric('cardpress_render_stage_seconds_count', { stage: 'render' }),
    /** Resolves once nothing waits and nothing is drawn. */
    async idle() {
      await until(async () => {
        const { waiting, delayed, active } = await records.queue.counts();
        return waiting + delayed + active === 0;
      }, 60_000);
    },
    /** Process ids of the worker's browsers. */
    browserPids: () => worker?.drawing.supervisor.processIds() ?? [],
    api: (path: string, call?: ApiCall) =>
      ask(path.startsWith('http') ? path : url + path, SERVICE_KEY, call),
    async startWorker() {
      worker ??= await composeRenderWorker(settings, parts, newObservers());
    },
    async stopWorker(timeoutMs = 30_000) {
      await worker?.close(timeoutMs);
      worker = undefined;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
      await api.close();
      await worker?.close(30_000);
      await deliveries.close(5_000);
      await library.close();
      await records.close();
      await storage.store.close();
      if (!options.redis) await redis.stop();
      if (!options.dataDir) await rm(dataDir, { recursive: true, force: true });
    },
  };
}

export type TestService = Awaited<ReturnType<typeof startService>>;
