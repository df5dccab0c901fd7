import type { ImageFormat } from '../../src/images/image.js';
import { canDraw, type Entry } from '../contenders/entries.js';
import { type StartedContender, startContender } from '../contenders/start-contender.js';
import { comparePixels, type PixelDifference } from './compare-pixels.js';
import { interleave, type Plan, type Runner } from './interleave.js';
import { type Figures, summarise } from './summarise.js';

interface CardLine extends Figures {
  id: string;
  title: string;
  lanes: number;
  inFlight: number | 'bulk';
  /** Of one PNG to the first contender's. */
  pixels?: PixelDifference;
}

export interface CardResult {
  card: string;
  format: ImageFormat;
  lines: CardLine[];
}

export type CardPlan = Omit<Plan, 'format'> & { formats: readonly ImageFormat[] };

/** Entries that differ only in what is asked at once share a process. */
const processOf = ({ program, lanes, options }: Entry) => JSON.stringify([program, lanes, options]);

async function comparePictures(runners: readonly Runner[]): Promise<Map<string, PixelDifference>> {
  const found = new Map<string, PixelDifference>();
  const [first] = runners;
  if (!first) return found;
  const base = await first.contender.picture(0);
  for (const runner of runners) {
    const key = processOf(runner.entry);
    if (runner === first || found.has(key)) continue;
    found.set(key, await comparePixels(base, await runner.contender.picture(0)));
  }
  return found;
}

async function compareFormat(
  runners: readonly Runner[],
  plan: Plan,
  pixels: ReadonlyMap<string, PixelDifference>,
): Promise<CardLine[]> {
  const results = await interleave(runners, plan);
  const [first] = runners;
  const base = first ? summarise(results.get(first.entry.id) ?? []).perSecond : undefined;
  return runners.map(({ entry }) => {
    const difference = pixels.get(processOf(entry));
    const { id, title, lanes, inFlight = 'bulk' } = entry;
    return {
      ...{ id, title, lanes, inFlight },
      ...summarise(results.get(id) ?? [], base),
      ...(difference ? { pixels: difference } : {}),
    };
  });
}

/** All contenders that can draw a card, in all formats. `tell` hears of each as soon as it is known. */
export async function compareCard(
  card: string,
  entries: readonly Entry[],
  plan: CardPlan,
  tell: (result: CardResult) => void,
): Promise<void> {
  const started = new Map<string, StartedContender>();
  try {
    const runners: Runner[] = [];
    for (const entry of entries) {
      if (!plan.formats.some((format) => canDraw(entry, card, format))) continue;
      const key = processOf(entry);
      const { program, lanes, options } = entry;
      const contender =
        started.get(key) ?? (await startContender(program, { card, lanes, ...options }));
      started.set(key, contender);
      runners.push({ entry, contender });
    }
    const pixels = await comparePictures(runners);
    for (const format of plan.formats) {
      const able = runners.filter(({ entry }) => canDraw(entry, card, format));
      tell({ card, format, lines: await compareFormat(able, { ...plan, format }, pixels) });
    }
  } finally {
    await Promise.all([...started.values()].map((contender) => contender.close()));
  }
}
