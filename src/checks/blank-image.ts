import type { Pixels } from '../images/pixels.js';

/** Steps of 256 that encoders and gradients may differ by on what is one even colour. */
const EVEN = 6;
/** Pixels that must stand out from the ground: fewer are dust. A single letter has ten times that. */
const MIN_SHARE = 0.0005;
/** Every second pixel both ways is looked at; the stems of small text are two pixels wide. */
const STEP = 2;

/** True where next to nothing is to be seen: all pixels are nearly the same, or transparent. */
export function isBlank({ data, widthPx, heightPx, channels }: Pixels): boolean {
  const seen = (at: number) => (channels === 4 ? (data[at + 3] ?? 255) : 255);
  const colors = Math.min(channels, 3);
  const levels = Array.from({ length: colors + 1 }, () => new Uint32Array(256));
  let count = 0;
  for (let y = 0; y < heightPx; y += STEP) {
    for (let x = 0; x < widthPx; x += STEP) {
      const at = (y * widthPx + x) * channels;
      const alpha = seen(at);
      // What is transparent has no colour, whatever its bytes say.
      levels.forEach((histogram, i) => {
        const level = i === colors ? alpha : alpha < EVEN ? 0 : (data[at + i] ?? 0);
        histogram[level] = (histogram[level] ?? 0) + 1;
      });
      count += 1;
    }
  }
  return levels.every((histogram) => spread(histogram, count * MIN_SHARE) <= EVEN);
}

/** From the darkest level to the lightest, each without its `dust` most extreme pixels. */
function spread(histogram: Uint32Array, dust: number): number {
  const end = (from: number, step: 1 | -1): number => {
    let passed = 0;
    for (let level = from; level >= 0 && level < 256; level += step) {
      passed += histogram[level] ?? 0;
      if (passed > dust) return level;
    }
    return from;
  };
  return Math.max(0, end(255, -1) - end(0, 1));
}
