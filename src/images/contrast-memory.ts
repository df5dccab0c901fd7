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

/** Where text of one field and colour was read with ease, on a background of one colour. */
interface ReadableArea {
  kind: string;
  background: Rgb;
  area: Area;
}

/** Ink that only pixels tell, as it was seen in text of one kind. */
interface SeenInk {
  area: Area;
  inks: Rgb[];
}

interface Scene {
  plain: ReadableArea[];
  background: SeenBackground;
  inks: Map<string, SeenInk>;
  /** Contrasts of runs, by all that they depend on; undefined: enough, however much it is. */
  ratios: Map<string, number | undefined>;
}

const MAX_SCENES = 500;
/** More colours than this of one text are no colour to remember. */
const MAX_INKS = 16;
/** Names, roles and dates come again; titles rarely do. */
const MAX_RATIOS = 256;
const MAX_AREAS = 64;
/**
 * A background is plain with so little spread: what JPEG's ringing beside glyphs makes of one colour (35
 * was seen), or a soft gradient. A picture has more.
 */
const PLAIN_SPREAD = 60;
/** The same for text whose contrast is several times what is needed: a gleam, a light texture. */
const CALM_SPREAD = 120;
const CALM_MARGIN = 2.5;
/** Above what is needed: a plain background still differs a little from place to place. */
const MARGIN = 1.2;
/** Text of unknown colour went through a gradient, of which another size may show another part. */
const MARGIN_UNCERTAIN = 1.5;
/** Of glyphs and of antialiasing: lines that differ by less stand in the same place. */
const GRACE_PX = 2;
/** Two backgrounds that differ by less are one, seen through JPEG. */
const SAME_BACKGROUND = 40;

function kindOf(run: TextRun): string {
  return `${run.field ?? ''} ${run.color?.join() ?? 'uncertain'} ${minimumContrast(run)}`;
}

function around(run: TextRun): Area {
  const [first, ...rest] = run.lines.map(([x, y, w, h]): Area => [x, y, x + w, y + h]);
  return rest.reduce(union, first ?? [0, 0, 0, 0]);
}

function union(a: Area, b: Area): Area {
  return [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[2], b[2]), Math.max(a[3], b[3])];
}

function holds(outer: Area, inner: Area): boolean {
  return (
    inner[0] >= outer[0] - GRACE_PX &&
    inner[1] >= outer[1] - GRACE_PX &&
    inner[2] <= outer[2] + GRACE_PX &&
    inner[3] <= outer[3] + GRACE_PX
  );
}

function touches(a: Area, b: Area): boolean {
  return a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3];
}

function isReadable({ run, minimum, measured }: JudgedRun): boolean {
  const margin = run.color ? MARGIN : MARGIN_UNCERTAIN;
  if (!measured || measured.ratio < minimum * margin) return false;
  if (measured.spread <= PLAIN_SPREAD) return true;
  return measured.spread <= CALM_SPREAD && measured.ratio >= minimum * CALM_MARGIN;
}

/** Grows what it touches: between two pieces of one plain background is the same background. */
function withArea(areas: ReadableArea[], added: ReadableArea): ReadableArea[] {
  let grown = added;
  const others = areas.filter((one) => {
    const same =
      one.kind === grown.kind && distance(one.background, grown.background) <= SAME_BACKGROUND;
    if (!same || !touches(one.area, grown.area)) return true;
    grown = { ...grown, area: union(one.area, grown.area) };
    return false;
  });
  return [...others, grown].slice(-MAX_AREAS);
}

function isInPlainArea({ plain }: Scene, run: TextRun): boolean {
  const [kind, area] = [kindOf(run), around(run)];
  return plain.some((one) => one.kind === kind && holds(one.area, area));
}

/** The colours that a run can have: its own, or all that were seen in text of its kind and place. */
function inksOf({ inks }: Scene, run: TextRun): readonly (readonly number[])[] {
  if (run.color) return [run.color];
  const seen = inks.get(kindOf(run));
  return seen && seen.inks.length <= MAX_INKS && holds(seen.area, around(run)) ? seen.inks : [];
}

/** By the colours that were seen around it; where nothing was seen counts as nothing to read on. */
function isReadableOnSeen(scene: Scene, run: TextRun, points: readonly Point[]): boolean {
  const inks = inksOf(scene, run);
  if (inks.length === 0) return false;
  const ratios = points.map((point) => scene.background.ratioAt(point, inks));
  const reached = reachedRatio(ratios, run) ?? 0;
  return reached >= minimumContrast(run) * (run.color ? MARGIN : MARGIN_UNCERTAIN);
}

/** One who stands exactly where another stood, among the same others, meets the same pixels. */
function placeOf(run: TextRun, points: readonly Point[]): string {
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
  const place = placeOf(run, points);
  if (run.color && scene.ratios.has(place)) {
    const ratio = scene.ratios.get(place);
    return ratio === undefined ? readable : { run, minimum, measured: { ratio } };
  }
  if (!isReadableOnSeen(scene, run, points)) return undefined;
  if (run.color) learnRatio(scene, place, undefined);
  return readable;
}

function learnRatio({ ratios }: Scene, place: string, ratio: number | undefined): void {
  ratios.set(place, ratio);
  const oldest = ratios.keys().next().value;
  if (ratios.size > MAX_RATIOS && oldest !== undefined) ratios.delete(oldest);
}

function learnInk({ inks }: Scene, run: TextRun, ink: readonly number[]): void {
  const [kind, area] = [kindOf(run), around(run)];
  const [r = 0, g = 0, b = 0] = ink;
  const seen = inks.get(kind) ?? { area, inks: [] };
  seen.area = union(seen.area, area);
  const isNew = !seen.inks.some((one) => distance(one, [r, g, b]) <= SAME_BACKGROUND);
  if (isNew && seen.inks.length <= MAX_INKS) seen.inks.push([r, g, b]);
  inks.set(kind, seen);
}

/**
 * Remembers where text could be read with ease, so that not every picture has to be decoded to be
 * judged: on a JPEG that costs more than the rest of the verdict. A `scene` names everything that
 * is painted but text; on an equal scene the background is equal. A plain background is known as soon as
 * text was read on it; of any other, every place around a text must have been seen.
 */
export function createContrastMemory() {
  const scenes = new Map<string, Scene>();

  function sceneOf(name: string): Scene {
    const scene = scenes.get(name) ?? {
      plain: [],
      background: createSeenBackground(),
      inks: new Map(),
      ratios: new Map(),
    };
    // The scenes used last are kept.
    scenes.delete(name);
    scenes.set(name, scene);
    const oldest = scenes.keys().next().value;
    if (scenes.size > MAX_SCENES && oldest !== undefined) scenes.delete(oldest);
    return scene;
  }

  return {
    /**
     * What looking at the pixels would say of every run that is to be read, as far as warnings go;
     * undefined where they must be looked at.
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

    /** @param runs all of the picture, those too that are not to be read */
    learn(name: string, judged: JudgedRun[], runs: TextRun[]): void {
      const scene = sceneOf(name);
      for (const one of judged) {
        const { run, measured } = one;
        if (!measured) continue;
        scene.background.learn(measured.samples);
        if (run.color) learnRatio(scene, placeOf(run, pointsAround(run, runs)), measured.ratio);
        else learnInk(scene, run, measured.ink);
        if (!isReadable(one)) continue;
        const added = { kind: kindOf(run), background: measured.background, area: around(run) };
        scene.plain = withArea(scene.plain, added);
      }
    },
  };
}

export type ContrastMemory = ReturnType<typeof createContrastMemory>;
