import type { BrowserContext } from 'playwright';
import { withDeadline } from '../lib/deadline.js';
import type { BrowserLease, BrowserSupervisor } from './browser-supervisor.js';
import { type CaptureWay, captureWays } from './capture.js';
import type { InternalOrigin } from './internal-origin.js';
import type { JobDeadline } from './job-deadline.js';
import { openTemplatePage, type TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

export interface WarmContextOptions {
  supervisor: Pick<BrowserSupervisor, 'lease' | 'kill' | 'killIfHung'>;
  origin: InternalOrigin;
  /** Template pages that this context keeps open. The least recently used one is closed first. */
  maxTemplatePages: number;
  /** Renders after which the context is replaced: contexts grow with use (playwright#6319). */
  maxRenders: number;
  closeTimeoutMs: number;
}

const keyOf = (pageName: string, way: CaptureWay) => `${way} ${pageName}`;

/**
 * A browser context with a few open template pages, used by one job at a time. The object outlives
 * its context and its browser: what is missing is opened at the next use.
 */
export function createWarmContext(options: WarmContextOptions) {
  let lease: BrowserLease | undefined;
  let context: Promise<BrowserContext> | undefined;
  let renders = 0;
  /** Between `openPage` and `markIdle`. */
  let inUse = false;
  /** Open template pages by `keyOf`, least recently used first. */
  const pages = new Map<string, TemplatePage>();

  async function leaseBrowser(deadline: JobDeadline): Promise<BrowserLease> {
    const leasing = options.supervisor.lease();
    try {
      const taken = await deadline.within('start the browser', leasing);
      taken.onUnusable(() => {
        if (lease === taken && !inUse) void discard();
      });
      return taken;
    } catch (error) {
      // A lease that comes too late must not keep its browser open.
      leasing.then(
        (late) => late.release(),
        () => undefined,
      );
      throw error;
    }
  }

  async function openContext(deadline: JobDeadline): Promise<BrowserContext> {
    lease ??= await leaseBrowser(deadline);
    if (!context) {
      renders = 0;
      context = lease.browser.newContext({
        viewport: null,
        acceptDownloads: false,
        serviceWorkers: 'block',
        reducedMotion: 'reduce',
        locale: 'en-US',
        timezoneId: 'UTC',
      });
    }
    return deadline.within('open a context', context);
  }

  /**
   * Closes the context and its pages. If a context does not open or close, its browser is killed.
   */
  async function discard(): Promise<void> {
    const oldContext = context;
    const oldLease = lease;
    const oldPages = [...pages.values()];
    context = undefined;
    lease = undefined;
    pages.clear();
    // Not awaited one by one: a page that is navigating may never report that it is closed.
    for (const page of oldPages) page.close().catch(() => undefined);
    const closing = oldContext?.then((opened) => opened.close()) ?? Promise.resolve();
    try {
      await withDeadline(closing, options.closeTimeoutMs, () => new Error('close timed out'));
    } catch {
      if (oldLease?.usable) options.supervisor.kill(oldLease);
    } finally {
      oldLease?.release();
    }
  }

  async function evictIfFull(): Promise<void> {
    // A Map keeps its order of insertion, so the first entry is the least recently used one.
    const oldest = pages.entries().next().value;
    if (!oldest || pages.size < options.maxTemplatePages) return;
    pages.delete(oldest[0]);
    const closing = oldest[1].close();
    await withDeadline(closing, options.closeTimeoutMs, () => new Error('close timed out')).catch(
      discard,
    );
  }

  return {
    /**
     * The browser page for this template page, opened unless this context has it open already.
     * Undefined if the browser cannot capture in that way. Call `markIdle` when the job is done.
     */
    async openPage(
      spec: TemplatePageSpec,
      way: CaptureWay,
      deadline: JobDeadline,
    ): Promise<TemplatePage | undefined> {
      inUse = true;
      if (context && (!lease?.usable || renders >= options.maxRenders)) await discard();
      const key = keyOf(templatePageName(spec), way);
      const warm = pages.get(key);
      if (warm?.usable) {
        pages.delete(key);
        pages.set(key, warm);
        return warm;
      }
      // A page that is open but not usable crashed while no job used it.
      warm?.close().catch(() => undefined);
      pages.delete(key);
      await evictIfFull();
      const opened = await openContext(deadline);
      const page = await openTemplatePage(opened, options.origin, spec, way, deadline);
      if (page) pages.set(key, page);
      return page;
    },
    /** Closes a page that is not needed any more. */
    async closePage(spec: TemplatePageSpec, way: CaptureWay): Promise<void> {
      const key = keyOf(templatePageName(spec), way);
      const page = pages.get(key);
      pages.delete(key);
      await page?.close().catch(() => undefined);
    },
    countRender(): void {
      renders += 1;
      lease?.countRender();
    },
    /**
     * Call it when a job is done: an idle context must not keep a retired browser open.
     */
    markIdle(): void {
      inUse = false;
      if (lease && !lease.usable) void discard();
    },
    discard,
    /**
     * Call it after a job timed out: closes the context, and kills its browser if that draws nothing
     * any more.
     */
    async discardAndKillIfHung(): Promise<void> {
      const leaseToCheck = lease;
      await discard();
      if (leaseToCheck?.usable) await options.supervisor.killIfHung(leaseToCheck);
    },
    /** Whether the template page is open here. */
    holds: (pageName: string): boolean =>
      lease?.usable === true &&
      renders < options.maxRenders &&
      captureWays.some((way) => pages.get(keyOf(pageName, way))?.usable === true),
    /** Whether another template page can be opened without closing one. */
    hasRoom: (): boolean => pages.size < options.maxTemplatePages,
  };
}

export type WarmContext = ReturnType<typeof createWarmContext>;
