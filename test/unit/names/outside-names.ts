import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { commands } from '../../../src/cli/commands.js';
import { environmentSchema } from '../../../src/config/settings.js';
import { catalogue } from '../../../src/errors/catalogue.js';
import { warningCatalogue } from '../../../src/errors/warning-catalogue.js';
import { redisKeys } from '../../../src/lib/redis-keys.js';
import { createCollectGauges } from '../../../src/observability/collected-gauges.js';
import { createDeliveryMetrics } from '../../../src/observability/delivery-metrics.js';
import { createRenderMetrics } from '../../../src/observability/render-metrics.js';
import { createRequestMetrics } from '../../../src/observability/request-metrics.js';
import { createSharedMetrics } from '../../../src/observability/shared-metrics.js';
import { DELIVERY_QUEUE } from '../../../src/queue/delivery-jobs.js';
import {
  BULK_QUEUE,
  ISOLATED_QUEUE,
  LINK_QUEUE,
  RENDER_QUEUE,
} from '../../../src/queue/render-jobs.js';
import { DELIVERY_TYPES } from '../../../src/webhooks/delivery.js';
import { redisKeyNames } from '../../support/redis-key-names.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The text of every source below a folder. */
function sourcesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, folder, name), 'utf8'));
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

function found(texts: string[], pattern: RegExp, show = (m: RegExpMatchArray) => String(m[1])) {
  return sorted(texts.flatMap((text) => [...text.matchAll(pattern)].map(show)));
}

/** Every metric of ours with its type and labels, read by collectors of which each is called once. */
async function metrics(): Promise<string[]> {
  const registry = new Registry();
  const gauges = createCollectGauges(registry);
  const shared = createSharedMetrics(registry, gauges);
  const render = createRenderMetrics(registry, gauges);
  createRequestMetrics(registry);
  createDeliveryMetrics(registry);
  const absent = () => Promise.reject(new Error('nothing is read here'));
  shared.collectReadiness(absent);
  shared.collectQueues(absent);
  shared.collectDeliveries(absent);
  shared.collectBatches(absent);
  shared.collectRedis(absent);
  render.collectBrowser(absent);
  render.collectPagePool(() => ({}));
  const all = registry.getMetricsAsArray() as unknown as { name: string; labelNames: string[] }[];
  const types = new Map((await registry.getMetricsAsJSON()).map(({ name, type }) => [name, type]));
  return sorted(
    all.map(({ name, labelNames }) => `${name}{${labelNames.join(',')}} ${types.get(name)}`),
  );
}

/**
 * Every name that somebody outside may know: who calls, who operates, and what an older version
 * left in Redis.
 */
export async function outsideNames(): Promise<Record<string, string[]>> {
  const records = sourcesBelow('src/records');
  const routes = sourcesBelow('src/http/routes');
  const clientTypes = [readFileSync(join(ROOT, 'clients/js/src/api-types.ts'), 'utf8')];
  return {
    errors: sorted(Object.entries(catalogue).map(([code, { status }]) => `${code} ${status}`)),
    warnings: sorted(
      Object.entries(warningCatalogue).map(([code, { severity }]) => `${code} ${severity}`),
    ),
    metrics: await metrics(),
    queues: sorted([RENDER_QUEUE, BULK_QUEUE, LINK_QUEUE, ISOLATED_QUEUE, DELIVERY_QUEUE]),
    webhooks: sorted(DELIVERY_TYPES),
    'Redis keys': sorted(redisKeyNames(redisKeys, '*').map((key) => key.replace(/:0?$/, ':*'))),
    'Redis fields': sorted([
      ...found(records, /\bhash\.(\w+)/g),
      ...found(records, /\bhash\[`(\w+:)/g),
      ...found(records, /'H[A-Z]+', [\w.[\]]+, '(\w+)'/g),
      ...found(records, /\.h(?:get|exists|incrby|mget)\([^;]*?, '(\w+)'/g),
    ]),
    settings: sorted(Object.keys(environmentSchema.shape)),
    routes: found(
      routes,
      /method: '(\w+)',\s+path: '([^']+)'/g,
      ([, method, path]) => `${method?.toUpperCase()} ${path}`,
    ),
    'JSON fields': found(clientTypes, /^\s+'?([\w.-]+)'?\??: /gm),
    commands: sorted(
      commands.flatMap(({ name, options }) => [
        name,
        ...Object.keys(options).map((option) => `${name} --${option}`),
      ]),
    ),
  };
}
