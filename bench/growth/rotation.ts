import { appendFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ImageFormat } from '../../src/images/image.js';
import { CARDS_FOLDER } from '../cards/card.js';
import { type Entry, PAGES } from '../contenders/entries.js';
import { type StartedContender, startContender } from '../contenders/start-contender.js';
import { interleave, type Runner } from '../rounds/interleave.js';
import { type Figures, summarise } from '../rounds/summarise.js';

export interface RotationPlan {
  card: string;
  /** Numbers of templates; the first is what ratios are to. */
  counts: readonly number[];
  rounds: number;
  seconds: number;
  format: ImageFormat;
}

export interface Rotation extends Figures {
  templates: number;
}

/** Each template needs its pages and the trial of its static layer before its rate says anything. */
const WARM_SECONDS_PER_TEMPLATE = 0.6;
const MAX_WARM_SECONDS = 45;
const WARM_FIRST = 500_000;

async function warmUp({ entry, contender }: Runner, format: ImageFormat): Promise<void> {
  const templates = entry.options?.rotate ?? 1;
  const seconds = Math.min(MAX_WARM_SECONDS, 2 + templates * WARM_SECONDS_PER_TEMPLATE);
  await contender.round({ first: WARM_FIRST, seconds, inFlight: entry.inFlight ?? 1, format });
}

/** Copies of one card that differ in a rule which paints nothing: versions of their own. */
async function copyCard(card: string, count: number, folder: string): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const copy = join(folder, `${card}-${i}`);
    await cp(join(CARDS_FOLDER, card), copy, { recursive: true });
    await appendFile(join(copy, 'style.css'), `\n.copy-${i} {\n  order: ${i};\n}\n`);
  }
}

/**
 * What a picture costs when every next one is of another template: with more of them than a page
 * keeps shells, each is made anew.
 */
export async function measureRotation(plan: RotationPlan): Promise<Rotation[]> {
  const folder = await mkdtemp(join(tmpdir(), 'cp-rotation-'));
  const started: StartedContender[] = [];
  try {
    await copyCard(plan.card, Math.max(...plan.counts), folder);
    const runners: Runner[] = [];
    for (const rotate of plan.counts) {
      const options = { folder, rotate };
      const contender = await startContender('engine', {
        card: plan.card,
        lanes: PAGES,
        ...options,
      });
      started.push(contender);
      const title = `${rotate} templates`;
      const entry: Entry = { id: title, title, program: 'engine', lanes: PAGES, options };
      runners.push({ entry: { ...entry, inFlight: PAGES * 2 }, contender });
    }
    for (const runner of runners) await warmUp(runner, plan.format);
    const results = await interleave(runners, {
      format: plan.format,
      rounds: plan.rounds,
      secondsPerRound: plan.seconds,
      warmUpSeconds: 2,
    });
    const figures = runners.map(({ entry }) => summarise(results.get(entry.id) ?? []));
    const base = figures[0]?.perSecond;
    return runners.map(({ entry }, i) => ({
      templates: plan.counts[i] ?? 0,
      ...summarise(results.get(entry.id) ?? [], base),
    }));
  } finally {
    await Promise.all(started.map((contender) => contender.close()));
    await rm(folder, { recursive: true, force: true });
  }
}
