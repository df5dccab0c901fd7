import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { createAddressPolicy } from './assets/address-policy.js';
import { startEgressProxy } from './assets/egress-proxy.js';
import { createGuardedFetch } from './assets/guarded-fetch.js';
import { createPictureSource } from './assets/picture-source.js';
import { createBrowserSupervisor } from './browser/browser-supervisor.js';
import { loadFontLibrary } from './browser/font-library.js';
import { launchChromium, sandboxFor } from './browser/launch-chromium.js';
import { createPress } from './browser/press.js';
import { createShellOrigin, SHELL_HOST } from './browser/shell-origin.js';
import { createTemplateCheck } from './checks/check-template.js';
import { limitChecks } from './checks/limit-checks.js';
import type { DrawOne } from './checks/ports.js';
import { packageInfo } from './config/package-info.js';
import { loadOrMakeSecret } from './config/secrets.js';
import type { Settings } from './config/settings.js';
import { createPlaceholderSource } from './encode/draw-placeholder.js';
import { createTestPictures } from './encode/draw-test-picture.js';
import { createThumbnailer } from './encode/draw-thumbnail.js';
import { createEncoder } from './encode/encoder.js';
import { createPixelReader } from './encode/pixel-reader.js';
import { createPicturePreparer } from './encode/prepare-picture.js';
import { AppError, toAppError } from './errors/app-error.js';
import { createApp } from './http/app.js';
import { checkRoutes } from './http/routes/check-routes.js';
import { createDraw } from './images/draw.js';
import { createGather } from './images/gather.js';
import { deriveIdKey } from './images/image-id.js';
import { createImageService } from './images/image-service.js';
import type { ImageRecords, ObjectStore, RenderQueue } from './images/ports.js';
import { createPrepare } from './images/prepare.js';
import { createProduce } from './images/produce.js';
import { reconcile } from './images/reconcile.js';
import { createKeyService } from './keys/key-service.js';
import type { Logger } from './observability/logger.js';
import type { Metrics } from './observability/metrics.js';
import { createReadiness } from './observability/readiness.js';
import { createPreviewer } from './queue/previewer.js';
import { createQueueBoard } from './queue/queue-board.js';
import { createRenderQueue } from './queue/render-queue.js';
import { createRenderWorker } from './queue/render-worker.js';
import { startEmbeddedRedis } from './records/embedded-redis.js';
import { createImageRecords } from './records/image-records.js';
import { createKeyRecords } from './records/key-records.js';
import { connectForRequests, connectForWork, untilReady } from './records/redis-connections.js';
import { createFileStore, type FileStore } from './storage/file-store.js';
import { createS3Store } from './storage/s3-store.js';
import { type LoadedTemplateRegistry, loadTemplateRegistry } from './templates/registry.js';
import type { TemplateRegistry } from './templates/template.js';

/* Builds every object, in the order in which they stand on each other. Nothing else does. */

export interface Observers {
  logger: Logger;
  metrics: Metrics;
}

export const MEGABYTE = 1024 * 1024;

/** Chromium's tree with three warm pages takes 300 to 500 MB. */
const BROWSER_MAX_BYTES = 1_500 * MEGABYTE;
/** Well below where single pages were seen to die of memory (playwright#28995: about 2,650). */
const RENDERS_PER_BROWSER = 2_000;
const RENDERS_PER_CONTEXT = 500;
const LAUNCH_TIMEOUT_MS = 30_000;
const PREVIEW_TIMEOUT_MS = 30_000;
const REDIS_START_TIMEOUT_MS = 10_000;
const RECONCILE_INTERVAL_MS = 15_000;
/** Checks over HTTP share the workers with those who wait for their pictures. */
const CHECKS_AT_ONCE = 2;
const DRAWINGS_PER_CHECK = 3;

export function loadRegistry(settings: Settings, logger?: Logger): Promise<LoadedTemplateRegistry> {
  return loadTemplateRegistry({ directory: settings.templatesDir, logger });
}

export interface Storage {
  store: ObjectStore;
  /** Where storage is files: what `/images` serves. */
  files?: FileStore;
}

export async function composeStorage(settings: Settings): Promise<Storage> {
  const { storage } = settings;
  if (storage.kind === 's3') {
    const { bucket, endpoint, region, forcePathStyle, publicUrl, checksums } = storage;
    return {
      store: createS3Store({
        bucket,
        region,
        forcePathStyle,
        checksums,
        ...(endpoint ? { endpoint } : {}),
        ...(publicUrl ? { publicUrl } : {}),
      }),
    };
  }
  const files = await createFileStore({
    directory: join(settings.dataDir, 'images'),
    publicUrl: settings.publicUrl,
  });
  return { store: files, files };
}

