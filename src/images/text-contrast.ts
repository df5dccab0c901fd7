import { type Warning, warningOf } from '../errors/warning.js';

/** Decoded pixels, rows from the top, `channels` bytes for each (RGB first). */
export interface Pixels {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
  channels: number;
}

/** A run of text and its position, in CSS pixels. */
export interface TextRun {
  field: string | null;
  /** With alpha 0 to 1 if it is certain; else null, and the colour is read from the pixels. */
  color: [number, number, number, number] | null;
  /**
   * False for marks that are not to be read: not checked, and not taken as background of others.
   */
  legible: boolean;
  fontPx: number;
  bold: boolean;
  lines: [left: number, top: number, width: number, height: number][];
}

export type Rgb = [number, number, number];

/** In CSS pixels. */
export type Point = [x: number, y: number];

/** The colour of the image at a point. */
export interface ContrastSample {
  point: Point;
  color: Rgb;
}

/** WCAG 2.2, success criterion 1.4.3: large is 24 px, or 18.66 px in bold. */
const MIN_RATIO = 4.5;
const MIN_RATIO_LARGE = 3;
const LARGE_PX = 24;
const LARGE_BOLD_PX = 18.66;

/** Share of the samples around a text that may be stray marks of neighbours. */
const STRAY_SHARE = 0.15;
/** Text of unknown colour has a gradient, a filter or a mask, which may spread over its edges. */
const STRAY_SHARE_UNCERTAIN = 0.5;
const SAMPLES_PER_EDGE = 24;

