import { collectDefaultMetrics, Registry } from 'prom-client';
import { createCollectGauges } from './collected-gauges.js';
import { createDeliveryMetrics } from './delivery-metrics.js';
import { createRenderMetrics } from './render-metrics.js';
import { createRequestMetrics } from './request-metrics.js';
import { createSharedMetrics } from './shared-metrics.js';

/**
 * The metrics of the process, in a registry of its own. Labels are route patterns, template ids,
 * codes and states: sets that an operator bounds, never values from a caller.
 */
export function createMetrics() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const collectGauges = createCollectGauges(registry);
  return {
    ...createRequestMetrics(registry),
    ...createRenderMetrics(registry, collectGauges),
    ...createDeliveryMetrics(registry),
    ...createSharedMetrics(registry, collectGauges),
    contentType: registry.contentType,
    /** The exposition text. */
    text: () => registry.metrics(),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
