import { parseArgs } from 'node:util';
import { imageFormatNames } from '../src/formats/image-formats.js';
import { cardNames } from './cards/card.js';
import { entriesOf } from './contenders/entries.js';
import { chosen, seconds, wholeNumber } from './measure/read-option.js';
import { writeResult } from './measure/write-result.js';
import { measureQueueCpu } from './overhead/queue-cpu.js';
import { measureQueueJobs } from './overhead/queue-jobs.js';
import { measureReuse, medianRound } from './overhead/reuse.js';
import { type CardResult, compareCard } from './rounds/compare-card.js';
import { showResult } from './rounds/show-result.js';

/*
 * What the service around the engine costs: the whole way and a batch to the bare engine's rate, a
 * picture that is there already, and processor time for each picture and for each job of the queue.
 *
 *   npm run bench -- overhead --cards heavy --formats jpeg --json overhead.json
 */
const PARTS = ['rate', 'reuse', 'queue'] as const;
const { values } = parseArgs({
  options: {
    parts: { type: 'string' },
    cards: { type: 'string' },
    formats: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '16' },
    json: { type: 'string' },
  },
});

async function measureRates(plan: { rounds: number; seconds: number }): Promise<CardResult[]> {
  const results: CardResult[] = [];
  const formats = chosen('formats', values.formats, imageFormatNames);
  for (const card of chosen('cards', values.cards, cardNames)) {
    // The engine first: what ratios are to.
    await compareCard(
      card,
      entriesOf(['engine', 'service-16', 'batch']),
      { formats, rounds: plan.rounds, secondsPerRound: plan.seconds, warmUpSeconds: 2 },
      (result) => {
        showResult(result);
        results.push(result);
      },
    );
  }
  return results;
}

const parts = chosen('parts', values.parts, PARTS);
const plan = {
  rounds: wholeNumber('rounds', values.rounds),
  seconds: seconds('seconds', values.seconds),
};
const connections = wholeNumber('connections', values.connections);
const rates = parts.includes('rate') ? await measureRates(plan) : [];
const reuse = parts.includes('reuse') ? await measureReuse({ ...plan, connections }) : [];
if (reuse.length > 0) {
  console.log(`\na stored picture asked for again, ${connections} connections, one processor`);
  console.table([medianRound(reuse)]);
}
const queue = parts.includes('queue') ? await measureQueueCpu(plan) : undefined;
if (queue) {
  console.log('\nprocessor time for each picture of a batch, without the browser');
  console.table([queue]);
}
const jobs = parts.includes('queue') ? await measureQueueJobs(plan) : undefined;
if (jobs) {
  console.log('\nprocessor time for each job of the queue alone');
  console.table([jobs]);
}
writeResult(values.json, 'overhead', { plan: { ...plan, connections }, rates, reuse, queue, jobs });