function channelLuminance(value: number): number {
  const c = value / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

const luminanceTable = Array.from({ length: 256 }, (_, value) => channelLuminance(value));
const linear = (value: number) => luminanceTable[value] ?? 0;

/** Relative luminance as WCAG defines it, 0 to 1. */
export function luminance([r, g, b]: Rgb): number {
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

/** 1 (equal) to 21 (black on white). */
export function contrastRatio(a: Rgb, b: Rgb): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function pixelAt(pixels: Pixels, x: number, y: number): Rgb | undefined {
  const column = Math.round(x);
  const row = Math.round(y);
  if (column < 0 || row < 0 || column >= pixels.widthPx || row >= pixels.heightPx) return undefined;
  const at = (row * pixels.widthPx + column) * pixels.channels;
  if (pixels.channels === 4 && (pixels.data[at + 3] ?? 255) < 255) return undefined;
  return [pixels.data[at] ?? 0, pixels.data[at + 1] ?? 0, pixels.data[at + 2] ?? 0];
}

/** Whether a point lies in a line of this text, where its glyphs are to be expected. */
function covers(run: TextRun, x: number, y: number): boolean {
  return run.lines.some(
    ([left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height,
  );
}

/** The first, the middle and the last line represent all. */
function chosenLines(run: TextRun): TextRun['lines'] {
  const last = run.lines.length - 1;
  return [...new Set([0, last >> 1, last])].flatMap((i) => {
    const line = run.lines[i];
    return line ? [line] : [];
  });
}

/**
 * The points around the glyphs: the sides of every line, the row above the first and below the
 * last. Rows between lines are left out, because ascenders and descenders of tight text meet there.
 */
export function pointsAround(run: TextRun, others: readonly TextRun[]): Point[] {
  const found: Point[] = [];
  const addPoint = (x: number, y: number) => {
    if (others.some((other) => other !== run && covers(other, x, y))) return;
    found.push([x, y]);
  };
  const lines = chosenLines(run);
  lines.forEach(([left, top, width, height], index) => {
    const middle = top + height / 2;
    for (let i = 0; i < SAMPLES_PER_EDGE; i += 1) {
      const share = (i + 0.5) / SAMPLES_PER_EDGE;
      const y = middle + (share - 0.5) * run.fontPx * 0.7;
      // Beside a fragment there may be another one of the same line, where writing directions
      // change.
      for (const x of [left - 2, left + width + 2]) if (!covers(run, x, y)) addPoint(x, y);
      const x = left + share * width;
      if (index === 0) addPoint(x, Math.min(top, middle - run.fontPx * 0.62));
      if (index === lines.length - 1) {
        addPoint(x, Math.max(top + height, middle + run.fontPx * 0.62));
      }
    }
  });
  return found;
}

function surroundings(
  pixels: Pixels,
  run: TextRun,
  others: readonly TextRun[],
  scale: number,
): ContrastSample[] {
  return pointsAround(run, others).flatMap((point) => {
    const color = pixelAt(pixels, point[0] * scale, point[1] * scale);
    return color ? [{ point, color }] : [];
  });
}

/** A sum over the channels, 0 to 765. */
export const distance = (a: Rgb, b: Rgb) =>
  Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]);

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

/** An unknown text colour: the colour inside the lines that differs most from what is around. */
function inkColor(pixels: Pixels, run: TextRun, scale: number, around: Rgb[]): Rgb | undefined {
  const background: Rgb = [0, 1, 2].map((c) => median(around.map((p) => p[c] ?? 0))) as Rgb;
  const inside: Rgb[] = [];
  for (const [left, top, width, height] of chosenLines(run)) {
    const middle = top + height / 2;
    const step = Math.max(1 / scale, width / 240);
    for (let x = left; x < left + width; x += step) {
      for (let dy = -0.3; dy <= 0.3; dy += 0.1) {
        const pixel = pixelAt(pixels, x * scale, (middle + dy * run.fontPx) * scale);
        if (pixel) inside.push(pixel);
      }
    }
  }
  inside.sort((a, b) => distance(b, background) - distance(a, background));
  // The cores of the strokes, because most pixels of thin text are half background. The very first
  // few are skipped, where shadows and emoji peak.
  return inside[Math.floor(inside.length * 0.01)];
}

/** The visible colour of text over a background. */
export function over([r, g, b, alpha = 1]: readonly number[], background: Rgb): Rgb {
  const mix = (ink = 0, below = 0) => Math.round(ink * alpha + below * (1 - alpha));
  return [mix(r, background[0]), mix(g, background[1]), mix(b, background[2])];
}

interface MeasuredContrast {
  /** The ratio that all samples except stray ones reach. */
  ratio: number;
  /** Median of the colours around the text. */
  background: Rgb;
  /** Largest distance of a sample from it; a sum over the channels. */
  spread: number;
  samples: ContrastSample[];
  /** The text colour, with alpha if it is certain. */
  ink: readonly number[];
}

/** The ratio that all ratios around a run except stray ones reach. */
export function reachedRatio(ratios: readonly number[], run: TextRun): number | undefined {
  const stray = run.color ? STRAY_SHARE : STRAY_SHARE_UNCERTAIN;
  return [...ratios].sort((a, b) => a - b)[Math.floor(ratios.length * stray)];
}

/** The contrast of a run with what is behind it, or undefined if it cannot be measured. */
function measuredContrast(
  pixels: Pixels,
  run: TextRun,
  scale: number,
  others: readonly TextRun[] = [],
): MeasuredContrast | undefined {
  const samples = surroundings(pixels, run, others, scale);
  if (samples.length < SAMPLES_PER_EDGE) return undefined;
  const around = samples.map(({ color }) => color);
  const ink = run.color ?? inkColor(pixels, run, scale, around);
  if (!ink) return undefined;
  const ratios = around.map((pixel) => contrastRatio(over(ink, pixel), pixel));
  const ratio = reachedRatio(ratios, run);
  if (ratio === undefined) return undefined;
  const background: Rgb = [0, 1, 2].map((c) => median(around.map((p) => p[c] ?? 0))) as Rgb;
  const spread = Math.max(...around.map((pixel) => distance(pixel, background)));
  return { ratio, background, spread, samples, ink };
}

/** The contrast that a run needs. */
export function minimumContrast(run: TextRun): number {
  const isLarge = run.fontPx >= LARGE_PX || (run.bold && run.fontPx >= LARGE_BOLD_PX);
  return isLarge ? MIN_RATIO_LARGE : MIN_RATIO;
}

/** A legible run, and its contrast. */
export interface JudgedRun {
  run: TextRun;
  minimum: number;
  measured: MeasuredContrast | undefined;
}

/** The result for a run, measured or remembered. */
export type Readability = Omit<JudgedRun, 'measured'> & {
  measured: Pick<MeasuredContrast, 'ratio'> | undefined;
};

/** Measures every legible run against the pixels behind it. */
export function judgeContrast(pixels: Pixels, runs: TextRun[], scale: number): JudgedRun[] {
  return runs
    .filter((run) => run.legible)
    .map((run) => ({
      run,
      minimum: minimumContrast(run),
      measured: measuredContrast(pixels, run, scale, runs),
    }));
}

/** Warnings for text with too little contrast to what is behind it. One for each field. */
export function contrastWarnings(judged: readonly Readability[]): Warning[] {
  const worst = new Map<string, { ratio: number; minimum: number }>();
  for (const { run, minimum, measured } of judged) {
    if (!measured || measured.ratio >= minimum) continue;
    const key = run.field ?? '';
    const known = worst.get(key);
    const { ratio } = measured;
    if (!known || ratio / minimum < known.ratio / known.minimum) worst.set(key, { ratio, minimum });
  }
  return [...worst].map(([field, { ratio, minimum }]) =>
    warningOf(
      'low_contrast',
      `The text has a contrast of ${(Math.floor(ratio * 10) / 10).toFixed(1)}:1 with what is behind it; ` +
        `${minimum}:1 is needed to read it with ease (WCAG). Use a darker or lighter colour or picture.`,
      field,
    ),
  );
}
