import { AppError } from '../errors/app-error.js';
import { type Warning, warningOf } from '../errors/warning.js';
import { lossyChoice } from '../formats/format-texts.js';
import { imageFormats, isCaptured } from '../formats/image-formats.js';
import type { Output } from '../images/image.js';
import type { CapturedPixels, CaptureForm, Encoder } from '../images/ports.js';
import { sharp } from './configured-sharp.js';
import { decodeOnce } from './decode-once.js';
import { createFormatEncoders } from './format-encoders.js';
import type { Attempt } from './meet-budget.js';
import { sniffAsset } from './sniff-asset.js';

/** Chromium's own file is used if the image needs no further processing. */
function captureForm(output: Output): CaptureForm {
  const { format, quality } = output;
  return isCaptured(format) && output.maxBytes === 0 ? { type: format, quality } : { type: 'png' };
}

/** The captured file, if it is the requested one already. */
function finalFile(pixels: CapturedPixels, form: CaptureForm, output: Output): Buffer | undefined {
  const wanted = captureForm(output);
  const isFile = Buffer.isBuffer(pixels) && 'quality' in form && 'quality' in wanted;
  return isFile && form.type === wanted.type && form.quality === wanted.quality
    ? pixels
    : undefined;
}

function budgetWarnings(attempt: Attempt, maxBytes: number): Warning[] {
  const bytes = attempt.body.length;
  if (bytes > maxBytes) {
    return [
      warningOf(
        'over_budget',
        `The picture has ${bytes} bytes and not at most ${maxBytes}, even as ${attempt.how}. ` +
          `Ask for ${lossyChoice}, a smaller size or a larger budget.`,
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
  const encoders = createFormatEncoders();

  async function encodeWithin(captured: CapturedPixels, output: Output, scene?: string) {
    const pixels = await decodeOnce(captured);
    const encoder = encoders[output.format];
    const plain = await encoder.encode(pixels, output.quality, scene);
    if (output.maxBytes === 0 || plain.length <= output.maxBytes) {
      return { body: plain, warnings: [] };
    }
    const attempt = await encoder.meetBudget(pixels, output, plain);
    return { body: attempt.body, warnings: budgetWarnings(attempt, output.maxBytes) };
  }

  return {
    captureForm,
    async encode(pixels, form, output, scene) {
      try {
        const final = finalFile(pixels, form, output);
        const { body, warnings } = final
          ? { body: final, warnings: [] }
          : await encodeWithin(pixels, output, scene);
        const format = sniffAsset(body);
        const { width, height } = await sharp(body).metadata();
        if (format !== output.format) throw new Error(`${output.format} asked, got ${format}`);
        return {
          body,
          contentType: imageFormats[output.format].mediaType,
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
