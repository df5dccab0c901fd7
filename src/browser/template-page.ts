import type { BrowserContext, CDPSession, Page } from 'playwright';
import { AppError } from '../errors/app-error.js';
import type { CapturedPixels, CaptureForm } from '../images/ports.js';
import {
  type Captures,
  type CaptureWay,
  captureByElement,
  captureByScreenshot,
} from './capture.js';
import type { Deadline } from './deadline.js';
import type { InternalOrigin } from './internal-origin.js';
import type { PageApi, PageFinding, PageJob, ShownBody } from './page/show.js';
import { connectPage, type PageConnection } from './page-connection.js';
import { pageProgram } from './page-program.js';
import type { TemplatePageSpec } from './template-page-document.js';

/** A browser page that holds one template page: one template version, size and scale. */
export interface TemplatePage {
  /** Replaces the body, fits the text and runs the checks. */
  show(job: PageJob, deadline: Deadline): Promise<ShownBody>;
  /**
   * The same for several bodies, one after the other, in one call; nothing is captured. Each body
   * must still hold its own nonce after its checks.
   */
  measure(jobs: PageJob[], deadline: Deadline): Promise<PageFinding[][]>;
  /** The pixels. The page must still hold the body with this nonce. */
  capture(nonce: string, form: CaptureForm, deadline: Deadline): Promise<CapturedPixels>;
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

type Measured = Awaited<ReturnType<PageApi['measure']>>;
const MEASURE = 'function(jobs){return cardpress.measure(jobs)}';

async function emulate(cdp: CDPSession, spec: TemplatePageSpec, way: CaptureWay): Promise<void> {
  await cdp.send('Emulation.setDeviceMetricsOverride', {
    width: spec.size.widthPx,
    height: spec.size.heightPx,
    deviceScaleFactor: spec.scale,
    mobile: false,
  });
  // A canvas is painted only where scripts are enabled; the frame's `sandbox` disables them there.
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
  deadline: Deadline,
): Promise<TemplatePage | undefined> {
  const published = origin.serveTemplatePage(spec);
  const page = await deadline.within('open a page', context.newPage()).catch((error: unknown) => {
    published.release();
    throw error;
  });
  const discard = () => {
    published.release();
    page.close().catch(() => undefined);
  };
  try {
    const opened = await prepare(page, published, origin, spec, way, deadline);
    if (!opened) discard();
    return opened;
  } catch (error) {
    discard();
    throw error;
  }
}

/** The frames' ids: of the page, and of the template page in it. */
async function framesOf(connection: PageConnection, deadline: Deadline) {
  const reading = connection.cdp.send('Page.getFrameTree');
  const { frameTree } = await connection.step('look at the frames', deadline, reading);
  const [inner] = frameTree.childFrames ?? [];
  return { outer: frameTree.frame.id, templatePage: (inner ?? frameTree).frame.id };
}

async function prepare(
  page: Page,
  published: { url: string; canvasUrl: string; release(): void },
  origin: InternalOrigin,
  spec: TemplatePageSpec,
  way: CaptureWay,
  deadline: Deadline,
): Promise<TemplatePage | undefined> {
  const cdp = await deadline.within('attach', page.context().newCDPSession(page));
  const connection = connectPage(page, cdp);
  const { step } = connection;
  await step('emulate', deadline, emulate(cdp, spec, way));
  const url = way === 'element' ? published.canvasUrl : published.url;
  const response = await step('load the template page', deadline, page.goto(url));
  const frames = await framesOf(connection, deadline);
  const opening = connection.openWorld(frames.templatePage);
  const world = await step('open a world', deadline, opening);
  const call = <T>(declaration: string, argument?: unknown) =>
    connection.call<T>(world, declaration, argument);
  const loaded = call<string | undefined>(
    'function(){return document.documentElement.dataset.size}',
  );
  const size = await step('look at the template page', deadline, loaded);
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

  async function showBody(job: PageJob, jobDeadline: Deadline): Promise<ShownBody> {
    const shown = await step(
      'show the body',
      jobDeadline,
      call<ShownBody>('function(job){return cardpress.show(job)}', job),
    );
    expectNonce(shown.nonce, job.nonce);
    return shown;
  }

  const readNonce = (jobDeadline: Deadline) =>
    step('check the nonce', jobDeadline, call<string>('function(){return cardpress.nonce()}'));

  let layer: CachedLayer | undefined;
  await step('install the page program', deadline, call(pageProgram('installPage')));
  const captures: Captures | undefined =
    way === 'element'
      ? await captureByElement(connection, frames.outer, origin, spec, deadline)
      : captureByScreenshot(connection, readNonce);
  if (!captures) return undefined;

  return {
    show: showBody,
    async measure(jobs, jobDeadline) {
      const seen = await step('measure', jobDeadline, call<Measured>(MEASURE, jobs));
      for (const [i, { nonce }] of jobs.entries()) expectNonce(seen[i]?.nonce, nonce);
      return seen.map(({ findings }) => findings);
    },
    async capture(nonce, form, jobDeadline) {
      const taken = await captures.capture(form, jobDeadline);
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
      // Shown again: if only part of a frame is redrawn, a blur in it is rounded differently.
      await showBody({ ...job, plain: true }, jobDeadline);
      const { png, nonce } = await captures.captureFile(jobDeadline);
      expectNonce(nonce, job.nonce);
      await step('show the rest again', jobDeadline, call(isolate, false));
      return png;
    },
    async setLayer(next, jobDeadline) {
      layer = next;
      const use = 'function(layer){return cardpress.layer.use(layer.address,layer.key)}';
      const clear = 'function(){cardpress.layer.clear()}';
      await step('set the layer', jobDeadline, next ? call(use, next) : call(clear));
    },
    get layer() {
      return layer;
    },
    get usable() {
      return connection.isUsable;
    },
    async close() {
      connection.markUnusable();
      published.release();
      await page.close();
    },
  };
}
