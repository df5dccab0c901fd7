import { join } from 'node:path';
import { composeApi } from './compose/api.js';
import { loadRegistry } from './compose/drawing.js';
import { composeRecords } from './compose/records.js';
import { composeRenderWorker } from './compose/render-worker.js';
import { composeStorage } from './compose/storage.js';
import { loadSettings, logLevelOf } from './config/settings.js';
import { createHttpServer } from './http/server.js';
import { createLogger } from './observability/logger.js';
import { createMetrics } from './observability/metrics.js';
import { type EmbeddedRedis, startEmbeddedRedis } from './records/embedded-redis.js';
import {
  CLOSE_TIMEOUT_MS,
  closeServer,
  DRAIN_TIMEOUT_MS,
  listen,
  runProcess,
} from './run-process.js';
import { welcome } from './welcome.js';

/** The API process; with `CARDPRESS_ROLE` unset, the whole service in one process. */
// A person who types `npm start` wants to see the address and the key, not every request.
const logger = createLogger(logLevelOf(process.env, process.stdout.isTTY ? 'warn' : 'info'));
await runProcess(logger, start);

async function start(): Promise<{ stop(): Promise<void> }> {
  const settings = loadSettings(process.env);
  const metrics = createMetrics();
  const observers = { logger, metrics };

  const registry = await loadRegistry(settings, logger);
  const embedded: EmbeddedRedis | undefined = settings.redisUrl
    ? undefined
    : await startEmbeddedRedis({
        binary: settings.redisServerPath,
        directory: join(settings.dataDir, 'redis'),
        onExit: (code, willRestart) => {
          if (willRestart) logger.error({ code }, 'redis-server ended and is started again');
        },
      });
  const redisUrl = settings.redisUrl ?? embedded?.url ?? '';
  const storage = await composeStorage(settings);
  const records = await composeRecords(redisUrl);
  const parts = { registry, storage, records, redisUrl };

  const worker =
    settings.role === 'all' ? await composeRenderWorker(settings, parts, observers) : undefined;
  const api = await composeApi(
    settings,
    {
      ...parts,
      ...(worker ? { isBrowserReady: () => worker.drawing.supervisor.isHealthy(5_000) } : {}),
    },
    observers,
  );
  const server = createHttpServer(api.app);
  const port = await listen(server, settings.port, settings.host);
  console.log(welcome({ url: settings.publicUrl, port, apiKey: api.apiKey, settings }));

  return {
    async stop() {
      // Answers under way may wait for renders, so the worker goes on until they have them.
      await closeServer(server);
      await worker?.close(DRAIN_TIMEOUT_MS - CLOSE_TIMEOUT_MS);
      await registry.close();
      await records.close();
      await storage.store.close();
      await embedded?.stop();
    },
  };
}
