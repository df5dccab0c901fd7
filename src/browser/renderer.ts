import { createPool, type Pool } from 'generic-pool';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { LayoutMeasurer, MeasureBody, MeasureJob } from '../images/check-ports.js';
import type { Renderer, RenderInput, RenderOutput } from '../images/ports.js';
import type { BrowserSupervisor } from './browser-supervisor.js';
import { cacheStaticLayer } from './cache-static-layer.js';
import { describeFindings } from './describe-findings.js';
import type { InternalOrigin } from './internal-origin.js';
import { createPagePool } from './page-pool.js';
import type { PageJob } from './page-script.js';
import { createStaticLayerCache } from './static-layer-cache.js';
import { createDeadline } from './template-page.js';
import { templatePageName } from './template-page-document.js';
import { createWarmContext, type WarmContext, type WarmContextOptions } from './warm-context.js';

export interface RendererOptions {
  supervisor: BrowserSupervisor;
  origin: InternalOrigin;
  /** Jobs in the browser at once. */
  concurrency: number;
  /** For one job from the moment that it has a context. */
  timeoutMs: number;
  /** How long a job may wait for a context. */
  acquireTimeoutMs?: number;
  maxTemplatePagesPerContext?: number;
  maxRendersPerContext?: number;
  /** After which a context that does not close counts as hung. */
  closeTimeoutMs?: number;
  onDiscard?: (code: string) => void;
  /** Renders of one shell after which its static layer is tried as a picture. */
  minRendersToCache?: number;
  /** A static layer was tried: whether it is a picture from now on. */
  onTried?: (pageName: string, isCached: boolean) => void;
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

/**
 * The pool holds tickets, not pages: making one cannot fail, so the pool never loops over a browser
 * that does not start, and each job learns of its own failure. With its ticket a job gets the context
 * that suits it.
 */
function createTickets(options: RendererOptions): Pool<object> {
  return createPool(
    {
      create: async () => ({}),
      destroy: async () => undefined,
    },
    {
      max: options.concurrency,
      min: 0,
      // Those whose job can wait take a ticket when nobody else wants it.
      priorityRange: 2,
      acquireTimeoutMillis: options.acquireTimeoutMs ?? 60_000,
    },
  );
}

/** Makes the pictures of a body known to the page, for as long as it is shown, and writes the body. */
function lendBody(
  origin: InternalOrigin,
  { lang, pictures, body }: MeasureBody,
  nonce: string,
): { page: PageJob; release(): void } {
  const lent = [...pictures].map(([field, picture]) => ({ field, ...origin.lend(picture) }));
  const release = () => {
    for (const one of lent) one.release();
  };
  try {
    const html = body(new Map(lent.map(({ field, address }) => [field, address])));
    const addresses = lent.map(({ address }) => address);
    return {
      page: { nonce, ...(lang === undefined ? {} : { lang }), html, pictures: addresses },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

export function createRenderer(
  options: RendererOptions,
): Renderer & LayoutMeasurer & { state(): PoolState } {
  const tickets = createTickets(options);
  const contexts = createPagePool(
    Array.from({ length: options.concurrency }, () => openWarmContext(options)),
  );
  const { minRendersToCache: minRenders } = options;
  const layerCache = createStaticLayerCache(
    options.origin,
    minRenders === undefined ? {} : { minRenders },
  );

  async function renderIn(context: WarmContext, job: RenderInput): Promise<RenderOutput> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const startedAt = performance.now();
    const lent = lendBody(options.origin, job, job.nonce);
    try {
      const page = await context.page(job, deadline);
      const layer = layerCache.layer(templatePageName(job));
      if (page.layer !== layer) await page.setLayer(layer, deadline);
      const compiledAt = performance.now();
      const shown = await page.show(lent.page, deadline);
      const pixels = await page.capture(job.nonce, job.capture, deadline);
      context.countRender();
      return {
        pixels,
        form: job.capture,
        warnings: describeFindings(shown.findings),
        texts: shown.texts,
        background: shown.background,
        compileMs: compiledAt - startedAt,
        renderMs: performance.now() - compiledAt,
      };
    } finally {
      lent.release();
    }
  }

  async function measureIn(context: WarmContext, job: MeasureJob): Promise<Warning[][]> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const lent: ReturnType<typeof lendBody>[] = [];
    try {
      job.bodies.forEach((body, i) => {
        lent.push(lendBody(options.origin, body, `${job.nonce}-${i}`));
      });
      const page = await context.page(job, deadline);
      const findings = await page.measure(
        lent.map((one) => one.page),
        deadline,
      );
      // What wears a context out is drawing; a visit without a picture is one render at most.
      context.countRender();
      return findings.map(describeFindings);
    } finally {
      for (const { release } of lent) release();
    }
  }

  /** After a job, whose picture does not wait for it; meanwhile its context serves nobody else. */
  async function tryLayer(context: WarmContext, job: RenderInput): Promise<void> {
    const work = async () => {
      const deadline = createDeadline(options.timeoutMs);
      return cacheStaticLayer(await context.page(job, deadline), job, layerCache, deadline);
    };
    // What fails here was no job of anybody's; the layer is drawn as ever.
    const isCached = await useContext(context, work).catch(() => false);
    options.onTried?.(templatePageName(job), isCached);
  }

  async function useContext<T>(
    context: WarmContext,
    work: (context: WarmContext) => Promise<T>,
  ): Promise<T> {
    try {
      return await work(context);
    } catch (thrown) {
      const error = toAppError(thrown, 'render_crashed');
      // A page that failed once is not trusted again. Mistakes of the template are not its fault.
      if (error.code !== 'template_invalid') {
        options.onDiscard?.(error.code);
        await (error.code === 'render_timeout' ? context.discardAndExamine() : context.discard());
      }
      throw error;
    } finally {
      context.rest();
    }
  }

  async function inContext<T>(
    pageName: string,
    canWait: boolean,
    work: (context: WarmContext) => Promise<T>,
    after?: (context: WarmContext) => Promise<void> | undefined,
  ): Promise<T> {
    const ticket = await tickets.acquire(canWait ? 1 : 0).catch((cause: unknown) => {
      throw new AppError('browser_unavailable', {
        detail: 'No page of the browser became free in time.',
        cause,
      });
    });
    const context = contexts.take(pageName);
    const giveBack = async () => {
      contexts.giveBack(context);
      await tickets.release(ticket);
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

  /** In a browser of its own. How many do so at once is up to the caller. */
  async function inOwnBrowser<T>(work: (context: WarmContext) => Promise<T>): Promise<T> {
    const { supervisor } = options;
    // Before the job's time begins: the start of a browser is not its fault.
    const lease = await supervisor.leaseIsolated();
    const { kill } = supervisor;
    // Whether it still draws matters to nobody: it ends with the job.
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
            (context) =>
              layerCache.isDue(templatePageName(job)) ? tryLayer(context, job) : undefined,
          ),
    measure: (job) => inContext(templatePageName(job), true, (context) => measureIn(context, job)),
    state: () => ({ size: tickets.size, busy: tickets.borrowed, waiting: tickets.pending }),
    async close() {
      await tickets.drain();
      await tickets.clear();
      await contexts.discardAll();
    },
  };
}
