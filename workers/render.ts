import { connectionLimits } from '../src/compose/connection-limits.js';
import { composeFigures } from '../src/compose/figures.js';
import { composeLibrary } from '../src/compose/library.js';
import { startMetricsServer } from '../src/compose/metrics-server.js';
import { composeRecords } from '../src/compose/records.js';
import { composeRenderWorker } from '../src/compose/render-worker.js';
import { composeStorage } from '../src/compose/storage.js';
import { loadSettings, logLevelOf, SettingsError } from '../src/config/settings.js';
import { createHttpServer } from '../src/http/server.js';
import { createWorkerApp } from '../src/http/worker-app.js';
import { createLogger } from '../src/observability/logger.js';
import { createMetrics } from '../src/observability/metrics.js';
import { createReadiness } from '../src/observability/readiness.js';
import { closeServer, DRAIN_TIMEOUT_MS, listen, runProcess } from '../src/run-process.js';

/** A render worker as a process of its own: as many as there are cores to spare. */
const logger = createLogger(logLevelOf(process.env, 'info'));
await runProcess(logger, start);

async function start(): Promise<{ stop(): Promise<void> }> {
  const settings = loadSettings(process.env);
  if (!settings.redisUrl) {
    throw new SettingsError(['REDIS_URL: expected the address of the Redis that the API uses']);
  }
  const metrics = createMetrics();
  const storage = await composeStorage(settings, metrics);
  const records = await composeRecords(settings.redisUrl);
  const library = await composeLibrary(settings, { storage, records }, { logger });
  const worker = await composeRenderWorker(
    settings,
    { registry: library.registry, storage, records, redisUrl: settings.redisUrl },
    { logger, metrics },
  );
  const readiness = createReadiness({ checks: worker.checks, logger, timeoutMs: 6_000 });
  const figures = composeFigures(settings, { records, readiness }, metrics);
  const server = createHttpServer(
    createWorkerApp({
      ...{ readiness, metrics, logger },
      hasMetricsElsewhere: settings.metricsPort !== undefined,
    }),
    {
      connections: connectionLimits(settings, metrics),
    },
  );
  const figuresServer = await startMetricsServer(settings, { metrics, logger });
  const port = await listen(server, settings.healthPort, settings.host);
  logger.info({ port, concurrency: settings.renderConcurrency }, 'the render worker is ready');

  return {
    async stop() {
      // First of all: nobody is to be sent here who would have to be sent away.
      readiness.drain();
      await worker.close(DRAIN_TIMEOUT_MS);
      await closeServer(server);
      await figures.close();
      await library.close();
      await records.close();
      await storage.store.close();
      await figuresServer.stop();
    },
  };
}
