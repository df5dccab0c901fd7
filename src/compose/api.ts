import { limitChecks } from '../checks/limit-checks.js';
import type { Settings } from '../config/settings.js';
import { createApp } from '../http/app.js';
import { checkRoutes } from '../http/routes/check-routes.js';
import { deriveIdKey } from '../images/image-id.js';
import { createImageService } from '../images/image-service.js';
import { createPrepare } from '../images/prepare.js';
import { createKeyService } from '../keys/key-service.js';
import { createReadiness } from '../observability/readiness.js';
import { createPreviewer } from '../queue/previewer.js';
import { createQueueBoard } from '../queue/queue-board.js';
import { createKeyRecords } from '../records/key-records.js';
import { connectForWork } from '../records/redis-connections.js';
import type { LoadedTemplateRegistry } from '../templates/registry.js';
import type { Observers } from './observers.js';
import { everyRedisCheck, type Records } from './records.js';
import { requireBrowser } from './render-worker.js';
import { loadSecrets } from './secrets.js';
import type { Storage } from './storage.js';
import { composeTemplateCheck } from './template-check.js';

const PREVIEW_TIMEOUT_MS = 30_000;
/** Checks over HTTP share the workers with those who wait for their pictures. */
const CHECKS_AT_ONCE = 2;
const DRAWINGS_PER_CHECK = 3;

/** The API: use cases and HTTP. `isBrowserReady` is given where the workers share the process. */
export async function composeApi(
  settings: Settings,
  parts: {
    registry: LoadedTemplateRegistry;
    storage: Storage;
    records: Records;
    redisUrl: string;
    isBrowserReady?: () => Promise<boolean>;
  },
  { logger, metrics }: Observers,
) {
  const { registry, storage, records, redisUrl } = parts;
  const secrets = await loadSecrets(settings);
  const previewer = createPreviewer(records.queue.bull, () => connectForWork(redisUrl));
  const images = createImageService({
    prepare: createPrepare({ registry, idKey: deriveIdKey(secrets.signingSecret) }),
    records: records.records,
    queue: records.queue,
    store: storage.store,
    previewer,
    queueLimit: settings.queueLimit,
    previewTimeoutMs: PREVIEW_TIMEOUT_MS,
    onSubmitted: metrics.submission,
  });
  metrics.collectQueueDepth(() => records.queue.counts());

  const check = composeTemplateCheck(
    registry,
    (spec) => previewer.preview(spec, PREVIEW_TIMEOUT_MS),
    DRAWINGS_PER_CHECK,
  );
  const isBrowserReady = parts.isBrowserReady;
  const readiness = createReadiness({
    logger,
    checks: {
      redis: everyRedisCheck(records.redis),
      storage: () => storage.store.probe(),
      ...(isBrowserReady ? { browser: () => requireBrowser(isBrowserReady) } : {}),
    },
  });
  const app = createApp({
    images,
    registry,
    keys: createKeyService({
      records: createKeyRecords(records.redis),
      bootstrapKey: secrets.apiKey,
    }),
    readiness,
    metrics,
    logger,
    publicUrl: settings.publicUrl,
    queuesRouter: createQueueBoard([records.queue.bull]),
    endpoints: [...checkRoutes({ check: limitChecks(check, CHECKS_AT_ONCE) })],
    ...(storage.files ? { pictureFiles: storage.files } : {}),
  });
  return { app, images, apiKey: secrets.apiKey };
}
