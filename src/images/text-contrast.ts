import { type Warning, warningOf } from '../errors/warning.js';
import { colorDistance, composite, contrastRatio, medianColor, type Rgb } from './color.js';
import { type Pixels, pixelAt } from './pixels.js';

/** A run of text and its position, in CSS pixels. */
export interface TextRun {
  field: string | null;
  /**
   * Red, green, blue (0 to 255) and alpha (0 to 1) if the style says it; else null, and the colour is
   * read from the pixels.
   */
  color: [number, number, number, number] | null;
  /**
   * False for text with fewer than two letters or digits, such as an ornament, and for emoji of
   * unknown colour. It is not checked.
   */
  legible: boolean;
  fontPx: number;
  bold: boolean;
  lines: [left: number, top: number, width: number, height: number][];
}

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

/** Share of the samples with the lowest contrast that is left out: they may be marks of neighbours. */
const STRAY_SHARE = 0.15;
/** The same for text of unknown colour: a gradient, a filter or a mask may reach over its edges. */
const STRAY_SHARE_UNCERTAIN = 0.5;
const SAMPLES_PER_EDGE = 24;

/** Distance of the samples beside a line from its ends, in CSS pixels. */
const SIDE_GAP_PX = 2;
/** Height of the samples beside a line, as a share of the font size: about that of capitals. */
const SIDE_HEIGHT = 0.7;
/** Least distance of the samples above and below a line from its middle, in font sizes. */
const ROW_DISTANCE = 0.62;

/** Samples inside a line, to find an unknown text colour: at most this many in a row. */
const MAX_INSIDE_COLUMNS = 240;
/** Rows of these samples, from the middle of the line, in font sizes. */
const INSIDE_HALF_HEIGHT = 0.3;
const INSIDE_ROW_STEP = 0.1;
/** Share of these samples that differ most from the background and are skipped: shadows and emoji. */
const SKIPPED_SHARE = 0.01;

/** The colour of the image at a point in CSS pixels; undefined if it is not known. */
function colorAt(pixels: Pixels, [x, y]: Point, scale: number): Rgb | undefined {
  const found = pixelAt(pixels, Math.round(x * scale), Math.round(y * scale));
  return typeof found === 'string' ? undefined : found;
}

/** Whether a point lies in a line of this text, where its glyphs are to be expected. */
function covers(run: TextRun, x: number, y: number): boolean {
  return run.lines.some(
    ([left, top, width, height]) => x >= left && x <= left + width && y >= top && y <= top + height,
  );
}

/** The first, the middle and the last line, which stand for all. */
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
      const y = middle + (share - 0.5) * run.fontPx * SIDE_HEIGHT;
      // Beside a fragment there may be another one of the same line, where writing directions
      // change.
      for (const x of [left - SIDE_GAP_PX, left + width + SIDE_GAP_PX]) {
        if (!covers(run, x, y)) addPoint(x, y);
      }
      const x = left + share * width;
      const rowDistance = run.fontPx * ROW_DISTANCE;
      if (index === 0) addPoint(x, Math.min(top, middle - rowDistance));
      if (index === lines.length - 1) addPoint(x, Math.max(top + height, middle + rowDistance));
    }
  });
  return found;
}

/** The samples at the points around a run whose colour is known. */
function samplesAround(
  pixels: Pixels,
  run: TextRun,
  others: readonly TextRun[],
  scale: number,
): ContrastSample[] {
  return pointsAround(run, others).flatMap((point) => {
    const color = colorAt(pixels, point, scale);
    return color ? [{ point, color }] : [];
  });
}

/**
 * The text colour, read from the pixels: of the colours inside the lines, the one that differs most
 * from the background, without a few outliers.
 */
function textColorFromPixels(
  pixels: Pixels,
  run: TextRun,
  scale: number,
  background: Rgb,
): Rgb | undefined {
  const inside: Rgb[] = [];
  for (const [left, top, width, height] of chosenLines(run)) {
    const middle = top + height / 2;
    const step = Math.max(1 / scale, width / MAX_INSIDE_COLUMNS);
    for (let x = left; x < left + width; x += step) {
      for (let dy = -INSIDE_HALF_HEIGHT; dy <= INSIDE_HALF_HEIGHT; dy += INSIDE_ROW_STEP) {
        const color = colorAt(pixels, [x, middle + dy * run.fontPx], scale);
        if (color) inside.push(color);
      }
    }
  }
  inside.sort((a, b) => colorDistance(b, background) - colorDistance(a, background));
  // Only the middle of a stroke has the full colour: most pixels of thin text are antialiased.
  return inside[Math.floor(inside.length * SKIPPED_SHARE)];
}

interface MeasuredContrast {
  /** The ratio that all samples except stray ones reach. */
  ratio: number;
  /** Median of the colours around the text. */
  background: Rgb;
  /** Largest `colorDistance` of a sample from `background`. */
  spread: number;
  samples: ContrastSample[];
  /** `TextRun.color`, or the colour from the pixels, without alpha. */
  textColor: readonly number[];
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
  const samples = samplesAround(pixels, run, others, scale);
  if (samples.length < SAMPLES_PER_EDGE) return undefined;
  const around = samples.map(({ color }) => color);
  const background = medianColor(around);
  const textColor = run.color ?? textColorFromPixels(pixels, run, scale, background);
  if (!textColor) return undefined;
  const ratios = around.map((color) => contrastRatio(composite(textColor, color), color));
  const ratio = reachedRatio(ratios, run);
  if (ratio === undefined) return undefined;
  const spread = Math.max(...around.map((color) => colorDistance(color, background)));
  return { ratio, background, spread, samples, textColor };
}

/** The contrast ratio that a run needs. */
export function minimumContrast(run: TextRun): number {
  const isLarge = run.fontPx >= LARGE_PX || (run.bold && run.fontPx >= LARGE_BOLD_PX);
  return isLarge ? MIN_RATIO_LARGE : MIN_RATIO;
}

/** A legible run, the contrast ratio that it needs, and its contrast if that can be measured. */
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
