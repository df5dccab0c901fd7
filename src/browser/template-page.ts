import type { BrowserContext, CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import type { CaptureForm } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import { installPageBackground } from './page-background.js';
import { installPageLayer } from './page-layer.js';
import { installPageApi, type PageFinding, type PageJob, type PageResult } from './page-script.js';
import { installPageJudge, type PageVerdict } from './page-verdict.js';
import type { TemplatePageSpec } from './template-page-document.js';

/** A page that holds the shell of one template version, size and scale. */
export interface TemplatePage {
  /** Swaps the body, fits the text, gives the verdict. */
  show(job: PageJob, deadline: Deadline): Promise<Shown>;
  /**
   * The same for several bodies, one after the other, in one call; nothing is captured. Each must
   * still hold its own nonce when it has been judged.
   */
  measure(jobs: PageJob[], deadline: Deadline): Promise<PageFinding[][]>;
  /** The pixels, provided that the page still holds the job with this nonce, which it showed last. */
  capture(nonce: string, form: CaptureForm, deadline: Deadline): Promise<Buffer>;
  /** What the static layer of the body that is shown looks like, as text; null: it is none to bake. */
  layerKey(deadline: Deadline): Promise<string | null>;
  /** The static layer of a body, with nothing above it, as PNG. */
  captureLayer(job: PageJob, deadline: Deadline): Promise<Buffer>;
  /** Static layers that look so are shown as this picture from now on; undefined: none are. */
  setLayer(layer: CachedLayer | undefined, deadline: Deadline): Promise<void>;
  readonly layer: CachedLayer | undefined;
  /** False once the page crashed or was closed. */
  readonly usable: boolean;
  close(): Promise<void>;
}

/** A static layer that is shown as a picture of itself. */
export interface CachedLayer {
  /** How the layer looks, as the page tells it: it is no other layer only where this is equal. */
  key: string;
  /** Of the picture, as the page sees it. */
  address: string;
}

/** `background`: of everything that paints but text; its boxes, as one hash. */
export type Shown = PageResult & PageVerdict & { background: string };

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
 * Swap, fit and verdict in one call: each further one costs a round trip of about a millisecond. The
 * nonce is read last: whatever took the body's place by then has spoilt what was seen.
 */
const SHOW = `async function (job) {
  const shown = await globalThis.cardpress.show(job);
  const verdict = await globalThis.cardpressJudge.judge();
  const findings = [...shown.findings, ...verdict.findings];
  const background = globalThis.cardpressBackground.hash();
  return { ...shown, ...verdict, findings, background, nonce: globalThis.cardpress.nonce() };
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
  const published = origin.publish(spec);
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
  const response = await deadline.within('load the shell', page.goto(published.url));
  if (response?.status() !== 200) {
    throw new AppError('render_crashed', { detail: 'The shell of the template did not load.' });
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

  /** Every step ends with its answer, the deadline, or the death of the page. */
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
      'check the stamp',
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
        ...(form.type === 'jpeg' ? { quality: form.quality } : {}),
        // Chromium's default PNG setting takes ten times as long as the picture itself.
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
      const alone = 'function(isAlone){return globalThis.cardpressLayer.alone(isAlone)}';
      await step('leave the layer alone', jobDeadline, call(alone, true));
      // Shown anew: where only a part of a frame is drawn again, a blur in it is rounded otherwise.
      await showBody({ ...job, plain: true }, jobDeadline);
      const pixels = await capturePixels(job.nonce, { type: 'png' }, jobDeadline);
      await step('show the rest again', jobDeadline, call(alone, false));
      return pixels;
    },
    async setLayer(next, jobDeadline) {
      layer = next;
      const learn =
        'function(layer){return globalThis.cardpressLayer.learn(layer.address,layer.key)}';
      const forget = 'function(){globalThis.cardpressLayer.forget()}';
      await step('set the layer', jobDeadline, next ? call(learn, next) : call(forget));
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
