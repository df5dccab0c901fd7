import { AppError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import type { ImageFormat, Output } from '../images/image.js';
import type { CaptureForm, Encoder } from '../images/ports.js';
import { createPngChoice } from './choose-png.js';
import { sharp } from './configured-sharp.js';
import { decodeOnce } from './decode-once.js';
import { encodeJpeg, encodePng, encodeWebp, type RawPixels } from './encode-format.js';
import { type Attempt, meetBudget } from './meet-budget.js';

const contentTypes: Record<ImageFormat, string> = {
  png: 'image/png',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

/** Chromium captures JPEG directly if the image needs no further processing. */
function captureForm(output: Output): CaptureForm {
  return output.format === 'jpeg' && output.maxBytes === 0
    ? { type: 'jpeg', quality: output.quality }
    : { type: 'png' };
}

function isFinal(form: CaptureForm, output: Output): boolean {
  const wanted = captureForm(output);
  return form.type === 'jpeg' && wanted.type === 'jpeg' && form.quality === wanted.quality;
}

function budgetWarnings(attempt: Attempt, maxBytes: number): Warning[] {
  const bytes = attempt.body.length;
  if (bytes > maxBytes) {
    return [
      warningOf(
        'over_budget',
        `The picture has ${bytes} bytes and not at most ${maxBytes}, even as ${attempt.how}. ` +
          'Ask for JPEG or WebP, a smaller size or a larger budget.',
      ),
    ];
  }
  const message = `Saved as ${attempt.how} to stay within ${maxBytes} bytes (${bytes} used).`;
  const warning = warningOf('reencoded_for_budget', message);
  return [attempt.lossless ? { ...warning, severity: 'info' } : warning];
}

/**
 * Encodes captured pixels in the requested format, within the requested bytes. Works in libuv's
 * threads.
 */
export function createEncoder(): Encoder {
  const choosePng = createPngChoice();

  async function encodePlainly(pixels: RawPixels, output: Output, scene?: string): Promise<Buffer> {
    if (output.format === 'jpeg') return encodeJpeg(pixels, output.quality);
    if (output.format === 'webp') return encodeWebp(pixels, output.quality);
    return encodePng(pixels, await choosePng(pixels, scene));
  }

  async function encodeWithin(captured: Buffer, output: Output, scene?: string) {
    const pixels = await decodeOnce(captured);
    const plain = await encodePlainly(pixels, output, scene);
    if (output.maxBytes === 0 || plain.length <= output.maxBytes) {
      return { body: plain, warnings: [] };
    }
    const attempt = await meetBudget(pixels, output, plain);
    return { body: attempt.body, warnings: budgetWarnings(attempt, output.maxBytes) };
  }

  return {
    captureForm,
    async encode(pixels, form, output, scene) {
      try {
        const { body, warnings } = isFinal(form, output)
          ? { body: pixels, warnings: [] }
          : await encodeWithin(pixels, output, scene);
        const { format, width, height } = await sharp(body).metadata();
        if (format !== output.format) throw new Error(`${output.format} asked, got ${format}`);
        return {
          body,
          contentType: contentTypes[output.format],
          widthPx: width,
          heightPx: height,
          warnings,
        };
      } catch (error) {
        throw new AppError('encode_failed', {
          detail: `The picture could not be saved as ${output.format}. Try another format.`,
          cause: error,
        });
      }
    },
  };
}
