import { LRUCache } from 'lru-cache';
import { encodePng, type PngOptions, type RawPixels } from './encode-format.js';

/**
 * For flat areas, repeated lines and text, where filters break the pattern: 48 to 102% of the bytes
 * of Chromium's own encoder on such templates. Level 6 takes a third more time for 2 to 5%.
 */
export const UNFILTERED: PngOptions = { level: 5, adaptive: false };
/**
 * For gradients and photographs: 103 to 105% of the bytes of Chromium's own encoder, in an eighth of
 * its time. Level 5 gains 2% of the bytes for a fifth more time, level 6 4% for twice the time.
 */
export const FILTERED: PngOptions = { level: 4, adaptive: true };

const BANDS = 8;
const BAND_ROWS = 16;

/** Rows from all over the image, as a smaller image. */
function bandsOf({ data, width, height, channels }: RawPixels): RawPixels {
  const rowBytes = width * channels;
  const step = height / BANDS;
  const bands = Array.from({ length: BANDS }, (_, i) => {
    const top = Math.floor((i + 0.5) * step - BAND_ROWS / 2);
    return data.subarray(top * rowBytes, (top + BAND_ROWS) * rowBytes);
  });
  return { data: Buffer.concat(bands), width, height: BANDS * BAND_ROWS, channels };
}

/**
 * The better setting for an image, tried on a few of its rows: the sizes differ by up to three
 * times, and no other known property of the image predicts it.
 */
export async function tryPng(pixels: RawPixels): Promise<PngOptions> {
  if (pixels.height < 2 * BANDS * BAND_ROWS) return FILTERED;
  const bands = bandsOf(pixels);
  const [plain, filtered] = await Promise.all(
    [UNFILTERED, FILTERED].map((options) => encodePng(bands, options)),
  );
  return plain && filtered && plain.length <= filtered.length ? UNFILTERED : FILTERED;
}

/** Images of one scene that are saved with the same setting before it is tried again. */
const MAX_REUSES = 16;
const MAX_SCENES = 500;

/**
 * Remembers the setting by scene, as given to `Encoder.encode`: trying costs a quarter of the
 * encoding, and texts alone hardly ever change which setting is better.
 */
export function createPngChoice() {
  const chosen = new LRUCache<string, { options: PngOptions; left: number }>({ max: MAX_SCENES });

  return async (pixels: RawPixels, scene?: string): Promise<PngOptions> => {
    const known = scene === undefined ? undefined : chosen.peek(scene);
    if (known && known.left > 0) {
      known.left -= 1;
      return known.options;
    }
    const options = await tryPng(pixels);
    if (scene !== undefined) chosen.set(scene, { options, left: MAX_REUSES - 1 });
    return options;
  };
}
