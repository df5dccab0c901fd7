import { LRUCache } from 'lru-cache';
import { colorDistance, type Rgb } from './color.js';
import { createSeenBackground, type SeenBackground } from './seen-background.js';
import {
  type JudgedRun,
  minimumContrast,
  type Point,
  pointsAround,
  type Readability,
  reachedRatio,
  type TextRun,
} from './text-contrast.js';

/** [left, top, right, bottom] in CSS pixels. */
type Area = [number, number, number, number];

/** An area with a background of one colour, in which text of one kind was readable. */
interface ReadableArea {
  /** See `kindOf`. */
  kind: string;
  background: Rgb;
  area: Area;
}

/** Text colours that were read from pixels, for text of one kind. */
interface SeenTextColors {
  /** The bounds of that text. */
  area: Area;
  colors: Rgb[];
}

/** What is known of one scene. */
interface SceneMemory {
  plainAreas: ReadableArea[];
  background: SeenBackground;
  /** By `kindOf`. */
  textColors: Map<string, SeenTextColors>;
  /** Contrast ratios by `runKeyOf`; `ENOUGH` for a run that needs no exact ratio. */
  ratios: LRUCache<string, number>;
}

const MAX_SCENES = 500;
/** With more colours than this for text of one kind, no colour is predicted. */
const MAX_TEXT_COLORS = 16;
/** Runs of one scene whose ratio is kept. Names, roles and dates recur; titles rarely do. */
const MAX_RATIOS = 256;
const ENOUGH = Infinity;
const MAX_AREAS = 64;
/**
 * Maximum `spread` of a plain background. In a JPEG, ringing beside glyphs gives a background of one
 * colour a spread of up to 35; a soft gradient has little more, a photo has more.
 */
const PLAIN_SPREAD = 60;
/** The same for text with `HIGH_CONTRAST_MARGIN` times the needed contrast: a light texture. */
const HIGH_CONTRAST_SPREAD = 120;
const HIGH_CONTRAST_MARGIN = 2.5;
/** Factor above the needed contrast, because a plain background differs a little between places. */
const MARGIN = 1.2;
/**
 * The same for text of unknown colour. It may have a gradient, of which longer or shorter text shows
 * another part.
 */
const MARGIN_UNCERTAIN = 1.5;
/** Tolerance in CSS pixels, for antialiasing: lines that differ by less are at the same place. */
const TOLERANCE_PX = 2;
/** `colorDistance` up to which two colours count as the same one, after JPEG compression. */
const SAME_COLOR_DISTANCE = 40;

/** Text of one kind is of one field and colour and needs the same contrast. */
function kindOf(run: TextRun): string {
  return `${run.field ?? ''} ${run.color?.join() ?? 'uncertain'} ${minimumContrast(run)}`;
}

function boundsOf(run: TextRun): Area {
  const [first, ...rest] = run.lines.map(([x, y, w, h]): Area => [x, y, x + w, y + h]);
  return rest.reduce(union, first ?? [0, 0, 0, 0]);
}

