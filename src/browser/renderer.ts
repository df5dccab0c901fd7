import { createPool, type Pool } from 'generic-pool';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { LayoutMeasurer, MeasureJob } from '../images/check-ports.js';
import type {
  CaptureForm,
  PixelReader,
  Renderer,
  RenderInput,
  RenderOutput,
} from '../images/ports.js';
import type { BrowserSupervisor } from './browser-supervisor.js';
import { cacheStaticLayer, isUnchangedByLayer } from './cache-static-layer.js';
import type { CaptureWay } from './capture.js';
import { type CaptureDecision, createCaptureChoice } from './capture-choice.js';
import { describeFindings } from './describe-findings.js';
import type { InternalOrigin } from './internal-origin.js';
import { createJobDeadline, type JobDeadline } from './job-deadline.js';
import { assetBoxesOf, preparePageJob } from './page-job.js';
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
   * Renders of one template page after which two trials are made: capturing it by `element`, and
   * caching its static layer.
   */
  minRendersBeforeTrial?: number;
  /** Called after each trial of a static layer, with whether it is cached from now on. */
  onLayerTried?: (pageName: string, isCached: boolean) => void;
  /** The only way in which pages are captured. Absent: chosen by trial for each template page. */
  captureWay?: CaptureWay;
  /** Called when the way of capture of a template page is decided. */
  onCaptureDecided?: (pageName: string, decision: CaptureDecision) => void;
}

/** Numbers of permits, and of jobs that wait for one. */
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

/**
 * One form of each kind: lossless pixels, and a file that the browser encodes. Trials and
 * measurements open the page of that kind; see `wayOf` in `capture-choice.ts`.
 */
const LOSSLESS: CaptureForm = { type: 'png' };
const ENCODED: CaptureForm = { type: 'jpeg', quality: 100 };

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

export function createRenderer(
  options: RendererOptions,
): Renderer & LayoutMeasurer & { state(): PoolState } {
  const permits = createPermits(options);
  const contexts = createPagePool(
    Array.from({ length: options.concurrency }, () => openWarmContext(options)),
  );
  const { minRendersBeforeTrial: minRenders } = options;
  const layerCache = createStaticLayerCache(
    options.origin,
    minRenders === undefined ? {} : { minRenders },
  );

  const captureChoice = createCaptureChoice({ minRenders, only: options.captureWay });

  async function pageOf(
    context: WarmContext,
    spec: TemplatePageSpec,
    form: CaptureForm,
    deadline: JobDeadline,
  ): Promise<TemplatePage> {
    const page = await context.openPage(
      spec,
      captureChoice.wayOf(templatePageName(spec), form),
      deadline,
    );
    if (page) return page;
    // `element` is used only after a successful trial, so the browser has been replaced since.
    throw new AppError('render_crashed', { detail: 'The browser cannot draw elements any more.' });
  }

  async function renderIn(context: WarmContext, job: RenderInput): Promise<RenderOutput> {
    const deadline = createJobDeadline(options.timeoutMs, job.signal);
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
        assetBoxes: assetBoxesOf(job.assets, shown.shownAssets),
        backgroundHash: shown.background,
        compileMs: compiledAt - startedAt,
        renderMs: performance.now() - compiledAt,
      };
    } finally {
      prepared.release();
    }
  }

  async function measureIn(context: WarmContext, job: MeasureJob): Promise<Warning[][]> {
    const deadline = createJobDeadline(options.timeoutMs, job.signal);
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

  /** If a trial fails, no job fails: images are drawn as before. */
  async function tryElement(context: WarmContext, job: RenderInput): Promise<void> {
    const deadline = createJobDeadline(options.timeoutMs);
    const trial = () => tryElementCapture(context, job, options.pixelReader, deadline);
    const failed: CaptureDecision = { way: 'screenshot', reason: 'failed' };
    const decision = await runIn(context, trial).catch(() => failed);
    captureChoice.decide(templatePageName(job), decision);
    options.onCaptureDecided?.(templatePageName(job), decision);
  }

  async function tryLayer(context: WarmContext, job: RenderInput): Promise<void> {
    const pageName = templatePageName(job);
    const deadline = createJobDeadline(options.timeoutMs);
    const trial = async () => {
      const page = await pageOf(context, job, LOSSLESS, deadline);
      return cacheStaticLayer(page, job, layerCache, deadline);
    };
    const isCached = await runIn(context, trial).catch(() => false);
    options.onLayerTried?.(pageName, isCached);
    if (!isCached || captureChoice.wayOf(pageName, ENCODED) !== 'element') return;
    const verify = async () => {
      const page = await pageOf(context, job, ENCODED, deadline);
      return isUnchangedByLayer(page, job, layerCache.layer(pageName), deadline);
    };
    if (await runIn(context, verify).catch(() => false)) return;
    const decision: CaptureDecision = { way: 'screenshot', reason: 'differs' };
    captureChoice.decide(pageName, decision);
    options.onCaptureDecided?.(pageName, decision);
  }

  /**
   * Makes the trials that are due. Runs after a job, whose image does not wait for it. No other job
   * gets the context meanwhile.
   */
  function tryAfter(context: WarmContext, job: RenderInput): Promise<void> | undefined {
    const pageName = templatePageName(job);
    const [isElementDue, isLayerDue] = [captureChoice.isDue(pageName), layerCache.isDue(pageName)];
    if (!isElementDue && !isLayerDue) return undefined;
    return (async () => {
      if (isElementDue) await tryElement(context, job);
      if (isLayerDue) await tryLayer(context, job);
    })();
  }

  /** Runs work in a context, and discards the context if the work fails. */
  async function runIn<T>(
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
        await (error.code === 'render_timeout'
          ? context.discardAndKillIfHung()
          : context.discard());
      }
      throw error;
    } finally {
      context.markIdle();
    }
  }

  /**
   * Waits for a permit, and runs work in the pooled context that suits the page best. The caller gets
   * the result before `after` ends; the context is given back when `after` has ended.
   */
  async function inPooledContext<T>(
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
      const result = await runIn(context, work);
      following = after?.(context);
      return result;
    } finally {
      if (following !== undefined) void following.finally(giveBack);
      else await giveBack();
    }
  }

  /** Runs work in a browser of its own (isolated retry). The caller limits how many run at once. */
  async function inIsolatedBrowser<T>(work: (context: WarmContext) => Promise<T>): Promise<T> {
    const { supervisor } = options;
    // Before the job's time limit begins: a slow start of the browser is not the job's fault.
    const lease = await supervisor.leaseIsolated();
    const { kill } = supervisor;
    // Not checked for a hang: this browser is closed after the job in any case.
    const own = { lease: async () => lease, kill, killIfHung: async () => undefined };
    const context = openWarmContext(options, { supervisor: own });
    try {
      return await runIn(context, work);
    } finally {
      await context.discard();
      lease.release();
    }
  }

  return {
    render: (job: RenderInput & { isolated?: boolean }) =>
      job.isolated
        ? inIsolatedBrowser((context) => renderIn(context, job))
        : inPooledContext(
            templatePageName(job),
            job.canWait ?? false,
            (context) => renderIn(context, job),
            (context) => tryAfter(context, job),
          ),
    measure: (job) =>
      inPooledContext(templatePageName(job), true, (context) => measureIn(context, job)),
    state: () => ({ size: permits.size, busy: permits.borrowed, waiting: permits.pending }),
    async close() {
      await permits.drain();
      await permits.clear();
      await contexts.discardAll();
    },
  };
}
