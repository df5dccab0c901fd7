import { parseArgs } from 'node:util';
import { keepAsking, keyedCall, noOpens, type Opens, open, post } from './flood/honest.js';
import { startStrangers } from './flood/strangers.js';
import { seconds, wholeNumber } from './measure/read-option.js';
import { percentile } from './measure/statistics.js';
import { writeResult } from './measure/write-result.js';
import { startProgram } from './service/start-program.js';

/**
 * Strangers flood the link of one mail with invented names, most of whom hang up, from one network,
 * from many, and from nobody knows where. Meanwhile callers with a key, readers of that link, of
 * another link, and of signed addresses want their pictures. The exit code is 1 where p95 of the keyed
 * calls exceeds three times what it was before, or a reader never got his picture.
 *
 *   npm run bench -- flood                        # ten minutes
 *   npm run bench -- flood --minutes 1 --rate 250 --json flood.json
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '250' },
    json: { type: 'string' },
  },
});
const FLOOD_MS = seconds('minutes', values.minutes) * 60_000;
const RATE = wholeNumber('rate', values.rate);
const IDLE_CALLS = 60;
const KEYED_EVERY_MS = 400;
const MOST_SLOWER = 3;
/** Readers who never get their own picture. */
const MOST_NEVER = 0.01;

interface Link {
  id: string;
  url: string;
}

const both = (ms: readonly number[]) => ({
  calls: ms.length,
  p50: Math.round(percentile(ms, 0.5)),
  p95: Math.round(percentile(ms, 0.95)),
  max: Math.round(percentile(ms, 1)),
});

const shown = ({ asked, first, second, never, ms }: Opens) => ({
  asked,
  first_open: `${((100 * first) / Math.max(1, asked)).toFixed(1)} %`,
  second_open: `${((100 * (first + second)) / Math.max(1, asked)).toFixed(1)} %`,
  never,
  p95_ms: Math.round(percentile(ms, 0.95)),
});

async function main(): Promise<number> {
  const service = await startProgram({
    env: { TRUSTED_PROXIES: '127.0.0.1', LOG_LEVEL: 'error' },
  });
  try {
    const mail = {
      template: 'email-hero',
      fixed: { message: 'Your week', first_name: 'friend' },
      fields: { first_name: { max_length: 30 } },
    };
    const flooded = await post<Link>(service, '/v1/links', mail);
    const other = await post<Link>(service, '/v1/links', mail);
    for (let n = 0; n < 5; n += 1) await keyedCall(service, `Warm ${n}`);

    const idle: number[] = [];
    await keepAsking(performance.now() + IDLE_CALLS * KEYED_EVERY_MS, KEYED_EVERY_MS, async (n) => {
      idle.push(await keyedCall(service, `Before ${n}`));
    });
    console.log('keyed, before (ms):', both(idle));

    const keyed: number[] = [];
    const readers = { own: noOpens(), gmail: noOpens(), other: noOpens(), signed: noOpens() };
    const opening: Promise<void>[] = [];
    const strangers = startStrangers(flooded.url, RATE);
    const endsAt = performance.now() + FLOOD_MS;
    await Promise.all([
      keepAsking(endsAt, KEYED_EVERY_MS, async (n) => {
        keyed.push(await keyedCall(service, `During ${n}`));
      }),
      keepAsking(endsAt, 1_000, async (n) => {
        // Each from a network of his own.
        const address = `203.${n % 200}.${(n >> 3) % 250}.7`;
        opening.push(open(`${flooded.url}?first_name=Ada%20${n}`, address, readers.own));
      }),
      keepAsking(endsAt, 1_000, async (n) => {
        const url = `${flooded.url}?first_name=Grace%20${n}`;
        opening.push(open(url, `66.249.84.${n % 250}`, readers.gmail));
      }),
      keepAsking(endsAt, 2_000, async (n) => {
        const url = `${other.url}?first_name=Alan%20${n}`;
        opening.push(open(url, `203.${n % 200}.${(n >> 3) % 250}.9`, readers.other));
      }),
      keepAsking(endsAt, 1_000, async (n) => {
        const request = { template: 'generic', data: { title: `Signed ${n}` } };
        const { url } = await post<{ url: string }>(service, '/v1/urls', request);
        opening.push(open(url, `203.${n % 200}.${(n >> 3) % 250}.11`, readers.signed));
      }),
    ]);
    strangers.stop();
    await Promise.all(opening);

    const after = await fetch(`${service.url}/v1/links/${flooded.id}`, {
      headers: service.headers,
    });
    const link = (await after.json()) as Record<string, unknown>;
    const result = {
      minutes: FLOOD_MS / 60_000,
      rate: RATE,
      keyed: { before: both(idle), during: both(keyed) },
      slower: Number((percentile(keyed, 0.95) / percentile(idle, 0.95)).toFixed(2)),
      readers: {
        flooded_link: shown(readers.own),
        flooded_link_by_gmail: shown(readers.gmail),
        other_link: shown(readers.other),
        signed_addresses: shown(readers.signed),
      },
      strangers: strangers.told(),
      link: Object.fromEntries(
        [
          'images',
          'waiting',
          'refused',
          'refused_by_network',
          'last_limited_at',
          'busiest_networks',
        ].map((name) => [name, link[name]]),
      ),
    };
    console.log(JSON.stringify(result, null, 2));
    writeResult(values.json, 'flood', result);
    const all = Object.values(readers);
    const never = all.reduce((sum, one) => sum + one.never, 0);
    const asked = all.reduce((sum, one) => sum + one.asked, 0);
    return result.slower > MOST_SLOWER || never > asked * MOST_NEVER ? 1 : 0;
  } finally {
    await service.stop();
  }
}

process.exitCode = await main();