function union(a: Area, b: Area): Area {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function contains(outer: Area, inner: Area): boolean {
  return (
    inner[0] >= outer[0] - TOLERANCE_PX &&
    inner[1] >= outer[1] - TOLERANCE_PX &&
    inner[2] <= outer[2] + TOLERANCE_PX &&
    inner[3] <= outer[3] + TOLERANCE_PX
  );
}

function overlaps(a: Area, b: Area): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

/** Whether text at another place of the same plain background is certainly readable too. */
function isReadableOnPlain({ run, minimum, measured }: JudgedRun): boolean {
  const margin = run.color ? MARGIN : MARGIN_UNCERTAIN;
  if (!measured || measured.ratio < minimum * margin) return false;
  if (measured.spread <= PLAIN_SPREAD) return true;
  return (
    measured.spread <= HIGH_CONTRAST_SPREAD && measured.ratio >= minimum * HIGH_CONTRAST_MARGIN
  );
}

/**
 * Adds an area and merges it with areas that it overlaps: between two parts of one plain background
 * lies the same background.
 */
function withArea(areas: ReadableArea[], added: ReadableArea): ReadableArea[] {
  let merged = added;
  const others = areas.filter((one) => {
    const isSame =
      one.kind === merged.kind &&
      colorDistance(one.background, merged.background) <= SAME_COLOR_DISTANCE;
    if (!isSame || !overlaps(one.area, merged.area)) return true;
    merged = { ...merged, area: union(one.area, merged.area) };
    return false;
  });
  return [...others, merged].slice(-MAX_AREAS);
}

function isInPlainArea({ plainAreas }: SceneMemory, run: TextRun): boolean {
  const [kind, area] = [kindOf(run), boundsOf(run)];
  return plainAreas.some((one) => one.kind === kind && contains(one.area, area));
}

/** The colours that a run can have: its own, or all that were seen in text of its kind and area. */
function textColorsOf(scene: SceneMemory, run: TextRun): readonly (readonly number[])[] {
  if (run.color) return [run.color];
  const seen = scene.textColors.get(kindOf(run));
  return seen && seen.colors.length <= MAX_TEXT_COLORS && contains(seen.area, boundsOf(run))
    ? seen.colors
    : [];
}

/**
 * Whether the run is readable on the colours seen around it. Points that were never seen count as
 * unreadable.
 */
function isReadableOnSeen(scene: SceneMemory, run: TextRun, points: readonly Point[]): boolean {
  const colors = textColorsOf(scene, run);
  if (colors.length === 0) return false;
  const ratios = points.map((point) => scene.background.ratioAt(point, colors));
  const reached = reachedRatio(ratios, run) ?? 0;
  return reached >= minimumContrast(run) * (run.color ? MARGIN : MARGIN_UNCERTAIN);
}

/**
 * Equal only for runs that have the same pixels around them: of one kind and font size, with the
 * same lines, and the same points around them (two polynomial hashes, to 1/64 CSS pixel).
 */
function runKeyOf(run: TextRun, points: readonly Point[]): string {
  let first = 7;
  let second = 11;
  for (const value of points.flat()) {
    first = (Math.imul(first, 31) + value * 64) | 0;
    second = (Math.imul(second, 131) + value * 64) | 0;
  }
  return `${kindOf(run)} ${run.fontPx} ${run.lines.join()} ${first} ${second}`;
}

/** As `recall`, for one run. Without `measured` the run is readable. */
function recallRun(
  scene: SceneMemory,
  run: TextRun,
  runs: readonly TextRun[],
): Readability | undefined {
  const minimum = minimumContrast(run);
  const readable = { run, minimum, measured: undefined };
  if (isInPlainArea(scene, run)) return readable;
  const points = pointsAround(run, runs);
  const runKey = runKeyOf(run, points);
  const ratio = run.color ? scene.ratios.get(runKey) : undefined;
  if (ratio === ENOUGH) return readable;
  if (ratio !== undefined) return { run, minimum, measured: { ratio } };
  if (!isReadableOnSeen(scene, run, points)) return undefined;
  if (run.color) scene.ratios.set(runKey, ENOUGH);
  return readable;
}

function addTextColor(
  { textColors }: SceneMemory,
  run: TextRun,
  [r = 0, g = 0, b = 0]: readonly number[],
): void {
  const [kind, area] = [kindOf(run), boundsOf(run)];
  const color: Rgb = [r, g, b];
  const seen = textColors.get(kind) ?? { area, colors: [] };
  seen.area = union(seen.area, area);
  const isNew = !seen.colors.some((one) => colorDistance(one, color) <= SAME_COLOR_DISTANCE);
  // One more than the limit is kept: it shows that there were too many.
  if (isNew && seen.colors.length <= MAX_TEXT_COLORS) seen.colors.push(color);
  textColors.set(kind, seen);
}

/**
 * Remembers where text was readable, so that not every image has to be decoded for the contrast
 * check: for a JPEG that costs more than all other checks together. Images of one scene have the
 * same background behind their text. A plain background is known once text was readable on it; of
 * any other background every point around a text must have been seen.
 */
export function createContrastMemory() {
  const scenes = new LRUCache<string, SceneMemory>({ max: MAX_SCENES });

  function memoryOf(sceneKey: string): SceneMemory {
    const known = scenes.get(sceneKey);
    if (known) return known;
    const scene: SceneMemory = {
      plainAreas: [],
      background: createSeenBackground(),
      textColors: new Map(),
      ratios: new LRUCache({ max: MAX_RATIOS }),
    };
    scenes.set(sceneKey, scene);
    return scene;
  }

  return {
    /**
     * The result that the check of the pixels would give for every legible run, as far as warnings
     * depend on it. Undefined if the pixels must be checked.
     */
    recall(sceneKey: string, runs: TextRun[]): Readability[] | undefined {
      const scene = memoryOf(sceneKey);
      const recalled: Readability[] = [];
      for (const run of runs) {
        if (!run.legible) continue;
        const known = recallRun(scene, run, runs);
        if (!known) return undefined;
        recalled.push(known);
      }
      return recalled;
    },

    /** @param runs all of the image, those that need not be legible too */
    addJudged(sceneKey: string, judged: JudgedRun[], runs: TextRun[]): void {
      const scene = memoryOf(sceneKey);
      for (const one of judged) {
        const { run, measured } = one;
        if (!measured) continue;
        scene.background.addSamples(measured.samples);
        if (run.color) scene.ratios.set(runKeyOf(run, pointsAround(run, runs)), measured.ratio);
        else addTextColor(scene, run, measured.textColor);
        if (!isReadableOnPlain(one)) continue;
        const added = { kind: kindOf(run), background: measured.background, area: boundsOf(run) };
        scene.plainAreas = withArea(scene.plainAreas, added);
      }
    },
  };
}

export type ContrastMemory = ReturnType<typeof createContrastMemory>;
