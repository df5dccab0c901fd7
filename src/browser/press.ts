import { createPool, type Pool } from 'generic-pool';
import { AppError, toAppError } from '../errors/app-error.js';
import type { Press, Pressed, PressJob } from '../images/ports.js';
import type { BrowserSupervisor } from './browser-supervisor.js';
import { describeFindings } from './describe-findings.js';
import { createPageSlot, type PageSlot } from './page-slot.js';
import type { ShellOrigin } from './shell-origin.js';
import { createDeadline } from './shell-page.js';

export interface PressOptions {
  supervisor: BrowserSupervisor;
  origin: ShellOrigin;
  /** Jobs in the browser at once. */
  concurrency: number;
  /** For one job from the moment that it has a slot. */
  timeoutMs: number;
  /** How long a job may wait for a slot. */
  acquireTimeoutMs?: number;
  maxShellsPerSlot?: number;
  maxRendersPerContext?: number;
  /** After which a context that does not close counts as hung. */
  closeTimeoutMs?: number;
  onDiscard?: (code: string) => void;
}

export interface PoolState {
  size: number;
  busy: number;
  waiting: number;
}

/**
 * The pool holds slots, not pages: making a slot cannot fail, so the pool never loops over a
 * browser that does not start, and each job learns of its own failure.
 */
function createSlotPool(options: PressOptions): Pool<PageSlot> {
  return createPool(
    {
      create: async () =>
        createPageSlot({
          supervisor: options.supervisor,
          origin: options.origin,
          maxShells: options.maxShellsPerSlot ?? 4,
          maxRenders: options.maxRendersPerContext ?? 500,
          closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
        }),
      destroy: (slot) => slot.discard(),
    },
    {
      max: options.concurrency,
      min: 0,
      // The slot used last has the warmest shells.
      fifo: false,
      acquireTimeoutMillis: options.acquireTimeoutMs ?? 60_000,
    },
  );
}

export function createPress(options: PressOptions): Press & { state(): PoolState } {
  const pool = createSlotPool(options);

  async function pressIn(slot: PageSlot, job: PressJob): Promise<Pressed> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const startedAt = performance.now();
    const lent = [...job.pictures].map(([field, picture]) => ({
      field,
      ...options.origin.lend(picture),
    }));
    try {
      const html = job.body(new Map(lent.map(({ field, address }) => [field, address])));
      const page = await slot.page(job, deadline);
      const compiledAt = performance.now();
      const shown = await page.show(
        {
          stamp: job.stamp,
          ...(job.lang === undefined ? {} : { lang: job.lang }),
          html,
          pictures: lent.map(({ address }) => address),
        },
        deadline,
      );
      const pixels = await page.capture(job.stamp, job.capture, deadline);
      slot.countRender();
      return {
        pixels,
        form: job.capture,
        warnings: describeFindings(shown.findings),
        texts: shown.texts,
        compileMs: compiledAt - startedAt,
        renderMs: performance.now() - compiledAt,
      };
    } finally {
      for (const { release } of lent) release();
    }
  }

  return {
    async press(job) {
      const slot = await pool.acquire().catch((cause: unknown) => {
        throw new AppError('browser_unavailable', {
          detail: 'No page of the browser became free in time.',
          cause,
        });
      });
      try {
        return await pressIn(slot, job);
      } catch (thrown) {
        const error = toAppError(thrown, 'render_crashed');
        // A page that failed once is not trusted again. Mistakes of the template are not its fault.
        if (error.code !== 'template_invalid') {
          options.onDiscard?.(error.code);
          await slot.discard();
        }
        throw error;
      } finally {
        slot.rest();
        await pool.release(slot);
      }
    },
    state: () => ({ size: pool.size, busy: pool.borrowed, waiting: pool.pending }),
    async close() {
      await pool.drain();
      await pool.clear();
    },
  };
}
