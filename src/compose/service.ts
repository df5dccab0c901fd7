import type { Settings } from '../config/settings.js';
import { createHttpServer } from '../http/server.js';
import { closeServer, DRAIN_TIMEOUT_MS, listen, sayGoodbye } from '../run-process.js';
import { composeApi } from './api.js';
import { connectionLimits } from './connection-limits.js';
import { composeDeliveryWorker } from './delivery-worker.js';
import type { DrawingLimits } from './drawing.js';
import { composeLibrary } from './library.js';
import { startMetricsServer } from './metrics-server.js';
import type { Observers } from './observers.js';
import { composeRecords } from './records.js';
import { composeRenderWorker } from './render-worker.js';
import { composeStorage } from './storage.js';

/**
 * Starts the service on a running Redis: the API and, with the role `all`, the workers in one
 * process.
 */
export async function startService(
  settings: Settings,
  redisUrl: string,
  observers: Observers,
  limits: DrawingLimits = {},
) {
  const storage = await composeStorage(settings, observers.metrics);
  const records = await composeRecords(redisUrl);
  const library = await composeLibrary(settings, { storage, records }, observers);
  const parts = { library, registry: library.registry, storage, records, redisUrl };
  const isWhole = settings.role === 'all';
  const worker = isWhole
    ? await composeRenderWorker(settings, { ...parts, limits }, observers)
    : undefined;
  const deliveries = isWhole ? await composeDeliveryWorker(settings, parts, observers) : undefined;
  const api = await composeApi(
    settings,
    {
      ...parts,
      ...(worker ? { isBrowserReady: () => worker.drawing.supervisor.isHealthy(5_000) } : {}),
    },
    observers,
  );
  const server = createHttpServer(api.app, {
    connections: connectionLimits(settings, observers.metrics),
  });
  const figures = await startMetricsServer(settings, observers);
  const port = await listen(server, settings.port, settings.host);
  return {
    port,
    apiKey: api.apiKey,
    async stop(): Promise<void> {
      const endsAtMs = performance.now() + DRAIN_TIMEOUT_MS;
      // First of all, so that no new requests arrive that would have to be refused.
      sayGoodbye(server);
      await api.leave();
      // Responses in flight may wait for renders, so the worker runs until they have them.
      api.endStreams();
      await closeServer(server);
      await api.close();
      const leftMs = Math.max(0, endsAtMs - performance.now());
      await Promise.all([worker?.close(leftMs), deliveries?.close(leftMs)]);
      await library.close();
      await records.close();
      await storage.store.close();
      await figures.stop();
    },
  };
}
