import type { BrowserContext, CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import type { CaptureForm } from '../images/ports.js';
import { withDeadline } from '../lib/deadline.js';
import type { InternalOrigin } from './internal-origin.js';
import { installPageBackground, type ShownPicture } from './page-background.js';
import { installPageLayer } from './page-layer.js';
import { installPageApi, type PageFinding, type PageJob, type PageResult } from './page-script.js';
import { installPageJudge, type PageVerdict } from './page-verdict.js';
import type { TemplatePageSpec } from './template-page-document.js';

/** A browser page that holds one template page: one template version, size and scale. */
export interface TemplatePage {
  /** Replaces the body, fits the text and runs the checks. */
  show(job: PageJob, deadline: Deadline): Promise<Shown>;
  /**
   * The same for several bodies, one after the other, in one call; nothing is captured. Each body
   * must still hold its own nonce after its checks.
   */
  measure(jobs: PageJob[], deadline: Deadline): Promise<PageFinding[][]>;
  /** The encoded pixels. The page must still hold the body with this nonce. */
  capture(nonce: string, form: CaptureForm, deadline: Deadline): Promise<Buffer>;
  /** The looks of the static layer of the current body, as text. Null: it cannot be cached. */
  layerKey(deadline: Deadline): Promise<string | null>;
  /** The static layer of a body, with nothing above it, as PNG. */
  captureLayer(job: PageJob, deadline: Deadline): Promise<Buffer>;
  /** Static layers with this key are shown as this image from now on. Undefined: none are. */
  setLayer(layer: CachedLayer | undefined, deadline: Deadline): Promise<void>;
  readonly layer: CachedLayer | undefined;
  /** False once the page crashed or was closed. */
  readonly usable: boolean;
  close(): Promise<void>;
}

/** A static layer that is shown as an image of itself. */
export interface CachedLayer {
  /** How the layer looks, as text from the page. An equal key means an equal layer. */
  key: string;
  /** Address of the image, as the page sees it. */
  address: string;
}

/** `background`: a hash of the boxes of everything that is painted, except text. */
type Shown = PageResult & PageVerdict & { background: string; pictures: ShownPicture[] };

/** One job's time limit, shared by all of its browser steps. */
export interface Deadline {
  /** @throws AppError `render_timeout` naming the step */
  within<T>(step: string, work: Promise<T>): Promise<T>;
}

export function createDeadline(timeoutMs: number, signal?: AbortSignal): Deadline {
  const endsAt = performance.now() + timeoutMs;
  return {
    within(step, work) {
      if (signal?.aborted) {
        work.catch(() => undefined);
        return Promise.reject(new AppError('cancelled', { detail: 'The job was cancelled.' }));
      }
      return withDeadline(work, Math.max(1, endsAt - performance.now()), () => {
        return new AppError('render_timeout', {
          detail: `The browser did not finish "${step}" within ${timeoutMs} ms.`,
        });
      });
    },
  };
}

const WORLD = 'cardpress';

/**
 * Replaces the body, fits and checks in one call: each further call costs a round trip of about a
 * millisecond. The nonce is read last, so a body that was replaced meanwhile is noticed.
 */
const SHOW = `async function (job) {
  const shown = await globalThis.cardpress.show(job);
  const verdict = await globalThis.cardpressJudge.judge();
  const findings = [...shown.findings, ...verdict.findings];
  const background = globalThis.cardpressBackground.hash();
  const pictures = job.plain ? [] : globalThis.cardpressBackground.pictures(job.assets);
  return { ...shown, ...verdict, findings, background, pictures, nonce: globalThis.cardpress.nonce() };
}`;

const MEASURE = `async function (jobs) {
  const show = ${SHOW};
  const seen = [];
  for (const job of jobs) {
    const { nonce, findings } = await show({ ...job, plain: true });
    seen.push({ nonce, findings });
  }
  return seen;
}`;

async function emulate(cdp: CDPSession, spec: TemplatePageSpec): Promise<void> {
  await cdp.send('Emulation.setDeviceMetricsOverride', {
    width: spec.size.widthPx,
    height: spec.size.heightPx,
    deviceScaleFactor: spec.scale,
    mobile: false,
  });
  if (spec.template.manifest.transparent) {
    await cdp.send('Emulation.setDefaultBackgroundColorOverride', {
      color: { r: 0, g: 0, b: 0, a: 0 },
    });
  }
}

/** An isolated world sees the page's document but shares no globals with it. */
async function openWorld(cdp: CDPSession): Promise<number> {
  const { frameTree } = await cdp.send('Page.getFrameTree');
  const { executionContextId } = await cdp.send('Page.createIsolatedWorld', {
    frameId: frameTree.frame.id,
    worldName: WORLD,
  });
  return executionContextId;
}

/** @throws AppError `render_timeout`, `render_crashed` */
export async function openTemplatePage(
  context: BrowserContext,
  origin: InternalOrigin,
  spec: TemplatePageSpec,
  deadline: Deadline,
): Promise<TemplatePage> {
  const published = origin.serveTemplatePage(spec);
  const page = await deadline.within('open a page', context.newPage()).catch((error: unknown) => {
    published.release();
    throw error;
  });
  try {
    return await prepare(page, published, spec, deadline);
  } catch (error) {
    published.release();
    page.close().catch(() => undefined);
    throw error;
  }
}

async function prepare(
  page: Page,
  published: { url: string; release(): void },
  spec: TemplatePageSpec,
  deadline: Deadline,
): Promise<TemplatePage> {
  const cdp = await deadline.within('attach', page.context().newCDPSession(page));
  await deadline.within('emulate', emulate(cdp, spec));
  const response = await deadline.within('load the template page', page.goto(published.url));
  if (response?.status() !== 200) {
    throw new AppError('render_crashed', { detail: 'The template page did not load.' });
  }
  const contextId = await deadline.within('open a world', openWorld(cdp));

  let usable = true;
  let fail: (error: AppError) => void = () => undefined;
  const gone = new Promise<never>((_, reject) => {
    fail = reject;
  });
  gone.catch(() => undefined);
  const onGone = (detail: string) => {
    usable = false;
    fail(new AppError('render_crashed', { detail }));
  };
  page.on('crash', () => onGone('The page crashed, most likely for want of memory.'));
  page.on('close', () => onGone('The page was closed while it was in use.'));

  /** Every step ends with its answer, at the deadline, or when the page is gone. */
  function step<T>(name: string, deadlineOfJob: Deadline, work: Promise<T>): Promise<T> {
    return deadlineOfJob.within(name, Promise.race([work, gone]));
  }

  async function call<T>(declaration: string, argument?: unknown): Promise<T> {
    const answer = await cdp.send('Runtime.callFunctionOn', {
      functionDeclaration: declaration,
      executionContextId: contextId,
      arguments: argument === undefined ? [] : [{ value: argument }],
      awaitPromise: true,
      returnByValue: true,
    });
    if (answer.exceptionDetails) {
      const thrown = answer.exceptionDetails.exception?.description ?? 'unknown';
      throw new AppError('render_crashed', { detail: 'The page script failed.', cause: thrown });
    }
    return answer.result.value as T;
  }

  function expectNonce(found: string | undefined, nonce: string): void {
    if (found === nonce) return;
    usable = false;
    throw new AppError('stamp_mismatch', {
      detail: 'The page held the content of another job. The picture was thrown away.',
    });
  }

  async function showBody(job: PageJob, jobDeadline: Deadline): Promise<Shown> {
    const shown = await step('show the body', jobDeadline, call<Shown>(SHOW, job));
    expectNonce(shown.nonce, job.nonce);
    return shown;
  }

  async function checkNonce(nonce: string, deadlineOfJob: Deadline): Promise<void> {
    const found = await step(
      'check the nonce',
      deadlineOfJob,
      call<string>('function(){return globalThis.cardpress.nonce()}'),
    );
    expectNonce(found, nonce);
  }

  async function capturePixels(nonce: string, form: CaptureForm, deadlineOfJob: Deadline) {
    const shot = await step(
      'capture',
      deadlineOfJob,
      cdp.send('Page.captureScreenshot', {
        format: form.type,
        ...('quality' in form ? { quality: form.quality } : {}),
        // Chromium's default PNG compression takes ten times as long as the capture itself.
        optimizeForSpeed: true,
      }),
    );
    await checkNonce(nonce, deadlineOfJob);
    return Buffer.from(shot.data, 'base64');
  }

  let layer: CachedLayer | undefined;
  await step('install the layer', deadline, call(String(installPageLayer)));
  await step('install the page script', deadline, call(String(installPageApi)));
  await step('install the judge', deadline, call(String(installPageJudge)));
  await step('install the background', deadline, call(String(installPageBackground)));

  return {
    show: showBody,
    async measure(jobs, jobDeadline) {
      const seen = await step('measure', jobDeadline, call<PageResult[]>(MEASURE, jobs));
      for (const [i, { nonce }] of jobs.entries()) expectNonce(seen[i]?.nonce, nonce);
      return seen.map(({ findings }) => findings);
    },
    capture: capturePixels,
    layerKey: (jobDeadline) =>
      step(
        'look at the layer',
        jobDeadline,
        call<string | null>('function(){return globalThis.cardpressLayer.key()}'),
      ),
    async captureLayer(job, jobDeadline) {
      const isolate = 'function(isIsolated){return globalThis.cardpressLayer.isolate(isIsolated)}';
      await step('isolate the layer', jobDeadline, call(isolate, true));
      // Shown again: if only part of a frame is redrawn, a blur in it is rounded differently.
      await showBody({ ...job, plain: true }, jobDeadline);
      const pixels = await capturePixels(job.nonce, { type: 'png' }, jobDeadline);
      await step('show the rest again', jobDeadline, call(isolate, false));
      return pixels;
    },
    async setLayer(next, jobDeadline) {
      layer = next;
      const use = 'function(layer){return globalThis.cardpressLayer.use(layer.address,layer.key)}';
      const clear = 'function(){globalThis.cardpressLayer.clear()}';
      await step('set the layer', jobDeadline, next ? call(use, next) : call(clear));
    },
    get layer() {
      return layer;
    },
    get usable() {
      return usable;
    },
    async close() {
      usable = false;
      published.release();
      await page.close();
    },
  };
}
