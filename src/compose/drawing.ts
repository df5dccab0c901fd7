import { randomBytes } from 'node:crypto';
import { createAddressPolicy } from '../assets/address-policy.js';
import { createAssetSource, MAX_PREPARATIONS } from '../assets/asset-source.js';
import { startEgressProxy } from '../assets/egress-proxy.js';
import { createGuardedFetch } from '../assets/guarded-fetch.js';
import { createAssetProbe } from '../assets/probe-asset.js';
import { openBrowserFolder } from '../browser/browser-folder.js';
import { createBrowserSupervisor } from '../browser/browser-supervisor.js';
import { loadFontLibrary } from '../browser/font-library.js';
import { createInternalOrigin, INTERNAL_HOST } from '../browser/internal-origin.js';
import { launchChromium, sandboxFor } from '../browser/launch-chromium.js';
import { proportionalBytes } from '../browser/process-tree.js';
import { createRenderer } from '../browser/renderer.js';
import { browserLimit, memoryBytes, pixelsFor, templatePagesFor } from '../config/machine.js';
import { packageInfo } from '../config/package-info.js';
import type { Settings } from '../config/settings.js';
import { createPlaceholderSource } from '../encode/draw-placeholder.js';
import { createEncoder } from '../encode/encoder.js';
import { createPixelReader } from '../encode/pixel-reader.js';
import { createAssetPreparer } from '../encode/prepare-asset.js';
import { sniffAsset } from '../encode/sniff-asset.js';
import { createDraw } from '../images/draw.js';
import { createGather } from '../images/gather.js';
import { createMeasure } from '../images/measure.js';
import { createPrepare } from '../images/prepare.js';
import { createSemaphore } from '../lib/semaphore.js';
import { type FolderRegistry, loadFolderRegistry } from '../library/folder-registry.js';
import type { Logger } from '../observability/logger.js';
import type { TemplateRegistry } from '../templates/template.js';
import { instrumentDecoder } from './instrumented-decoder.js';
import { instrumentProxy } from './instrumented-proxy.js';
import type { Observers } from './observers.js';

/**
 * Renders after which a context is replaced: well below the number at which single pages ran out of
 * memory (playwright#28995: about 2,650).
 */
const RENDERS_PER_BROWSER = 2_000;
const RENDERS_PER_CONTEXT = 500;
const LAUNCH_TIMEOUT_MS = 30_000;

/** Overrides of the defaults. */
export interface DrawingLimits {
  /** Renders after which a browser is replaced. */
  rendersPerBrowser?: number;
  /** Memory that this process and its browsers may use. */
  memoryBytes?: number;
}

export function loadRegistry(settings: Settings, logger?: Logger): Promise<FolderRegistry> {
  return loadFolderRegistry({ directory: settings.templatesDir, logger });
}

/** Builds the part that draws: proxy, browser, assets, encoder. Needs neither Redis nor storage. */
export async function composeDrawing(
  settings: Settings,
  registry: TemplateRegistry,
  { logger, metrics }: Observers,
  limits: DrawingLimits = {},
) {
  const memory = limits.memoryBytes ?? memoryBytes();
  const templatePagesPerContext = templatePagesFor(memory, settings.renderConcurrency);
  const templatePages = templatePagesPerContext * settings.renderConcurrency;
  const policy = createAddressPolicy({
    allow: settings.egressAllow,
    ownUrl: settings.publicUrl,
  });
  const fetcher = createGuardedFetch({
    policy: instrumentProxy(policy, () => metrics.egressRefusal('pictures', 'forbidden_address')),
    version: packageInfo.version,
  });
  const preparer = createAssetPreparer({
    size: MAX_PREPARATIONS,
    onDeath: instrumentDecoder({ logger, metrics }, 'pictures'),
  });
  const source = createAssetSource({ fetch: fetcher.fetch, prepare: preparer.prepare });

  const origin = createInternalOrigin(loadFontLibrary());
  const proxy = await startEgressProxy({
    policy,
    allowedHosts: () => new Set(registry.list().flatMap((t) => t.manifest.network ?? [])),
    internal: { host: INTERNAL_HOST, handle: origin.handle },
    onRefused: ({ host, reason }) => {
      metrics.egressRefusal('browser', reason);
      logger.warn({ host, reason }, 'the browser asked for an address that is not allowed');
    },
  });

  const { sandbox, warning } = sandboxFor(settings.chromiumSandbox, process.getuid?.());
  if (warning) logger.warn({}, warning);
  const folder = await openBrowserFolder();
  const chromium = {
    executablePath: settings.chromiumPath,
    sandbox,
    proxyUrl: proxy.url,
    timeoutMs: LAUNCH_TIMEOUT_MS,
  };
  const supervisor = createBrowserSupervisor({
    launch: () => folder.within(() => launchChromium(chromium)),
    maxRenders: limits.rendersPerBrowser ?? RENDERS_PER_BROWSER,
    maxBytes: browserLimit(templatePages),
    closeTimeoutMs: 5_000,
    memoryCheckIntervalMs: 5_000,
    onRestart: (reason) => {
      metrics.browserRestart(reason);
      logger.warn({ reason }, 'the browser is replaced');
    },
  });
  const pixelReader = createPixelReader();
  const renderer = createRenderer({
    supervisor,
    origin,
    pixelReader,
    concurrency: settings.renderConcurrency,
    maxTemplatePagesPerContext: templatePagesPerContext,
    timeoutMs: settings.renderTimeoutMs,
    maxRendersPerContext: RENDERS_PER_CONTEXT,
    onDiscard: (code) => {
      metrics.pageDiscarded(code);
      logger.warn({ code }, 'a page is thrown away');
    },
    onCaptureDecided: (page, decision) =>
      logger.debug({ page, ...decision }, 'a way of capture was chosen'),
    onLayerTried: (page, isCached) =>
      logger.debug({ template_page: page, isCached }, 'a static layer was tried'),
  });
  metrics.collectPagePool(() => {
    const { size, busy, waiting } = renderer.state();
    return { idle: size - busy, busy, wanted: waiting };
  });
  metrics.collectBrowser(async () => {
    const pids = supervisor.processIds();
    return {
      processes: pids.length,
      bytes: await proportionalBytes(pids),
      limitBytes: browserLimit(templatePages),
    };
  });

  const placeholders = createPlaceholderSource();
  const draw = createDraw({
    registry,
    gather: createGather({ source, placeholders }),
    renderer,
    encoder: createEncoder(),
    pixelReader,
    gate: createSemaphore(pixelsFor(memory, templatePages)),
    onStage: metrics.renderStage,
  });
  return {
    draw,
    measure: createMeasure({ registry, renderer, placeholders }),
    probe: createAssetProbe({ fetch: fetcher.fetch, sniff: sniffAsset }),
    supervisor,
    async close(): Promise<void> {
      await renderer.close();
      await supervisor.close();
      await folder.close();
      await proxy.close();
      await source.close();
      await preparer.close();
      await fetcher.close();
    },
  };
}

/**
 * Draws in this process, without Redis, storage or secrets; the ids of its prepared images have no
 * meaning. For the command line.
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
 * Draws templates in their current state on disk whenever `registry.refresh()` is called, even if
 * none is valid yet. For the live preview.
 */
export async function composePreview(settings: Settings, observers: Observers) {
  const registry = await loadFolderRegistry({
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
