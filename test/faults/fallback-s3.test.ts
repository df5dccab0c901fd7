import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Fault } from '../support/fault-proxy.js';
import { isFullRun, itInFull } from '../support/fault-scale.js';
import { type Addresses, type Expected, prepareAddresses } from './fallback-addresses.js';
import { type FallbackWorld, startFallbackWorld } from './fallback-world.js';

/* As with files, a thousand requests while a part is away; here the pictures are in a bucket. */

const TIMEOUT_MS = 600_000;

let world: FallbackWorld;
let addresses: Addresses;

beforeAll(async () => {
  world = await startFallbackWorld({ storage: 's3', budgetMs: 1_500 });
  addresses = await prepareAddresses(world);
  await addresses.untilAllReal();
}, TIMEOUT_MS);
afterAll(() => world?.stop());

/** Of a storage that is away nothing new can come. */
const nothingNew: Expected['sources'] = { dynamicNew: ['fallback'], linkNew: ['fallback'] };

async function breakBucket(fault: Fault): Promise<() => Promise<void>> {
  await world.bucketProxy?.become(fault);
  return async () => world.bucketProxy?.become({ mode: 'pass' });
}

/** Each takes ten seconds; the store alone meets them all in s3.test.ts. */
const faults: [string, Fault][] = [
  ['takes them, and never answers', { mode: 'hang' }],
  [
    'answers with errors',
    { mode: 'status', code: 500, body: '<Error><Code>InternalError</Code></Error>' },
  ],
];
const furtherFaults: [string, Fault][] = [
  ['refuses connections', { mode: 'refuse' }],
  ['resets them', { mode: 'reset' }],
  ['denies', { mode: 'status', code: 403 }],
  ['answers with what is no picture', { mode: 'status', code: 200, body: 'hello' }],
  ['trickles', { mode: 'slow', bytesPerSecond: 200 }],
];

it.each(isFullRun ? [...faults, ...furtherFaults] : faults)(
  'the bucket %s',
  async (_what, fault) => {
    const expected = { sources: nothingNew };
    expect(await addresses.during(async () => [await breakBucket(fault)], expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'the bucket never answers, and the process has just started',
  async () => {
    const breaking = async () => {
      const mend = await breakBucket({ mode: 'hang' });
      await world.restartApi();
      return [mend];
    };
    const expected = { sources: nothingNew, isCold: true, reasons: ['late'] };
    expect(await addresses.during(breaking, expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'all are away at once, and take connections that they never answer',
  async () => {
    const breaking = async () => {
      const mends = [await world.removeTemplate('note'), await world.breakChromium()];
      return [...mends, await breakBucket({ mode: 'hang' }), await world.stopRedis()];
    };
    expect(await addresses.during(breaking, { isRedisAway: true })).toEqual([]);
  },
  TIMEOUT_MS,
);

itInFull(
  'a process that starts while all are away',
  async () => {
    const breaking = async () => {
      await world.redisProxy.become({ mode: 'refuse' });
      const mends = [
        await world.breakChromium(),
        await breakBucket({ mode: 'refuse' }),
        () => world.redisProxy.become({ mode: 'pass' }),
      ];
      await world.restartApi();
      return mends;
    };
    const expected = { isRedisAway: true, isCold: true, reasons: ['redis_unavailable'] };
    expect(await addresses.during(breaking, expected)).toEqual([]);
  },
  TIMEOUT_MS,
);
