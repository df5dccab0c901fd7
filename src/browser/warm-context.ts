import type { BrowserContext } from 'playwright';
import { withDeadline } from '../lib/deadline.js';
import type { BrowserLease, BrowserSupervisor } from './browser-supervisor.js';
import { type CaptureWay, captureWays } from './capture.js';
import type { Deadline } from './deadline.js';
import type { InternalOrigin } from './internal-origin.js';
import { openTemplatePage, type TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

export interface WarmContextOptions {
  supervisor: Pick<BrowserSupervisor, 'lease' | 'kill' | 'examine'>;
  origin: InternalOrigin;
  /** Template pages that this context keeps open; the one unused for longest is closed first. */
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
  let inUse = false;
  const pages = new Map<string, TemplatePage>();

  async function leaseBrowser(deadline: Deadline): Promise<BrowserLease> {
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

  async function openContext(deadline: Deadline): Promise<BrowserContext> {
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

  async function evictOldest(): Promise<void> {
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
     * The browser page for this template page, open already if this context used it before.
     * Undefined if the browser cannot capture that way.
     */
    async page(
      spec: TemplatePageSpec,
      way: CaptureWay,
      deadline: Deadline,
    ): Promise<TemplatePage | undefined> {
      inUse = true;
      if (context && (!lease?.usable || renders >= options.maxRenders)) await discard();
      const name = keyOf(templatePageName(spec), way);
      const warm = pages.get(name);
      if (warm?.usable) {
        pages.delete(name);
        pages.set(name, warm);
        return warm;
      }
      // It crashed while no job used it.
      warm?.close().catch(() => undefined);
      pages.delete(name);
      await evictOldest();
      const opened = await openContext(deadline);
      const page = await openTemplatePage(opened, options.origin, spec, way, deadline);
      if (page) pages.set(name, page);
      return page;
    },
    /** Closes a page that is not needed any more. */
    async closePage(spec: TemplatePageSpec, way: CaptureWay): Promise<void> {
      const name = keyOf(templatePageName(spec), way);
      const page = pages.get(name);
      pages.delete(name);
      await page?.close().catch(() => undefined);
    },
    countRender(): void {
      renders += 1;
      lease?.countRender();
    },
    /**
     * Call it when no job uses the context: an idle context must not keep a retired browser open.
     */
    markIdle(): void {
      inUse = false;
      if (lease && !lease.usable) void discard();
    },
    discard,
    /**
     * Call it after a job timed out: closes the context, and kills its browser unless that still
     * draws.
     */
    async discardAndExamine(): Promise<void> {
      const leaseToCheck = lease;
      await discard();
      if (leaseToCheck?.usable) await options.supervisor.examine(leaseToCheck);
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
