import type { BrowserContext } from 'playwright';
import { withDeadline } from '../errors/deadline.js';
import type { BrowserLease, BrowserSupervisor } from './browser-supervisor.js';
import type { InternalOrigin } from './internal-origin.js';
import { type Deadline, openTemplatePage, type TemplatePage } from './template-page.js';
import { type TemplatePageSpec, templatePageName } from './template-page-document.js';

export interface WarmContextOptions {
  supervisor: Pick<BrowserSupervisor, 'lease' | 'kill' | 'examine'>;
  origin: InternalOrigin;
  /** Shells kept warm in this slot; the one unused for longest goes first. */
  maxTemplatePages: number;
  /** Renders after which the context is thrown away: kept contexts grow (playwright#6319). */
  maxRenders: number;
  closeTimeoutMs: number;
}

/**
 * One place at which a job can be rendered: a browser context of its own with a few warm pages.
 * It is used by one job at a time. A slot outlives its context and its browser; whatever of them
 * is missing is made at the next use.
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
      // A share that comes too late must not keep its browser from being closed.
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
        javaScriptEnabled: false,
        acceptDownloads: false,
        serviceWorkers: 'block',
        reducedMotion: 'reduce',
        locale: 'en-US',
        timezoneId: 'UTC',
      });
    }
    return deadline.within('open a context', context);
  }

  /** Throws context and pages away. A context that does not open or close condemns its browser. */
  async function discard(): Promise<void> {
    const oldContext = context;
    const oldLease = lease;
    const oldPages = [...pages.values()];
    context = undefined;
    lease = undefined;
    pages.clear();
    // Not one after the other: a page that is just being led elsewhere may never say it is closed.
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
    /** A page with this pageName, warm if it was used here before. */
    async page(spec: TemplatePageSpec, deadline: Deadline): Promise<TemplatePage> {
      inUse = true;
      if (context && (!lease?.usable || renders >= options.maxRenders)) await discard();
      const name = templatePageName(spec);
      const warm = pages.get(name);
      if (warm?.usable) {
        pages.delete(name);
        pages.set(name, warm);
        return warm;
      }
      // It crashed while nobody used it.
      warm?.close().catch(() => undefined);
      pages.delete(name);
      await evictOldest();
      const opened = await openContext(deadline);
      const page = await openTemplatePage(opened, options.origin, spec, deadline);
      pages.set(name, page);
      return page;
    },
    countRender(): void {
      renders += 1;
      lease?.countRender();
    },
    /** Says that no job uses the slot: it must not keep a retired browser from being closed. */
    rest(): void {
      inUse = false;
      if (lease && !lease.usable) void discard();
    },
    discard,
    /** After a job ran out of time: the page goes, and its browser too unless it still draws. */
    async discardAndExamine(): Promise<void> {
      const suspect = lease;
      await discard();
      if (suspect?.usable) await options.supervisor.examine(suspect);
    },
    /** Whether a job finds its shell warm here. */
    holds: (pageName: string): boolean =>
      lease?.usable === true &&
      renders < options.maxRenders &&
      pages.get(pageName)?.usable === true,
    /** Whether another shell can be kept without giving one up. */
    hasRoom: (): boolean => pages.size < options.maxTemplatePages,
  };
}

export type WarmContext = ReturnType<typeof createWarmContext>;
