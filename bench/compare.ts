import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { imageFormatNames } from '../src/formats/image-formats.js';
import { cardNames } from './cards/card.js';
import { buildRef } from './compare/build-ref.js';
import { type Entry, PAGES } from './contenders/entries.js';
import { chosen, seconds, wholeNumber } from './measure/read-option.js';
import { rounded } from './measure/statistics.js';
import { writeResult } from './measure/write-result.js';
import { type CardResult, compareCard } from './rounds/compare-card.js';

/*
 * The engine as it is here against the engine of another commit, both in one run. The cards are
 * those of here.
 *
 *   npm run bench -- compare main
 *   npm run bench -- compare HEAD~1 --cards heavy --formats png --rounds 5
 *   npm run bench -- compare main --cards heavy --photos   # another photograph in each picture
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cards: { type: 'string' },
    formats: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '4' },
    photos: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});

function show({ card, format, lines: [old, now] }: CardResult): void {
  if (!old || !now) return;
  const ofRounds = now.perSecondOfRounds.map((rate, i) =>
    rounded(rate / (old.perSecondOfRounds[i] ?? 1), 2),
  );
  console.table([
    {
      card,
      format,
      ratio: now.ratio ?? '',
      'ratio of each round': ofRounds.join(' '),
      'then/s': old.perSecond,
      'now/s': now.perSecond,
      'CPU ratio': rounded(now.cpuSecondsEach / old.cpuSecondsEach, 2),
      'bytes ratio': rounded(now.bytesEach / old.bytesEach, 3),
      'memory ratio': rounded(now.peakMb / old.peakMb, 2),
      'max diff': now.pixels?.max ?? '',
    },
  ]);
}

async function compareWith(ref: string, folder: string): Promise<void> {
  const plan = {
    formats: chosen('formats', values.formats, imageFormatNames),
    rounds: wholeNumber('rounds', values.rounds),
    secondsPerRound: seconds('seconds', values.seconds),
    warmUpSeconds: 2,
  };
  const cards = chosen('cards', values.cards, cardNames);
  const { build, commit } = buildRef(ref, folder);
  const same = { program: 'engine', lanes: PAGES, inFlight: PAGES * 2 } as const;
  const { photos } = values;
  const entries: Entry[] = [
    { id: 'then', title: `engine of ${ref}`, ...same, options: { build, photos } },
    { id: 'now', title: 'engine as it is here', ...same, options: { photos } },
  ];
  const results: CardResult[] = [];
  for (const card of cards) {
    await compareCard(card, entries, plan, (result) => {
      show(result);
      results.push(result);
    });
  }
  writeResult(values.json, 'compare', { with: { ref, commit }, plan, results });
}

const [ref, ...rest] = positionals;
if (ref === undefined || rest.length > 0) {
  throw new Error('Which commit? For example: npm run bench -- compare main');
}
const folder = await mkdtemp(join(tmpdir(), 'cp-compare-'));
try {
  await compareWith(ref, folder);
} finally {
  await rm(folder, { recursive: true, force: true });
}
