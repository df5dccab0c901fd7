import type { CapturedPixels, CaptureForm } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import type { JobDeadline } from './job-deadline.js';
import type { CanvasJob, CanvasShot, CanvasSpec } from './page/canvas.js';
import type { PageConnection } from './page-connection.js';
import { pageProgram } from './page-program.js';
import type { TemplatePageSpec } from './template-page-document.js';

/**
 * How a template page is captured. `element`: the page is in an iframe below a canvas and is drawn
 * into the canvas (docs/decisions/0006). `screenshot`: by `Page.captureScreenshot` of DevTools.
 */
export const captureWays = ['element', 'screenshot'] as const;
export type CaptureWay = (typeof captureWays)[number];

/** Captures what a template page shows, and reads the nonce that it holds afterwards. */
type Capture = (
  form: CaptureForm,
  deadline: JobDeadline,
) => Promise<{ pixels: CapturedPixels; nonce: string }>;

/** Always a PNG file, while `capture` may give raw pixels for the form `png`. */
type CapturePng = (deadline: JobDeadline) => Promise<{ png: Buffer; nonce: string }>;

export interface Capturer {
  capture: Capture;
  capturePng: CapturePng;
}

export function createScreenshotCapturer(
  connection: PageConnection,
  readNonce: (deadline: JobDeadline) => Promise<string>,
): Capturer {
  async function takeScreenshot(form: CaptureForm, deadline: JobDeadline): Promise<Buffer> {
    const taking = connection.cdp.send('Page.captureScreenshot', {
      format: form.type,
      ...('quality' in form ? { quality: form.quality } : {}),
      // Chromium's default PNG compression takes ten times as long as the capture itself.
      optimizeForSpeed: true,
    });
    const { data } = await connection.step('capture', deadline, taking);
    return Buffer.from(data, 'base64');
  }
  async function capture(form: CaptureForm, deadline: JobDeadline) {
    const pixels = await takeScreenshot(form, deadline);
    return { pixels, nonce: await readNonce(deadline) };
  }
  return {
    capture,
    async capturePng(deadline) {
      const { pixels, nonce } = await capture({ type: 'png' }, deadline);
      return { png: pixels, nonce };
    },
  };
}

const CAPTURE = 'function(job){return cardpressCanvas.capture(job)}';

/** Undefined if this browser cannot draw elements. */
export async function createElementCapturer(
  connection: PageConnection,
  frameId: string,
  origin: Pick<InternalOrigin, 'receive'>,
  { template, size, scale }: TemplatePageSpec,
  openDeadline: JobDeadline,
): Promise<Capturer | undefined> {
  const { step } = connection;
  const widthPx = size.widthPx * scale;
  const heightPx = size.heightPx * scale;
  const isTransparent = template.manifest.transparent === true;
  const channels = isTransparent ? 4 : 3;
  const spec: CanvasSpec = { widthPx, heightPx, isTransparent };
  const world = await step('open a world', openDeadline, connection.openWorld(frameId));
  const install = connection.call<boolean>(world, pageProgram('installCanvas'), spec);
  if (!(await step('install the canvas', openDeadline, install))) return undefined;

  const captureCanvas = (job: CanvasJob, deadline: JobDeadline) =>
    step('capture', deadline, connection.call<CanvasShot>(world, CAPTURE, job));

  async function captureEncoded(job: CanvasJob, deadline: JobDeadline) {
    const { nonce, base64 = '' } = await captureCanvas(job, deadline);
    return { file: Buffer.from(base64, 'base64'), nonce };
  }

  async function captureRaw(deadline: JobDeadline) {
    const upload = origin.receive(widthPx * heightPx * channels);
    try {
      const { nonce } = await captureCanvas({ type: 'raw', uploadTo: upload.path }, deadline);
      const data = await step('receive the samples', deadline, upload.body);
      return { pixels: { data, widthPx, heightPx, channels }, nonce };
    } finally {
      upload.release();
    }
  }

  return {
    async capture(form, deadline) {
      if (form.type === 'png') return captureRaw(deadline);
      const { file, nonce } = await captureEncoded(form, deadline);
      return { pixels: file, nonce };
    },
    async capturePng(deadline) {
      const { file, nonce } = await captureEncoded({ type: 'png' }, deadline);
      return { png: file, nonce };
    },
  };
}
