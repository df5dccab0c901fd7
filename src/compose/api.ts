import { limitChecks } from '../checks/limit-checks.js';
import type { Settings } from '../config/settings.js';
import { createApp } from '../http/app.js';
import { presentImage } from '../http/presenters/present-image.js';
import { checkRoutes } from '../http/routes/check-routes.js';
import { deliveryRoutes } from '../http/routes/delivery-routes.js';
import { keyRoutes } from '../http/routes/key-routes.js';
import type { ImageSpec } from '../images/image.js';
import { deriveIdKey } from '../images/image-id.js';
import { createImageService } from '../images/image-service.js';
import type { SettledEvent } from '../images/ports.js';
import { createPrepare } from '../images/prepare.js';
import { createKeyCharges } from '../keys/key-charges.js';
import { createKeyService } from '../keys/key-service.js';
import { createReadiness } from '../observability/readiness.js';
import { createPreviewer } from '../queue/previewer.js';
import { createQueueBoard } from '../queue/queue-board.js';
import { createKeyRecords } from '../records/key-records.js';
import { createQuotaRecords } from '../records/quota-records.js';
import { connectForWork } from '../records/redis-connections.js';
import { createSessionRecords } from '../records/session-records.js';
import { createSettledStream } from '../records/settled-stream.js';
import { createSessionService } from '../sessions/session-service.js';
import { createImageNotices } from '../webhooks/image-notices.js';
import { composeBatches } from './batches.js';
import { composeWebhooks } from './delivery-worker.js';
import { composeFigures } from './figures.js';
import { instrumentProbes } from './instrumented-probes.js';
import type { Library } from './library.js';
import { composeLinks } from './links.js';
import type { Observers } from './observers.js';
import { composePages } from './pages.js';
import { everyRedisCheck, type Records } from './records.js';
import { requireBrowser } from './render-worker.js';
import { loadSecrets } from './secrets.js';
import { composeSources } from './sources.js';
import type { Storage } from './storage.js';
import { composeTemplateCheck } from './template-check.js';
import { composeTemplates } from './templates.js';

const PREVIEW_TIMEOUT_MS = 30_000;
/** Template checks over HTTP share the workers with callers who wait for images. */
const CHECKS_AT_ONCE = 2;
const DRAWINGS_PER_CHECK = 3;

/**
 * Builds the API: use cases and HTTP. `isBrowserReady` is given if the workers run in this process.
 */
