import type { CapturedPixels, CaptureForm } from '../images/ports.js';
import type { Deadline } from './deadline.js';
import type { InternalOrigin } from './internal-origin.js';
import type { CanvasJob, CanvasShot, CanvasSpec } from './page/canvas.js';
import type { PageConnection } from './page-connection.js';
import { pageProgram } from './page-program.js';
import type { TemplatePageSpec } from './template-page-document.js';

/**
 * How the pixels of a template page are taken. `element`: the page stands in a frame below a canvas
 * and is drawn into it (docs/decisions/0006). `screenshot`: Chromium captures the page's frame.
 */
export const captureWays = ['element', 'screenshot'] as const;
export type CaptureWay = (typeof captureWays)[number];

/** Takes the pixels of what a template page shows, and the nonce that it held afterwards. */
type Capture = (
  form: CaptureForm,
  deadline: Deadline,
) => Promise<{ pixels: CapturedPixels; nonce: string }>;

/** Lossless and as a file, whatever `capture` makes of `png`. */
type CaptureFile = (deadline: Deadline) => Promise<{ png: Buffer; nonce: string }>;

export interface Captures {
  capture: Capture;
  captureFile: CaptureFile;
}

export function captureByScreenshot(
  connection: PageConnection,
  readNonce: (deadline: Deadline) => Promise<string>,
): Captures {
  async function shoot(form: CaptureForm, deadline: Deadline): Promise<Buffer> {
    const shot = connection.cdp.send('Page.captureScreenshot', {
      format: form.type,
      ...('quality' in form ? { quality: form.quality } : {}),
      // Chromium's default PNG compression takes ten times as long as the capture itself.
      optimizeForSpeed: true,
    });
    const { data } = await connection.step('capture', deadline, shot);
    return Buffer.from(data, 'base64');
  }
  async function capture(form: CaptureForm, deadline: Deadline) {
    const pixels = await shoot(form, deadline);
    return { pixels, nonce: await readNonce(deadline) };
  }
  return {
    capture,
    async captureFile(deadline) {
      const { pixels, nonce } = await capture({ type: 'png' }, deadline);
      return { png: pixels, nonce };
    },
  };
}

const CAPTURE = 'function(job){return cardpressCanvas.capture(job)}';

/** Undefined if this browser cannot draw elements. */
export async function captureByElement(
  connection: PageConnection,
  frameId: string,
  origin: Pick<InternalOrigin, 'receive'>,
  { template, size, scale }: TemplatePageSpec,
  openedBy: Deadline,
): Promise<Captures | undefined> {
  const { step } = connection;
  const widthPx = size.widthPx * scale;
  const heightPx = size.heightPx * scale;
  const isTransparent = template.manifest.transparent === true;
  const channels = isTransparent ? 4 : 3;
  const spec: CanvasSpec = { widthPx, heightPx, isTransparent };
  const world = await step('open a world', openedBy, connection.openWorld(frameId));
  const install = connection.call<boolean>(world, pageProgram('installCanvas'), spec);
  if (!(await step('install the canvas', openedBy, install))) return undefined;

  const shoot = (job: CanvasJob, deadline: Deadline) =>
    step('capture', deadline, connection.call<CanvasShot>(world, CAPTURE, job));

  async function shootFile(job: CanvasJob, deadline: Deadline) {
    const { nonce, base64 = '' } = await shoot(job, deadline);
    return { file: Buffer.from(base64, 'base64'), nonce };
  }

  async function shootSamples(deadline: Deadline) {
    const upload = origin.receive(widthPx * heightPx * channels);
    try {
      const { nonce } = await shoot({ type: 'samples', uploadTo: upload.path }, deadline);
      const data = await step('receive the samples', deadline, upload.body);
      return { pixels: { data, widthPx, heightPx, channels }, nonce };
    } finally {
      upload.release();
    }
  }

  return {
    async capture(form, deadline) {
      if (form.type === 'png') return shootSamples(deadline);
      const { file, nonce } = await shootFile(form, deadline);
      return { pixels: file, nonce };
    },
    async captureFile(deadline) {
      const { file, nonce } = await shootFile({ type: 'png' }, deadline);
      return { png: file, nonce };
    },
  };
}
