import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { packageInfo } from '../src/config/package-info.js';
import { entriesOf } from './contenders/entries.js';
import { writeResult } from './measure/write-result.js';
import { compareCard } from './rounds/compare-card.js';

/*
 * The short form for every change: our engine against a page per picture, on two cards. It takes
 * less than a minute, says little of small changes, and fails on gross ones alone: where a ratio is
 * below half of the recorded one.
 *
 *   npm run bench -- guard               # compares with bench/baseline.json
 *   npm run bench -- guard --record   # writes it, on a machine that does nothing else
 */
const BASELINE = join(packageInfo.root, 'bench', 'baseline.json');
const GROSS = 0.5;
const CARDS = { plain: ['jpeg'], heavy: ['png', 'jpeg'] } as const;
/** By the end of the warm-up a template page has been tried: how it is captured, what it keeps. */
const plan = { rounds: 3, secondsPerRound: 0.8, warmUpSeconds: 2 };

/** Engine to naive, by card and format: `{"heavy png": 8.1}`. */
type Ratios = Record<string, number>;

async function measure(): Promise<Ratios> {
  const ratios: Ratios = {};
  const pair = entriesOf(['naive', 'engine']);
  for (const [card, formats] of Object.entries(CARDS)) {
    await compareCard(card, pair, { ...plan, formats }, ({ format, lines }) => {
      ratios[`${card} ${format}`] = lines.find(({ id }) => id === 'engine')?.ratio ?? 0;
    });
  }
  return ratios;
}

function recorded(): Ratios {
  return (JSON.parse(readFileSync(BASELINE, 'utf8')) as { ratios: Ratios }).ratios;
}

const { values } = parseArgs({
  options: {
    record: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const before = values.record ? {} : recorded();
const ratios = await measure();
if (values.record) {
  const result = writeResult(undefined, 'guard', { plan, ratios });
  writeFileSync(BASELINE, `${JSON.stringify(result, null, 2)}\n`);
}
console.table(
  Object.entries(ratios).map(([what, ratio]) => ({
    what,
    'engine to naive': ratio,
    recorded: before[what] ?? '',
  })),
);
writeResult(values.json, 'guard', { plan, ratios, recorded: before });
const gross = Object.entries(before).filter(([what, ratio]) => (ratios[what] ?? 0) < ratio * GROSS);
for (const [what, ratio] of gross) {
  console.error(`bench: ${what} is ${ratios[what] ?? 0}, less than half of the recorded ${ratio}.`);
}
if (gross.length > 0) process.exitCode = 1;
