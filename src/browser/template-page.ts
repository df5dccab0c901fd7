import type { BrowserContext, CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import type { CapturedPixels, CaptureForm } from '../images/ports.js';
import {
  type Capturer,
  type CaptureWay,
  createElementCapturer,
  createScreenshotCapturer,
} from './capture.js';
import type { InternalOrigin } from './internal-origin.js';
import type { JobDeadline } from './job-deadline.js';
import type { PageApi, PageFinding, PageJob, ShownBody } from './page/page-api.js';
import { connectPage, type PageConnection } from './page-connection.js';
import { pageProgram } from './page-program.js';
import type { TemplatePageSpec } from './template-page-document.js';

/** A browser page that holds one template page: one template version, size and scale. */
export interface TemplatePage {
  /** Replaces the body, fits the text and runs the checks. */
  show(job: PageJob, deadline: JobDeadline): Promise<ShownBody>;
  /**
   * The same for several bodies, one after the other, in one call; nothing is captured. Each body
   * must still hold its own nonce after its checks.
   */
  measure(jobs: PageJob[], deadline: JobDeadline): Promise<PageFinding[][]>;
  /**
   * Captures what the page shows.
   * @throws AppError `stamp_mismatch` unless the page still holds the body with this nonce
   */
  capture(nonce: string, form: CaptureForm, deadline: JobDeadline): Promise<CapturedPixels>;
  /** The key of the current body's static layer; see `CachedLayer`. Null: it cannot be cached. */
  layerKey(deadline: JobDeadline): Promise<string | null>;
  /** Shows a body's static layer without the content above it, and captures it as PNG. */
  captureLayer(job: PageJob, deadline: JobDeadline): Promise<Buffer>;
  /** Shows static layers with this key as this image from now on. Undefined: no layer is cached. */
  setLayer(layer: CachedLayer | undefined, deadline: JobDeadline): Promise<void>;
  readonly layer: CachedLayer | undefined;
  /** False once the page crashed or was closed. */
  readonly usable: boolean;
  close(): Promise<void>;
}

/** A static layer that is shown as an image of itself. */
export interface CachedLayer {
  /** All styles and boxes of the layer, as text from the page. Equal keys mean equal pixels. */
  key: string;
  /** Address of the image, as the page sees it. */
  address: string;
}

type Measured = Awaited<ReturnType<PageApi['measure']>>;
const MEASURE = 'function(jobs){return cardpress.measure(jobs)}';

async function emulate(cdp: CDPSession, spec: TemplatePageSpec, way: CaptureWay): Promise<void> {
  await cdp.send('Emulation.setDeviceMetricsOverride', {
    width: spec.size.widthPx,
    height: spec.size.heightPx,
    deviceScaleFactor: spec.scale,
    mobile: false,
  });
  // A canvas is painted only where scripts are enabled. The iframe's `sandbox` disables them for the
  // template page.
  if (way === 'screenshot') await cdp.send('Emulation.setScriptExecutionDisabled', { value: true });
  if (spec.template.manifest.transparent) {
    await cdp.send('Emulation.setDefaultBackgroundColorOverride', {
      color: { r: 0, g: 0, b: 0, a: 0 },
    });
  }
}

/**
 * Undefined if this browser cannot capture that way.
 * @throws AppError `render_timeout`, `render_crashed`
 */
export async function openTemplatePage(
  context: BrowserContext,
  origin: InternalOrigin,
  spec: TemplatePageSpec,
  way: CaptureWay,
  deadline: JobDeadline,
): Promise<TemplatePage | undefined> {
  const served = origin.serveTemplatePage(spec);
  const page = await deadline.within('open a page', context.newPage()).catch((error: unknown) => {
    served.release();
    throw error;
  });
  const discard = () => {
    served.release();
    page.close().catch(() => undefined);
  };
  try {
    const opened = await connect(page, served, origin, spec, way, deadline);
    if (!opened) discard();
    return opened;
  } catch (error) {
    discard();
    throw error;
  }
}

/**
 * Ids of the frames: of the outer document, and of the template page in it. They are the same where
 * the template page is not in an iframe.
 */
async function framesOf(connection: PageConnection, deadline: JobDeadline) {
  const reading = connection.cdp.send('Page.getFrameTree');
  const { frameTree } = await connection.step('look at the frames', deadline, reading);
  const [inner] = frameTree.childFrames ?? [];
  return { outer: frameTree.frame.id, templatePage: (inner ?? frameTree).frame.id };
}

/** Loads the template page and installs the page program in it. */
async function connect(
  page: Page,
  served: { url: string; canvasUrl: string; release(): void },
  origin: InternalOrigin,
  spec: TemplatePageSpec,
  way: CaptureWay,
  deadline: JobDeadline,
): Promise<TemplatePage | undefined> {
  const cdp = await deadline.within('attach', page.context().newCDPSession(page));
  const connection = connectPage(page, cdp);
  const { step } = connection;
  await step('emulate', deadline, emulate(cdp, spec, way));
  const url = way === 'element' ? served.canvasUrl : served.url;
  const response = await step('load the template page', deadline, page.goto(url));
  const frames = await framesOf(connection, deadline);
  const opening = connection.openWorld(frames.templatePage);
  const world = await step('open a world', deadline, opening);
  const call = <T>(declaration: string, argument?: unknown) =>
    connection.call<T>(world, declaration, argument);
  const readingSize = call<string | undefined>(
    'function(){return document.documentElement.dataset.size}',
  );
  const size = await step('look at the template page', deadline, readingSize);
  if (response?.status() !== 200 || size !== spec.size.name) {
    throw new AppError('render_crashed', { detail: 'The template page did not load.' });
  }

  function expectNonce(found: string | undefined, nonce: string): void {
    if (found === nonce) return;
    connection.markUnusable();
    throw new AppError('stamp_mismatch', {
      detail: 'The page held the content of another job. The picture was thrown away.',
    });
  }

  async function showBody(job: PageJob, jobDeadline: JobDeadline): Promise<ShownBody> {
    const shown = await step(
      'show the body',
      jobDeadline,
      call<ShownBody>('function(job){return cardpress.show(job)}', job),
    );
    expectNonce(shown.nonce, job.nonce);
    return shown;
  }

  const readNonce = (jobDeadline: JobDeadline) =>
    step('check the nonce', jobDeadline, call<string>('function(){return cardpress.nonce()}'));

  let layer: CachedLayer | undefined;
  await step('install the page program', deadline, call(pageProgram('installPage')));
  const capturer: Capturer | undefined =
    way === 'element'
      ? await createElementCapturer(connection, frames.outer, origin, spec, deadline)
      : createScreenshotCapturer(connection, readNonce);
  if (!capturer) return undefined;

  return {
    show: showBody,
    async measure(jobs, jobDeadline) {
      const seen = await step('measure', jobDeadline, call<Measured>(MEASURE, jobs));
      for (const [i, { nonce }] of jobs.entries()) expectNonce(seen[i]?.nonce, nonce);
      return seen.map(({ findings }) => findings);
    },
    async capture(nonce, form, jobDeadline) {
      const taken = await capturer.capture(form, jobDeadline);
      expectNonce(taken.nonce, nonce);
      return taken.pixels;
    },
    layerKey: (jobDeadline) =>
      step(
        'look at the layer',
        jobDeadline,
        call<string | null>('function(){return cardpress.layer.key()}'),
      ),
    async captureLayer(job, jobDeadline) {
      const isolate = 'function(isIsolated){return cardpress.layer.isolate(isIsolated)}';
      await step('isolate the layer', jobDeadline, call(isolate, true));
      // Shown anew: if only a part of what is shown is painted again, a blur in it is rounded
      // differently.
      await showBody({ ...job, skipCachedLayer: true }, jobDeadline);
      const { png, nonce } = await capturer.capturePng(jobDeadline);
      expectNonce(nonce, job.nonce);
      await step('show the rest again', jobDeadline, call(isolate, false));
      return png;
    },
    async setLayer(next, jobDeadline) {
      layer = next;
      const set = 'function(layer){return cardpress.layer.set(layer.address,layer.key)}';
      const clear = 'function(){cardpress.layer.clear()}';
      await step('set the layer', jobDeadline, next ? call(set, next) : call(clear));
    },
    get layer() {
      return layer;
    },
    get usable() {
      return connection.isUsable;
    },
    async close() {
      connection.markUnusable();
      served.release();
      await page.close();
    },
  };
}
