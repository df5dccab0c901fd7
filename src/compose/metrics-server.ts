import type { Settings } from '../config/settings.js';
import { createMetricsApp } from '../http/metrics-app.js';
import { createHttpServer } from '../http/server.js';
import { closeServer, listen } from '../run-process.js';
import { connectionLimits } from './connection-limits.js';
import type { Observers } from './observers.js';

/** `/metrics` on `METRICS_PORT`, where that is set. Stopped last, so that an end can be watched. */
export async function startMetricsServer(settings: Settings, { metrics, logger }: Observers) {
  if (settings.metricsPort === undefined) return { stop: async () => undefined };
  const server = createHttpServer(createMetricsApp({ metrics, logger }), {
    connections: connectionLimits(settings, metrics),
  });
  await listen(server, settings.metricsPort, settings.host);
  return { stop: () => closeServer(server) };
}