/** The picture-making half: proxy, browser, pictures, encoder. Needs neither Redis nor storage. */
export async function composeDrawing(
  settings: Settings,
  registry: LoadedTemplateRegistry,
  { logger, metrics }: Observers,
) {
  const policy = createAddressPolicy({ allow: settings.egressAllow });
  const fetcher = createGuardedFetch({ policy, version: packageInfo.version });
  const preparer = createPicturePreparer();
  const source = createPictureSource({ fetch: fetcher.fetch, prepare: preparer.prepare });

  const origin = createShellOrigin(loadFontLibrary());
  const proxy = await startEgressProxy({
    policy,
    allowedHosts: () => new Set(registry.list().flatMap((t) => t.manifest.network ?? [])),
    internal: { host: SHELL_HOST, handle: origin.handle },
    onRefused: ({ host, reason }) => {
      metrics.egressRefusal(reason);
      logger.warn({ host, reason }, 'the browser asked for an address that is not allowed');
    },
  });

  const { sandbox, warning } = sandboxFor(settings.chromiumSandbox, process.getuid?.());
  if (warning) logger.warn({}, warning);
  const supervisor = createBrowserSupervisor({
    launch: () =>
      launchChromium({
        executablePath: settings.chromiumPath,
        sandbox,
        proxyUrl: proxy.url,
        timeoutMs: LAUNCH_TIMEOUT_MS,
      }),
    maxRenders: RENDERS_PER_BROWSER,
    maxBytes: BROWSER_MAX_BYTES,
    closeTimeoutMs: 5_000,
    memoryCheckIntervalMs: 15_000,
    onRestart: (reason) => {
      metrics.browserRestart(reason);
      logger.warn({ reason }, 'the browser is replaced');
    },
  });
  const press = createPress({
    supervisor,
    origin,
    concurrency: settings.renderConcurrency,
    timeoutMs: settings.renderTimeoutMs,
    maxRendersPerContext: RENDERS_PER_CONTEXT,
    onDiscard: (code) => logger.warn({ code }, 'a page is thrown away'),
  });
  metrics.collectPagePool(() => {
    const { size, busy, waiting } = press.state();
    return { idle: size - busy, busy, wanted: waiting };
  });

  const draw = createDraw({
    registry,
    gather: createGather({ source, placeholders: createPlaceholderSource() }),
    press,
    encoder: createEncoder(),
    pixelReader: createPixelReader(),
    onStage: metrics.renderStage,
  });
  return {
    draw,
    supervisor,
    async close(): Promise<void> {
      await press.close();
      await supervisor.close();
      await proxy.close();
      await source.close();
      await preparer.close();
      await fetcher.close();
    },
  };
}

/**
 * Draws in this process, without Redis, storage or secrets; the ids of what it prepares mean
 * nothing. For the command line.
 */
export async function composeLocalDrawing(settings: Settings, observers: Observers) {
  const registry = await loadRegistry(settings);
  const drawing = await composeDrawing(settings, registry, observers);
  return {
    registry,
    prepare: createPrepare({ registry, idKey: randomBytes(32) }),
    draw: drawing.draw,
    async close(): Promise<void> {
      await drawing.close();
      await registry.close();
    },
  };
}

/**
 * Draws the templates as they are on disk whenever `registry.refresh()` is called, also where none
 * of them is valid yet. For the live preview.
 */
export async function composePreview(settings: Settings, observers: Observers) {
  const registry = await loadTemplateRegistry({
    directory: settings.templatesDir,
    intervalMs: 0,
    mayBeEmpty: true,
  });
  const drawing = await composeDrawing(settings, registry, observers);
  return {
    registry,
    draw: drawing.draw,
    async close(): Promise<void> {
      await drawing.close();
      await registry.close();
    },
  };
}

/**
 * The Redis of the settings, for a short visit: REDIS_URL, else the embedded one, started if no
 * server runs it. `stop` ends only what was started here and is used by nobody else.
 */
export async function visitRedis(
  settings: Settings,
): Promise<{ url: string; stop(): Promise<void> }> {
  if (settings.redisUrl) return { url: settings.redisUrl, stop: async () => undefined };
  return startEmbeddedRedis({
    binary: settings.redisServerPath,
    directory: join(settings.dataDir, 'redis'),
    guest: true,
  });
}