export async function composeApi(
  settings: Settings,
  parts: {
    library: Library;
    storage: Storage;
    records: Records;
    redisUrl: string;
    isBrowserReady?: () => Promise<boolean>;
  },
  observers: Observers,
) {
  const { logger, metrics } = observers;
  const { library, storage, records, redisUrl, isBrowserReady } = parts;
  const { registry } = library;
  const secrets = await loadSecrets(settings);
  const ending = new AbortController();
  const previewer = createPreviewer(records.queue.requests, () => connectForWork(redisUrl));
  const images = createImageService({
    prepare: createPrepare({ registry, idKey: deriveIdKey(secrets.signingSecret) }),
    loadTemplate: registry.load,
    records: records.records,
    queue: records.queue,
    store: storage.store,
    previewer,
    queueLimit: settings.queueLimit,
    previewTimeoutMs: PREVIEW_TIMEOUT_MS,
    onSubmitted: metrics.submission,
  });
  metrics.limitQueue(settings.queueLimit);

  const deliveries = composeWebhooks(settings, { records });
  const { webhooks } = deliveries;
  const notices = createImageNotices({
    image: records.records.get,
    present: (record, metadata) =>
      presentImage(record, { url: images.publicUrl(record), reused: false, metadata }),
    notify: webhooks.notify,
  });
  const quotas = createQuotaRecords(records.redis);
  const keyRecords = createKeyRecords(records.redis);
  const keys = createKeyService({
    records: keyRecords,
    quotas,
    bootstrapKey: secrets.apiKey,
  });
  const sessions = createSessionService({
    records: createSessionRecords(records.redis),
    keys,
  });
  const preview = (spec: ImageSpec) => previewer.preview(spec, PREVIEW_TIMEOUT_MS);
  const batches = composeBatches(
    settings,
    {
      ...{ registry, storage, records, redisUrl, images, webhooks, preview },
      held: quotas.held,
      ending: ending.signal,
    },
    { logger },
  );
  const links = composeLinks(
    settings,
    {
      ...{ registry, storage, records, images },
      signingSecret: secrets.signingSecret,
      charges: createKeyCharges({ records: keyRecords, quotas }),
      onFallback: metrics.fallbackAnswer,
      onLinkRefused: metrics.linkRefusal,
    },
    { logger },
  );
  const { fallbackChain } = links;
  const pages = composePages(
    settings,
    { storage, records, images, webhooks, fallbackChain },
    { logger, metrics },
  );
  const sources = composeSources(
    settings,
    { registry, records, images, pages: pages.pages },
    observers,
  );
  const settled = createSettledStream(connectForWork(redisUrl), records.redis);
  const onSettled = async (events: SettledEvent[]) => {
    const each = events.flatMap((event) => [notices.onSettled(event), pages.onSettled(event)]);
    await Promise.all([batches.onSettled(events), ...each]);
  };
  settled.start(onSettled, (error) =>
    logger.warn({ err: error }, 'who waits for an image could not be told; it is tried again'),
  );
  batches.loop.start();

  const check = composeTemplateCheck(registry, preview, DRAWINGS_PER_CHECK);
  const templates = composeTemplates(
    {
      ...{ library, records, storage, previewer, draw: preview },
      previewTimeoutMs: PREVIEW_TIMEOUT_MS,
      checksAtOnce: CHECKS_AT_ONCE,
      drawingsPerCheck: DRAWINGS_PER_CHECK,
    },
    observers,
  );
  const readiness = createReadiness({
    logger,
    checks: {
      redis: everyRedisCheck(records.redis),
      storage: () => storage.store.probe(),
      ...(isBrowserReady ? { browser: () => requireBrowser(isBrowserReady) } : {}),
    },
  });
  const figures = composeFigures(settings, { records, readiness }, metrics);
  const probes = instrumentProbes(readiness);
  const board = createQueueBoard(
    records.redis,
    settings.queueBoard === 'full' ? images.redraw : undefined,
  );
  const app = createApp({
    images,
    notices,
    assertWebhook: webhooks.assertEndpoint,
    registry,
    keys,
    sessions,
    readiness: probes,
    metrics,
    logger,
    hasMetricsElsewhere: settings.metricsPort !== undefined,
    publicUrl: settings.publicUrl,
    clients: {
      trustedProxies: settings.trustedProxies,
      sharedNetworks: settings.sharedNetworks,
    },
    queuesRouter: board.router,
    endpoints: [
      ...templates.endpoints,
      ...links.endpoints,
      ...pages.endpoints,
      ...sources.endpoints,
      ...batches.endpoints,
      ...deliveryRoutes({ webhooks }),
      ...keyRoutes({ keys }),
      ...checkRoutes({ check: limitChecks(check, CHECKS_AT_ONCE) }),
    ],
    ...(storage.files ? { imageFiles: storage.files } : {}),
  });
  return {
    app,
    images,
    apiKey: secrets.apiKey,
    /** Reports not ready; resolves when load balancers have had time to see it. */
    leave: probes.leave,
    /** Ends event streams, so that their connections can be closed. */
    endStreams: () => ending.abort(),
    /** Stops background work; nothing of it is lost. */
    async close(): Promise<void> {
      ending.abort();
      await batches.loop.stop();
      await settled.stop();
      await links.close();
      await templates.close();
      await pages.close();
      await deliveries.close();
      await board.close().catch(() => undefined);
      await figures.close();
    },
  };
}
