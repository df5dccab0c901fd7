import { createPool, type Pool } from 'generic-pool';
import { AppError, toAppError } from '../errors/app-error.js';
import type { MeasureBody, MeasureJob, MeasurePress } from '../images/check-ports.js';
import type { Press, Pressed, PressJob } from '../images/ports.js';
import type { Warning } from '../templates/template.js';
import { bakeLayer } from './bake-layer.js';
import type { BrowserSupervisor } from './browser-supervisor.js';
import { describeFindings } from './describe-findings.js';
import { createLayerBakery } from './layer-bakery.js';
import type { PageJob } from './page-script.js';
import { createPageSlot, type PageSlot, type PageSlotOptions } from './page-slot.js';
import { shellName } from './shell-document.js';
import type { ShellOrigin } from './shell-origin.js';
import { createDeadline } from './shell-page.js';
import { createSlotRack } from './slot-rack.js';

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
  /** Renders of one shell after which its static layer is tried as a picture. */
  minRendersToBake?: number;
  /** A static layer was tried: whether it is a picture from now on. */
  onTried?: (shell: string, isBaked: boolean) => void;
}

export interface PoolState {
  size: number;
  busy: number;
  waiting: number;
}

function openSlot(options: PressOptions, own: Partial<PageSlotOptions> = {}): PageSlot {
  return createPageSlot({
    supervisor: options.supervisor,
    origin: options.origin,
    maxShells: options.maxShellsPerSlot ?? 4,
    maxRenders: options.maxRendersPerContext ?? 500,
    closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
    ...own,
  });
}

/**
 * The pool holds turns, not pages: making one cannot fail, so the pool never loops over a browser
 * that does not start, and each job learns of its own failure. With its turn a job gets the slot
 * that suits it.
 */
function createTurns(options: PressOptions): Pool<object> {
  return createPool(
    {
      create: async () => ({}),
      destroy: async () => undefined,
    },
    {
      max: options.concurrency,
      min: 0,
      // Those whose job can wait take a turn when nobody else wants it.
      priorityRange: 2,
      acquireTimeoutMillis: options.acquireTimeoutMs ?? 60_000,
    },
  );
}