/** The API keys alone, to be managed. Verifying needs the bootstrap key, which is not here. */
export async function composeKeyManagement(redisUrl: string) {
  const redis = connectForRequests(redisUrl);
  try {
    await untilReady(redis, REDIS_START_TIMEOUT_MS);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const bootstrapKey = randomBytes(32).toString('hex');
  const { create, list, revoke } = createKeyService({
    records: createKeyRecords(redis),
    bootstrapKey,
  });
  return { create, list, revoke, close: () => redis.disconnect() };
}

/** Judges templates by their pictures, wherever these are drawn. */
export function composeTemplateCheck(
  registry: TemplateRegistry,
  draw: DrawOne,
  concurrency: number,
) {
  return createTemplateCheck({
    registry,
    draw,
    concurrency,
    testPictures: createTestPictures(),
    thumbnails: createThumbnailer(),
    pixelReader: createPixelReader(),
  });
}

/** Records and queue: what API and workers share. */
export async function composeRecords(redisUrl: string) {
  const redis = connectForRequests(redisUrl);
  const subscriber = connectForWork(redisUrl);
  await untilReady(redis, REDIS_START_TIMEOUT_MS).catch(() => undefined);
  const records = createImageRecords(redis, subscriber);
  const queue = createRenderQueue(redis);
  return {
    redis,
    records,
    queue,
    async close(): Promise<void> {
      await queue.close().catch(() => undefined);
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

export type Records = Awaited<ReturnType<typeof composeRecords>>;

/** Secrets of the settings, or ones that are made once and kept in the data folder. */
export async function loadSecrets(settings: Settings) {
  const folder = join(settings.dataDir, 'secrets');
  return {
    apiKey: settings.apiKey ?? (await loadOrMakeSecret(folder, 'api-key')),
    signingSecret: settings.signingSecret ?? (await loadOrMakeSecret(folder, 'signing-secret')),
  };
}

async function answersPing(redis: Redis): Promise<void> {
  if ((await redis.ping()) !== 'PONG') throw new Error('unexpected answer');
}

function everyRedisCheck(redis: Redis) {
  return () =>
    answersPing(redis).catch((cause: unknown) => {
      throw new AppError('redis_unavailable', { detail: 'Redis does not answer.', cause });
    });
}

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

async function requireBrowser(isReady: () => Promise<boolean>): Promise<void> {
  if (await isReady()) return;
  throw new AppError('browser_unavailable', { detail: 'The browser does not answer.' });
}

/** Looks after accepted images that nobody works on, as long as the process lives. */
function keepReconciling(
  parts: {
    records: ImageRecords;
    queue: RenderQueue;
    giveUp(task: { imageId: string; generation: number }, error: unknown): Promise<void>;
  },
  logger: Logger,
): () => void {
  const timer = setInterval(() => {
    reconcile(parts)
      .then((mended) => {
        if (mended > 0) logger.warn({ mended }, 'images that nobody worked on were taken up again');
      })
      .catch((error: unknown) => logger.warn({ err: error }, 'could not look for lost images'));
  }, RECONCILE_INTERVAL_MS);
  timer.unref();
  return () => clearInterval(timer);
}

/** Takes jobs, draws, stores, records. */
export async function composeRenderWorker(
  settings: Settings,
  parts: {
    registry: LoadedTemplateRegistry;
    storage: Storage;
    records: Records;
    redisUrl: string;
  },
  observers: Observers,
) {
  const { logger, metrics } = observers;
  const { records, storage, registry, redisUrl } = parts;
  const drawing = await composeDrawing(settings, registry, observers);
  // Now rather than with the first job: a Chromium that cannot start is found out at once.
  drawing.supervisor.lease().then(
    (lease) => lease.release(),
    (error: unknown) => logger.error({ err: error }, 'Chromium does not start; retrying per job'),
  );
  const redis = connectForWork(redisUrl);
  const { produce, giveUp, preview } = createProduce({
    draw: drawing.draw,
    records: records.records,
    store: storage.store,
    onStored: (seconds) => metrics.renderStage('store', seconds),
    onSettled: (record) => {
      const { spec, status, error } = record;
      if (status === 'queued' || status === 'active') return;
      metrics.imageSettled(spec.templateId, status, error?.code);
    },
  });
  const worker = createRenderWorker({
    redis,
    // Twice the pages: pictures are fetched and encoded while others are rendered.
    concurrency: settings.renderConcurrency * 2,
    produce: async (task) => {
      try {
        await produce(task);
      } catch (error) {
        const { imageId, attempt } = task;
        const { code, detail, retryable } = toAppError(error);
        // What another attempt may mend is expected; only the unexpected is worth its stack.
        const cause = code === 'internal' ? { err: error } : { detail };
        logger.warn({ image_id: imageId, attempt, code, retryable, ...cause }, 'an attempt failed');
        throw error;
      }
    },
    giveUp,
    preview,
    onError: (error) => logger.warn({ err: error }, 'the worker reports an error'),
  });
  const stopReconciling = keepReconciling(
    { records: records.records, queue: records.queue, giveUp },
    logger,
  );
  return {
    drawing,
    checks: {
      redis: everyRedisCheck(records.redis),
      storage: () => storage.store.probe(),
      browser: () => requireBrowser(() => drawing.supervisor.isHealthy(5_000)),
    },
    /** Finishes what is in hand, for at most `timeoutMs`; what is left goes back to the queue. */
    async close(timeoutMs: number): Promise<void> {
      stopReconciling();
      await worker.close(timeoutMs, () => drawing.supervisor.close());
      await drawing.close();
      redis.disconnect();
    },
  };
}
