import type { Settings } from '../config/settings.js';
import { createMetricsApp } from '../http/metrics-app.js';
import { createHttpServer } from '../http/server.js';
import { closeServer, listen } from '../run-process.js';
import { connectionLimits } from './connection-limits.js';
import type { Observers } from './observers.js';

/**
 * Serves `/metrics` on `METRICS_PORT`, if set. Stopped last, so that a shutdown can be observed.
 */
export async function startMetricsServer(settings: Settings, { metrics, logger }: Observers) {
  if (settings.metricsPort === undefined) return { stop: async () => undefined };
  const server = createHttpServer(createMetricsApp({ metrics, logger }), {
    connections: connectionLimits(settings, metrics),
  });
  await listen(server, settings.metricsPort, settings.host);
  return { stop: () => closeServer(server) };
}
