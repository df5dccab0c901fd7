import {
  distance,
  type JudgedRun,
  minimumContrast,
  type Rgb,
  type TextRun,
} from './text-contrast.js';

/** [left, top, right, bottom] in CSS pixels. */
type Area = [number, number, number, number];

/** Where text of one field and colour was read with ease, on a ground of one colour. */
interface ReadableArea {
  kind: string;
  ground: Rgb;
  area: Area;
}

const MAX_SCENES = 500;
const MAX_AREAS = 64;
/**
 * A ground is plain with so little spread: what JPEG's ringing beside glyphs makes of one colour (35
 * was seen), or a soft gradient. A picture has more.
 */
const PLAIN_SPREAD = 60;
/** The same for text whose contrast is several times what is needed: a gleam, a light texture. */
const CALM_SPREAD = 120;
const CALM_MARGIN = 2.5;
/** Above what is needed: a plain ground still differs a little from place to place. */
const MARGIN = 1.2;
/** Text of unknown colour went through a gradient, of which another size may show another part. */
const MARGIN_UNCERTAIN = 1.5;
/** Of glyphs and of antialiasing: lines that differ by less stand in the same place. */
const GRACE_PX = 2;
/** Two grounds that differ by less are one, seen through JPEG. */
const SAME_GROUND = 40;

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

/**
 * Remembers where text could be read with ease, so that not every picture has to be decoded to be
 * judged: on a JPEG that costs more than the rest of the verdict. A `scene` names everything that
 * is painted but text; on an equal scene the ground is equal. Only plain grounds are
 * remembered: on pictures and strong gradients every text is judged by its own pixels.
 */
export function createContrastMemory() {
  const scenes = new Map<string, ReadableArea[]>();

  function areasOf(scene: string): ReadableArea[] {
    const known = scenes.get(scene);
    if (!known) return [];
    // The scenes used last are kept.
    scenes.delete(scene);
    scenes.set(scene, known);
    return known;
  }

  /** Grows what it touches: between two pieces of one plain ground is the same ground. */
  function add(areas: ReadableArea[], added: ReadableArea): ReadableArea[] {
    let grown = added;
    const others = areas.filter((one) => {
      const same = one.kind === grown.kind && distance(one.ground, grown.ground) <= SAME_GROUND;
      if (!same || !touches(one.area, grown.area)) return true;
      grown = { ...grown, area: union(one.area, grown.area) };
      return false;
    });
    return [...others, grown].slice(-MAX_AREAS);
  }

  return {
    /** Whether every run that is to be read stands where one like it was read with ease. */
    knows(scene: string, runs: TextRun[]): boolean {
      const legible = runs.filter((run) => run.legible);
      const areas = areasOf(scene);
      return legible.every((run) => {
        const [kind, area] = [kindOf(run), around(run)];
        return areas.some((one) => one.kind === kind && holds(one.area, area));
      });
    },

    learn(scene: string, judged: JudgedRun[]): void {
      let areas = areasOf(scene);
      for (const one of judged) {
        const ground = one.measured?.ground;
        if (!ground || !isReadable(one)) continue;
        areas = add(areas, { kind: kindOf(one.run), ground, area: around(one.run) });
      }
      scenes.set(scene, areas);
      const oldest = scenes.keys().next().value;
      if (scenes.size > MAX_SCENES && oldest !== undefined) scenes.delete(oldest);
    },
  };
}

export type ContrastMemory = ReturnType<typeof createContrastMemory>;
