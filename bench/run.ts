import { parseArgs } from 'node:util';
import { imageFormatNames } from '../src/formats/image-formats.js';
import { cardNames } from './cards/card.js';
import { entries } from './contenders/entries.js';
import { chosen, seconds, wholeNumber } from './measure/read-option.js';
import { writeResult } from './measure/write-result.js';
import { type CardResult, compareCard } from './rounds/compare-card.js';
import { showResult } from './rounds/show-result.js';

const HELP = `npm run bench -- [options]

  --cards <names>      of: ${cardNames.join(', ')} (default: all)
  --formats <names>    of: ${imageFormatNames.join(', ')} (default: all)
  --only <ids>         of: ${entries()
    .map(({ id }) => id)
    .join(', ')}
                       (default: all; the first of them is what ratios are to)
  --rounds <n>         that count, after one that does not (default 3)
  --seconds <s>        for each round (default 4)
  --pages <n>          for all that have pages (default: 1.5 a core)
  --short              three rounds of a second: to see that it works, not what is faster
  --json <file>        writes all figures there

Figures of different runs must not be compared: machines differ and are noisy. Within a run all
contenders take turns, so ratios hold.
`;

const { values } = parseArgs({
  options: {
    cards: { type: 'string' },
    formats: { type: 'string' },
    only: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string' },
    pages: { type: 'string' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<void> {
  if (values.help) return console.log(HELP);
  const all = values.pages ? entries(wholeNumber('pages', values.pages)) : entries();
  const ids = all.map(({ id }) => id);
  const wanted = chosen('only', values.only, ids);
  const formats = chosen('formats', values.formats, imageFormatNames);
  const cards = chosen('cards', values.cards, cardNames);
  const plan = {
    formats,
    rounds: wholeNumber('rounds', values.rounds),
    secondsPerRound: seconds('seconds', values.seconds ?? (values.short ? '1' : '4')),
    warmUpSeconds: values.short ? 0.5 : 2,
  };
  const results: CardResult[] = [];
  for (const card of cards) {
    await compareCard(
      card,
      all.filter(({ id }) => wanted.includes(id)),
      plan,
      (result) => {
        showResult(result);
        results.push(result);
      },
    );
  }
  writeResult(values.json, 'contenders', { plan, results });
}

await main();
