import { createPool, type Pool } from 'generic-pool';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { LayoutMeasurer, MeasureBody, MeasureJob } from '../images/check-ports.js';
import type {
  CaptureForm,
  PixelReader,
  Renderer,
  RenderInput,
  RenderOutput,
} from '../images/ports.js';
import type { BrowserSupervisor } from './browser-supervisor.js';
import { cacheStaticLayer, isSameOverLayer } from './cache-static-layer.js';
import type { CaptureWay } from './capture.js';
import { type CaptureDecision, createCaptureWays } from './capture-ways.js';
import { createDeadline, type Deadline } from './deadline.js';
import { describeFindings } from './describe-findings.js';
import type { InternalOrigin } from './internal-origin.js';
import type { ShownPicture } from './page/background.js';
import type { PageJob } from './page/show.js';
import { createPagePool } from './page-pool.js';
import { createStaticLayerCache } from './static-layer-cache.js';
import type { TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';
import { tryElementCapture } from './try-element-capture.js';
import { createWarmContext, type WarmContext, type WarmContextOptions } from './warm-context.js';

export interface RendererOptions {
  supervisor: BrowserSupervisor;
  origin: InternalOrigin;
  pixelReader: PixelReader;
  /** Maximum number of jobs in the browser at once. */
  concurrency: number;
  /** Limit for one job, from the moment that it has a context. */
  timeoutMs: number;
  /** How long a job may wait for a context. */
  acquireTimeoutMs?: number;
  maxTemplatePagesPerContext?: number;
  maxRendersPerContext?: number;
  /** Time after which a context that does not close counts as hung. */
  closeTimeoutMs?: number;
  onDiscard?: (code: string) => void;
  /**
   * Renders of one template page after which drawing its elements, and caching its static layer,
   * are tried.
   */
  minRendersToCache?: number;
  /** Called after each trial: whether the static layer is cached from now on. */
  onTried?: (pageName: string, isCached: boolean) => void;
  /** The only way in which pixels are taken. Absent: by trial, for each template page. */
  captureWay?: CaptureWay;
  /** Called when it is decided how the pixels of a template page are taken. */
  onDecided?: (pageName: string, decision: CaptureDecision) => void;
}

export interface PoolState {
  size: number;
  busy: number;
  waiting: number;
}

function openWarmContext(
  options: RendererOptions,
  own: Partial<WarmContextOptions> = {},
): WarmContext {
  return createWarmContext({
    supervisor: options.supervisor,
    origin: options.origin,
    maxTemplatePages: options.maxTemplatePagesPerContext ?? 4,
    maxRenders: options.maxRendersPerContext ?? 500,
    closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
    ...own,
  });
}

/** Examples of the two kinds of forms, which may be captured in different ways. */
const LOSSLESS: CaptureForm = { type: 'png' };
const FILE: CaptureForm = { type: 'jpeg', quality: 100 };

/**
 * The pool holds permits, not pages (docs/decisions/0002): creating a permit cannot fail. So the
 * pool never retries without end while a browser does not start, and each job gets its own error. A
 * job with a permit then takes the context that suits it best.
 */
function createPermits(options: RendererOptions): Pool<object> {
  return createPool(
    {
      create: async () => ({}),
      destroy: async () => undefined,
    },
    {
      max: options.concurrency,
      min: 0,
      // Jobs that can wait get a permit when no other job wants one.
      priorityRange: 2,
      acquireTimeoutMillis: options.acquireTimeoutMs ?? 60_000,
    },
  );
}

/**
 * Serves the assets of a body to the page for as long as the body is shown, and writes the body's
 * HTML.
 */
function preparePageJob(
  origin: InternalOrigin,
  { lang, assets, body }: MeasureBody,
  nonce: string,
): { page: PageJob; release(): void } {
  const prepared = [...assets].map(([field, asset]) => ({ field, ...origin.serveAsset(asset) }));
  const release = () => {
    for (const one of prepared) one.release();
  };
  try {
    const html = body(new Map(prepared.map(({ field, address }) => [field, address])));
    const addresses = prepared.map(({ address }) => address);
    return {
      page: { nonce, ...(lang === undefined ? {} : { lang }), html, assets: addresses },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The page knows assets by their places in the job. */
function assetBoxesOf(
  assets: RenderInput['assets'],
  shown: readonly ShownPicture[],
): RenderOutput['assetBoxes'] {
  const fields = [...assets.keys()];
  return shown.flatMap(({ asset, ...box }) => {
    const field = fields[asset];
    return field === undefined ? [] : [{ field, ...box }];
  });
}

export function createRenderer(
  options: RendererOptions,
): Renderer & LayoutMeasurer & { state(): PoolState } {
  const permits = createPermits(options);
  const contexts = createPagePool(
    Array.from({ length: options.concurrency }, () => openWarmContext(options)),
  );
  const { minRendersToCache: minRenders } = options;
  const layerCache = createStaticLayerCache(
    options.origin,
    minRenders === undefined ? {} : { minRenders },
  );

  const ways = createCaptureWays({ minRenders, only: options.captureWay });

  async function pageOf(
    context: WarmContext,
    spec: TemplatePageSpec,
    form: CaptureForm,
    deadline: Deadline,
  ): Promise<TemplatePage> {
    const page = await context.page(spec, ways.wayOf(templatePageName(spec), form), deadline);
    if (page) return page;
    // It was tried, and could: the browser was replaced by another one since.
    throw new AppError('render_crashed', { detail: 'The browser cannot draw elements any more.' });
  }

  async function renderIn(context: WarmContext, job: RenderInput): Promise<RenderOutput> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const startedAt = performance.now();
    const prepared = preparePageJob(options.origin, job, job.nonce);
    try {
      const page = await pageOf(context, job, job.capture, deadline);
      const layer = layerCache.layer(templatePageName(job));
      if (page.layer !== layer) await page.setLayer(layer, deadline);
      const compiledAt = performance.now();
      const shown = await page.show(prepared.page, deadline);
      const pixels = await page.capture(job.nonce, job.capture, deadline);
      context.countRender();
      return {
        pixels,
        form: job.capture,
        warnings: describeFindings(shown.findings),
        texts: shown.texts,
        assetBoxes: assetBoxesOf(job.assets, shown.pictures),
        backgroundHash: shown.background,
        compileMs: compiledAt - startedAt,
        renderMs: performance.now() - compiledAt,
      };
    } finally {
      prepared.release();
    }
  }

  async function measureIn(context: WarmContext, job: MeasureJob): Promise<Warning[][]> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const prepared: ReturnType<typeof preparePageJob>[] = [];
    try {
      job.bodies.forEach((body, i) => {
        prepared.push(preparePageJob(options.origin, body, `${job.nonce}-${i}`));
      });
      const page = await pageOf(context, job, LOSSLESS, deadline);
      const findings = await page.measure(
        prepared.map((one) => one.page),
        deadline,
      );
      // Contexts grow by drawing. Measuring draws no image, so all bodies count as one render.
      context.countRender();
      return findings.map(describeFindings);
    } finally {
      for (const { release } of prepared) release();
    }
  }

  /** A failure here fails no job: images are drawn as before. */
  async function tryWay(context: WarmContext, job: RenderInput): Promise<void> {
    const deadline = createDeadline(options.timeoutMs);
    const trial = () => tryElementCapture(context, job, options.pixelReader, deadline);
    const failed: CaptureDecision = { way: 'screenshot', reason: 'failed' };
    const decision = await useContext(context, trial).catch(() => failed);
    ways.decide(templatePageName(job), decision);
    options.onDecided?.(templatePageName(job), decision);
  }

  async function tryLayer(context: WarmContext, job: RenderInput): Promise<void> {
    const pageName = templatePageName(job);
    const deadline = createDeadline(options.timeoutMs);
    const trial = async () => {
      const page = await pageOf(context, job, LOSSLESS, deadline);
      return cacheStaticLayer(page, job, layerCache, deadline);
    };
    const isCached = await useContext(context, trial).catch(() => false);
    options.onTried?.(pageName, isCached);
    if (!isCached || ways.wayOf(pageName, FILE) !== 'element') return;
    const verify = async () => {
      const page = await pageOf(context, job, FILE, deadline);
      return isSameOverLayer(page, job, layerCache.layer(pageName), deadline);
    };
    if (await useContext(context, verify).catch(() => false)) return;
    const decision: CaptureDecision = { way: 'screenshot', reason: 'differs' };
    ways.decide(pageName, decision);
    options.onDecided?.(pageName, decision);
  }

  /**
   * Runs after a job, whose image does not wait for it. Meanwhile no other job uses the context.
   */
  function tryAfter(context: WarmContext, job: RenderInput): Promise<void> | undefined {
    const pageName = templatePageName(job);
    const [isWayDue, isLayerDue] = [ways.isDue(pageName), layerCache.isDue(pageName)];
    if (!isWayDue && !isLayerDue) return undefined;
    return (async () => {
      if (isWayDue) await tryWay(context, job);
      if (isLayerDue) await tryLayer(context, job);
    })();
  }

  async function useContext<T>(
    context: WarmContext,
    work: (context: WarmContext) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(context);
    } catch (thrown) {
      const error = toAppError(thrown, 'render_crashed');
      // A page that failed once is not used again. Errors of the template are not the page's fault.
      if (error.code !== 'template_invalid') {
        options.onDiscard?.(error.code);
        await (error.code === 'render_timeout' ? context.discardAndExamine() : context.discard());
      }
      throw error;
    } finally {
      context.markIdle();
    }
  }

  async function inContext<T>(
    pageName: string,
    canWait: boolean,
    work: (context: WarmContext) => Promise<T>,
    after?: (context: WarmContext) => Promise<void> | undefined,
  ): Promise<T> {
    const permit = await permits.acquire(canWait ? 1 : 0).catch((cause: unknown) => {
      throw new AppError('browser_unavailable', {
        detail: 'No page of the browser became free in time.',
        cause,
      });
    });
    const context = contexts.take(pageName);
    const giveBack = async () => {
      contexts.giveBack(context);
      await permits.release(permit);
    };
    let following: Promise<void> | undefined;
    try {
      const result = await useContext(context, work);
      following = after?.(context);
      return result;
    } finally {
      if (following !== undefined) void following.finally(giveBack);
      else await giveBack();
    }
  }

  /** Runs work in a browser of its own. The caller bounds how many run at once. */
  async function inOwnBrowser<T>(work: (context: WarmContext) => Promise<T>): Promise<T> {
    const { supervisor } = options;
    // Before the job's time limit begins: a slow start of the browser is not the job's fault.
    const lease = await supervisor.leaseIsolated();
    const { kill } = supervisor;
    // No check whether it still draws: it is closed with the job.
    const own = { lease: async () => lease, kill, examine: async () => undefined };
    const context = openWarmContext(options, { supervisor: own });
    try {
      return await useContext(context, work);
    } finally {
      await context.discard();
      lease.release();
    }
  }

  return {
    render: (job: RenderInput & { isolated?: boolean }) =>
      job.isolated
        ? inOwnBrowser((context) => renderIn(context, job))
        : inContext(
            templatePageName(job),
            job.canWait ?? false,
            (context) => renderIn(context, job),
            (context) => tryAfter(context, job),
          ),
    measure: (job) => inContext(templatePageName(job), true, (context) => measureIn(context, job)),
    state: () => ({ size: permits.size, busy: permits.borrowed, waiting: permits.pending }),
    async close() {
      await permits.drain();
      await permits.clear();
      await contexts.discardAll();
    },
  };
}
