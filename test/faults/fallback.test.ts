import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { itInFull } from '../support/fault-scale.js';
import { type Addresses, type Expected, prepareAddresses } from './fallback-addresses.js';
import { type FallbackWorld, startFallbackWorld } from './fallback-world.js';

/*
 * A thousand requests for `/i`, `/l` and `/p` while a part is away: each is answered with a
 * picture that can be decoded, but for what was forged or never existed.
 */

const TIMEOUT_MS = 600_000;

let world: FallbackWorld;
let addresses: Addresses;

beforeAll(async () => {
  world = await startFallbackWorld({ storage: 'file', budgetMs: 1_500 });
  addresses = await prepareAddresses(world);
  await addresses.untilAllReal();
}, TIMEOUT_MS);
afterAll(() => world?.stop());

/** What is known is shown; what was never drawn cannot be. */
const onlyOld: Expected['sources'] = {
  dynamicOld: ['stored'],
  dynamicNew: ['fallback'],
  linkOld: ['stored'],
  linkNew: ['fallback'],
  pageOld: ['stored'],
  pageVersion: ['stored'],
};

it(
  'Redis was killed',
  async () => {
    const expected = { sources: onlyOld, isRedisAway: true, reasons: ['redis_unavailable'] };
    expect(await addresses.during(async () => [await world.killRedis()], expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'Redis hangs',
  async () => {
    const expected = { sources: onlyOld, isRedisAway: true, reasons: ['late'] };
    expect(await addresses.during(async () => [await world.stopRedis()], expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'nobody listens where Redis was',
  async () => {
    const breaking = async () => {
      await world.redisProxy.become({ mode: 'refuse' });
      return [() => world.redisProxy.become({ mode: 'pass' })];
    };
    const expected = { sources: onlyOld, isRedisAway: true, reasons: ['redis_unavailable'] };
    expect(await addresses.during(breaking, expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

// It lasts as long as the service gives a silent connection, which is a minute.
itInFull(
  'the connections to Redis lead nowhere, and new ones would not',
  async () => {
    world.redisProxy.strand();
    await addresses.untilNewIsReal();
    await addresses.untilAllReal();
  },
  TIMEOUT_MS,
);

it(
  'the folder of the pictures was removed',
  async () => {
    expect(await addresses.during(async () => [await world.removeStorage()], {})).toEqual([]);
  },
  TIMEOUT_MS,
);

// Renders that failed for it are tried again within a minute; the last case below has it too.
itInFull(
  'a file stands where the folder of the pictures was',
  async () => {
    const expected = { sources: { dynamicNew: ['fallback'], linkNew: ['fallback'] } } as const;
    expect(await addresses.during(async () => [await world.putFileForStorage()], expected)).toEqual(
      [],
    );
  },
  TIMEOUT_MS,
);

it(
  'Chromium was killed, and dies whenever it is started',
  async () => {
    const expected = { sources: onlyOld };
    expect(await addresses.during(async () => [await world.breakChromium()], expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'the worker was killed',
  async () => {
    const expected = { sources: onlyOld, reasons: ['late'] };
    expect(await addresses.during(async () => [await world.killWorker()], expected)).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'the template was removed',
  async () => {
    const card = ['fallback'] as const;
    const sources: Expected['sources'] = {
      ...{ dynamicOld: card, dynamicNew: card, linkOld: card, linkNew: card },
      ...{ pageOld: ['stored'], pageVersion: ['stored'] },
    };
    const expected = { sources, reasons: ['template_not_found'] };
    expect(
      await addresses.during(async () => [await world.removeTemplate('note')], expected),
    ).toEqual([]);
  },
  TIMEOUT_MS,
);

it(
  'all of them are away at once',
  async () => {
    const breaking = async () => [
      await world.removeTemplate('note'),
      await world.breakChromium(),
      await world.putFileForStorage(),
      await world.killRedis(),
    ];
    const expected = { isRedisAway: true, reasons: ['template_not_found'] };
    expect(await addresses.during(breaking, expected)).toEqual([]);
  },
  TIMEOUT_MS,
);
