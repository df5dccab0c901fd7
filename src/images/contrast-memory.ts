import { LRUCache } from 'lru-cache';
import { createSeenBackground, type SeenBackground } from './seen-background.js';
import {
  distance,
  type JudgedRun,
  minimumContrast,
  type Point,
  pointsAround,
  type Readability,
  type Rgb,
  reachedRatio,
  type TextRun,
} from './text-contrast.js';

/** [left, top, right, bottom] in CSS pixels. */
type Area = [number, number, number, number];

/** An area with a background of one colour, in which text of one field and colour was readable. */
interface ReadableArea {
  kind: string;
  background: Rgb;
  area: Area;
}

/** Text colours that were read from pixels, for text of one kind. */
interface SeenInk {
  area: Area;
  inks: Rgb[];
}

interface Scene {
  plain: ReadableArea[];
  background: SeenBackground;
  inks: Map<string, SeenInk>;
  /**
   * Contrast ratios of runs, by all that they depend on; `ENOUGH` stands for any that is enough.
   */
  ratios: LRUCache<string, number>;
}

const MAX_SCENES = 500;
/** With more colours than this for one text, no colour is predicted. */
const MAX_INKS = 16;
/** Names, roles and dates are repeated; titles rarely are. */
const MAX_RATIOS = 256;
const ENOUGH = Infinity;
const MAX_AREAS = 64;
/**
 * Maximum spread of a plain background (sum over the channels): JPEG's ringing beside glyphs makes
 * up to 35 of one colour; a soft gradient makes little more. A photo has more.
 */
const PLAIN_SPREAD = 60;
/** The same for text with several times the needed contrast: a soft light, a light texture. */
const CALM_SPREAD = 120;
const CALM_MARGIN = 2.5;
/**
 * Factor above the needed contrast: a plain background still differs a little from place to place.
 */
const MARGIN = 1.2;
/** Text of unknown colour has a gradient, of which another text size may show another part. */
const MARGIN_UNCERTAIN = 1.5;
/** Tolerance for glyphs and antialiasing: lines that differ by less are at the same place. */
const TOLERANCE_PX = 2;
/** Two backgrounds that differ by less are the same one, after JPEG compression. */
const SAME_BACKGROUND = 40;

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

function isReadable({ run, minimum, measured }: JudgedRun): boolean {
  const margin = run.color ? MARGIN : MARGIN_UNCERTAIN;
  if (!measured || measured.ratio < minimum * margin) return false;
  if (measured.spread <= PLAIN_SPREAD) return true;
  return measured.spread <= CALM_SPREAD && measured.ratio >= minimum * CALM_MARGIN;
}

/**
 * Adds an area and merges it with areas that it overlaps: between two parts of one plain background
 * lies the same background.
 */
function withArea(areas: ReadableArea[], added: ReadableArea): ReadableArea[] {
  let grown = added;
  const others = areas.filter((one) => {
    const same =
      one.kind === grown.kind && distance(one.background, grown.background) <= SAME_BACKGROUND;
    if (!same || !overlaps(one.area, grown.area)) return true;
    grown = { ...grown, area: union(one.area, grown.area) };
    return false;
  });
  return [...others, grown].slice(-MAX_AREAS);
}

function isInPlainArea({ plain }: Scene, run: TextRun): boolean {
  const [kind, area] = [kindOf(run), boundsOf(run)];
  return plain.some((one) => one.kind === kind && contains(one.area, area));
}

/** The colours that a run can have: its own, or all that were seen in text of its kind and area. */
function inksOf({ inks }: Scene, run: TextRun): readonly (readonly number[])[] {
  if (run.color) return [run.color];
  const seen = inks.get(kindOf(run));
  return seen && seen.inks.length <= MAX_INKS && contains(seen.area, boundsOf(run))
    ? seen.inks
    : [];
}

/**
 * Whether the run is readable on the colours seen around it. Points that were never seen count as
 * unreadable.
 */
function isReadableOnSeen(scene: Scene, run: TextRun, points: readonly Point[]): boolean {
  const inks = inksOf(scene, run);
  if (inks.length === 0) return false;
  const ratios = points.map((point) => scene.background.ratioAt(point, inks));
  const reached = reachedRatio(ratios, run) ?? 0;
  return reached >= minimumContrast(run) * (run.color ? MARGIN : MARGIN_UNCERTAIN);
}

/** Key of a run: a run with equal text metrics at the same points has the same pixels around it. */
function runKeyOf(run: TextRun, points: readonly Point[]): string {
  let first = 7;
  let second = 11;
  for (const value of points.flat()) {
    first = (Math.imul(first, 31) + value * 64) | 0;
    second = (Math.imul(second, 131) + value * 64) | 0;
  }
  return `${kindOf(run)} ${run.fontPx} ${run.lines.join()} ${first} ${second}`;
}

function recallRun(scene: Scene, run: TextRun, runs: readonly TextRun[]): Readability | undefined {
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

function learnInk({ inks }: Scene, run: TextRun, ink: readonly number[]): void {
  const [kind, area] = [kindOf(run), boundsOf(run)];
  const [r = 0, g = 0, b = 0] = ink;
  const seen = inks.get(kind) ?? { area, inks: [] };
  seen.area = union(seen.area, area);
  const isNew = !seen.inks.some((one) => distance(one, [r, g, b]) <= SAME_BACKGROUND);
  if (isNew && seen.inks.length <= MAX_INKS) seen.inks.push([r, g, b]);
  inks.set(kind, seen);
}

/**
 * Remembers where text was readable, so that not every image has to be decoded for the contrast
 * check: for a JPEG that costs more than all other checks together. A `scene` names everything that
 * is painted except text; equal scenes have equal backgrounds. A plain background is known once
 * text was read on it; of any other background every point around a text must have been seen.
 */
export function createContrastMemory() {
  const scenes = new LRUCache<string, Scene>({ max: MAX_SCENES });

  function sceneOf(name: string): Scene {
    const known = scenes.get(name);
    if (known) return known;
    const scene: Scene = {
      plain: [],
      background: createSeenBackground(),
      inks: new Map(),
      ratios: new LRUCache({ max: MAX_RATIOS }),
    };
    scenes.set(name, scene);
    return scene;
  }

  return {
    /**
     * The result that the check of the pixels would give for every legible run, as far as warnings
     * depend on it. Undefined if the pixels must be checked.
     */
    recall(name: string, runs: TextRun[]): Readability[] | undefined {
      const scene = sceneOf(name);
      const recalled: Readability[] = [];
      for (const run of runs) {
        if (!run.legible) continue;
        const known = recallRun(scene, run, runs);
        if (!known) return undefined;
        recalled.push(known);
      }
      return recalled;
    },

    /** @param runs all of the image, illegible ones too */
    addJudged(name: string, judged: JudgedRun[], runs: TextRun[]): void {
      const scene = sceneOf(name);
      for (const one of judged) {
        const { run, measured } = one;
        if (!measured) continue;
        scene.background.addSamples(measured.samples);
        if (run.color) scene.ratios.set(runKeyOf(run, pointsAround(run, runs)), measured.ratio);
        else learnInk(scene, run, measured.ink);
        if (!isReadable(one)) continue;
        const added = { kind: kindOf(run), background: measured.background, area: boundsOf(run) };
        scene.plain = withArea(scene.plain, added);
      }
    },
  };
}

export type ContrastMemory = ReturnType<typeof createContrastMemory>;