/** Makes the pictures of a body known to the page, for as long as it is shown, and writes the body. */
function lendBody(
  origin: ShellOrigin,
  { lang, pictures, body }: MeasureBody,
  stamp: string,
): { page: PageJob; release(): void } {
  const lent = [...pictures].map(([field, picture]) => ({ field, ...origin.lend(picture) }));
  const release = () => {
    for (const one of lent) one.release();
  };
  try {
    const html = body(new Map(lent.map(({ field, address }) => [field, address])));
    const addresses = lent.map(({ address }) => address);
    return {
      page: { stamp, ...(lang === undefined ? {} : { lang }), html, pictures: addresses },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

export function createPress(options: PressOptions): Press & MeasurePress & { state(): PoolState } {
  const turns = createTurns(options);
  const slots = createSlotRack(
    Array.from({ length: options.concurrency }, () => openSlot(options)),
  );
  const { minRendersToBake: minRenders } = options;
  const bakery = createLayerBakery(options.origin, minRenders === undefined ? {} : { minRenders });

  async function pressIn(slot: PageSlot, job: PressJob): Promise<Pressed> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const startedAt = performance.now();
    const lent = lendBody(options.origin, job, job.stamp);
    try {
      const page = await slot.page(job, deadline);
      const layer = bakery.layer(shellName(job));
      if (page.layer !== layer) await page.setLayer(layer, deadline);
      const compiledAt = performance.now();
      const shown = await page.show(lent.page, deadline);
      const pixels = await page.capture(job.stamp, job.capture, deadline);
      slot.countRender();
      return {
        pixels,
        form: job.capture,
        warnings: describeFindings(shown.findings),
        texts: shown.texts,
        ground: shown.ground,
        compileMs: compiledAt - startedAt,
        renderMs: performance.now() - compiledAt,
      };
    } finally {
      lent.release();
    }
  }

  async function measureIn(slot: PageSlot, job: MeasureJob): Promise<Warning[][]> {
    const deadline = createDeadline(options.timeoutMs, job.signal);
    const lent: ReturnType<typeof lendBody>[] = [];
    try {
      job.bodies.forEach((body, i) => {
        lent.push(lendBody(options.origin, body, `${job.stamp}-${i}`));
      });
      const page = await slot.page(job, deadline);
      const findings = await page.measure(
        lent.map((one) => one.page),
        deadline,
      );
      // What wears a context out is drawing; a visit without a picture is one render at most.
      slot.countRender();
      return findings.map(describeFindings);
    } finally {
      for (const { release } of lent) release();
    }
  }

  /** After a job, whose picture does not wait for it; meanwhile its slot serves nobody else. */
  async function tryLayer(slot: PageSlot, job: PressJob): Promise<void> {
    const work = async () => {
      const deadline = createDeadline(options.timeoutMs);
      return bakeLayer(await slot.page(job, deadline), job, bakery, deadline);
    };
    // What fails here was no job of anybody's; the layer is drawn as ever.
    const isBaked = await useSlot(slot, work).catch(() => false);
    options.onTried?.(shellName(job), isBaked);
  }

  async function useSlot<T>(slot: PageSlot, work: (slot: PageSlot) => Promise<T>): Promise<T> {
    try {
      return await work(slot);
    } catch (thrown) {
      const error = toAppError(thrown, 'render_crashed');
      // A page that failed once is not trusted again. Mistakes of the template are not its fault.
      if (error.code !== 'template_invalid') {
        options.onDiscard?.(error.code);
        await (error.code === 'render_timeout' ? slot.discardSuspect() : slot.discard());
      }
      throw error;
    } finally {
      slot.rest();
    }
  }

  async function inSlot<T>(
    shell: string,
    canWait: boolean,
    work: (slot: PageSlot) => Promise<T>,
    after?: (slot: PageSlot) => Promise<void> | undefined,
  ): Promise<T> {
    const turn = await turns.acquire(canWait ? 1 : 0).catch((cause: unknown) => {
      throw new AppError('browser_unavailable', {
        detail: 'No page of the browser became free in time.',
        cause,
      });
    });
    const slot = slots.take(shell);
    const giveBack = async () => {
      slots.giveBack(slot);
      await turns.release(turn);
    };
    let following: Promise<void> | undefined;
    try {
      const result = await useSlot(slot, work);
      following = after?.(slot);
      return result;
    } finally {
      if (following !== undefined) void following.finally(giveBack);
      else await giveBack();
    }
  }

  /** In a browser of its own. How many do so at once is up to the caller. */
  async function alone<T>(work: (slot: PageSlot) => Promise<T>): Promise<T> {
    const { supervisor } = options;
    // Before the job's time begins: the start of a browser is not its fault.
    const lease = await supervisor.leaseAlone();
    const { condemn } = supervisor;
    // Whether it still draws matters to nobody: it ends with the job.
    const own = { lease: async () => lease, condemn, examine: async () => undefined };
    const slot = openSlot(options, { supervisor: own });
    try {
      return await useSlot(slot, work);
    } finally {
      await slot.discard();
      lease.release();
    }
  }

  return {
    press: (job: PressJob & { alone?: boolean }) =>
      job.alone
        ? alone((slot) => pressIn(slot, job))
        : inSlot(
            shellName(job),
            job.canWait ?? false,
            (slot) => pressIn(slot, job),
            (slot) => (bakery.isDue(shellName(job)) ? tryLayer(slot, job) : undefined),
          ),
    measure: (job) => inSlot(shellName(job), true, (slot) => measureIn(slot, job)),
    state: () => ({ size: turns.size, busy: turns.borrowed, waiting: turns.pending }),
    async close() {
      await turns.drain();
      await turns.clear();
      await slots.discardAll();
    },
  };
}
