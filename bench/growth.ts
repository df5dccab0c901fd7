import { parseArgs } from 'node:util';
import { measureBatchSizes } from './growth/batch-sizes.js';
import { measureFirstPicture } from './growth/first-image.js';
import { measurePageMemory } from './growth/page-memory.js';
import { measureRotation } from './growth/rotation.js';
import { measureWorkerRate } from './growth/worker-rate.js';
import { chosen, seconds, wholeNumber } from './measure/read-option.js';
import { writeResult } from './measure/write-result.js';

/*
 * How the service grows: with workers, pages, templates and rows.
 *
 *   npm run bench -- growth --parts workers,memory --json growth.json
 *   npm run bench -- growth --parts batches --rows 1000,10000,50000      # takes an hour or more
 */
const PARTS = ['workers', 'start', 'memory', 'rotation', 'batches'] as const;
const { values } = parseArgs({
  options: {
    parts: { type: 'string' },
    card: { type: 'string', default: 'heavy' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    workers: { type: 'string', default: '1,2,3' },
    'worker-rows': { type: 'string', default: '150' },
    templates: { type: 'string', default: '1,10,100' },
    rows: { type: 'string', default: '1000,10000,50000' },
    json: { type: 'string' },
  },
});
const numbers = (name: 'workers' | 'templates' | 'rows') =>
  values[name].split(',').map((one) => wholeNumber(name, one));

const parts = chosen('parts', values.parts, PARTS);
const { card } = values;
const rounds = wholeNumber('rounds', values.rounds);
const roundSeconds = seconds('seconds', values.seconds);
const MAX_PAGES = 4;

const measures: Record<(typeof PARTS)[number], () => Promise<object[]>> = {
  workers: () =>
    measureWorkerRate({
      counts: numbers('workers'),
      rounds,
      rows: wholeNumber('worker-rows', values['worker-rows']),
      card,
    }),
  start: () => measureFirstPicture(rounds),
  memory: () => measurePageMemory(card, MAX_PAGES, roundSeconds),
  rotation: () =>
    measureRotation({
      card,
      counts: numbers('templates'),
      rounds,
      seconds: roundSeconds,
      format: 'jpeg',
    }),
  batches: () => measureBatchSizes(numbers('rows')),
};

const titles: Record<(typeof PARTS)[number], string> = {
  workers: `render workers, ${card} card as JPEG, a batch`,
  start: 'from the start of the process, plain card as JPEG',
  memory: `the engine's memory by its pages, ${card} card`,
  rotation: `templates in rotation, ${card} card as JPEG`,
  batches: 'batches through the service, every picture checked',
};

const results: Partial<Record<(typeof PARTS)[number], object[]>> = {};
for (const part of parts) {
  const rows = await measures[part]();
  results[part] = rows;
  console.log(`\n${titles[part]}`);
  console.table(rows);
}
writeResult(values.json, 'growth', { card, rounds, seconds: roundSeconds, ...results });
