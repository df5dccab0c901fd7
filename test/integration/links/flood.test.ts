import { rm } from 'node:fs/promises';
import { type ClientRequest, get } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { LINK_QUEUE } from '../../../src/queue/render-jobs.js';
import { type ApiAnswer, ask } from '../../support/api-client.js';
import { bullQueue } from '../../support/bull-queue.js';
import { templatesWithGeneric } from '../../support/link-server.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

/* Strangers who have the address of one mail, in a service of its own that trusts a proxy. */

let folder: string;
let service: TestService;
let link: { id: string; url: string };
let round = 0;

beforeAll(async () => {
  folder = await templatesWithGeneric();
  service = await startService({
    env: { TEMPLATES_DIR: folder, TRUSTED_PROXIES: '127.0.0.1', DYNAMIC_BUDGET_MS: '20000' },
  });
});
afterAll(async () => {
  await service?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

async function makeLink(more: object = {}): Promise<typeof link> {
  round += 1;
  const made = await service.api('/v1/links', {
    body: {
      ...{ template: 'note', fixed: { title: `Hello ${round}` } },
      ...{ fields: { title: { max_length: 40 } }, ...more },
    },
  });
  expect(made.status).toBe(201);
  await service.idle();
  return made.json as typeof link;
}
beforeEach(async () => {
  await service.startWorker();
  link = await makeLink();
});

const nameOf = (name: string | number) => `${link.url}?title=${name}-${round}`;
/** Without an address: from the proxy itself, whose readers nobody can tell apart. */
const open = (name: string | number, address?: string): Promise<ApiAnswer> =>
  ask(nameOf(name), '', {
    key: null,
    headers: address === undefined ? {} : { 'x-forwarded-for': address },
  });
const source = ({ headers }: ApiAnswer) => headers['x-cardpress-source'];
const isOwn = async (answer: Promise<ApiAnswer>) => source(await answer) !== 'fallback';
const shown = async () => (await service.api(`/v1/links/${link.id}`)).json;

/** Asks, and stays on the line until it is told to hang up. */
function stay(name: string | number, address?: string): ClientRequest {
  const headers = address === undefined ? {} : { 'X-Forwarded-For': address };
  const request = get(nameOf(name), { agent: false, headers }, (response) => response.resume());
  request.on('error', () => undefined);
  return request;
}
const hangUp = (requests: ClientRequest[]) => {
  for (const request of requests) request.destroy();
};

it('takes back what strangers asked for who hung up, and no place of the link', async () => {
  await service.stopWorker();
  const strangers = Array.from({ length: 650 }, (_, n) => stay(`x${n}`, `198.18.${n % 200}.1`));
  // Eight of one kind wait at once, however many come.
  await until(async () => (await shown()).waiting === 8, 30_000);
  await until(
    async () =>
      (await bullQueue(service.redis, LINK_QUEUE).getJobCounts('prioritized')).prioritized === 8,
  );
  expect(await service.queue.waiting()).toBe(8);
  // Others have places left.
  const gmail = open('Gmail', '66.249.84.3');
  await until(async () => (await shown()).waiting === 9, 30_000);

  hangUp(strangers);
  await until(async () => (await shown()).waiting === 1, 30_000);
  await until(async () => (await service.queue.waiting()) === 1, 30_000);
  const { items } = (await service.api('/v1/images?status=queued')).json;
  expect(items.length).toBe(1);
  expect(await shown()).toMatchObject({ images: 0, refused_by_network: 0 });
  await service.startWorker();
  expect(await isOwn(gmail)).toBe(true);
  expect(await isOwn(open('Maria', '203.0.113.9'))).toBe(true);
  await until(async () => (await shown()).images === 2, 10_000);
}, 120_000);

it('draws for callers with a key and for signed addresses before all of them', async () => {
  await service.stopWorker();
  const { url } = (
    await service.api('/v1/urls', {
      body: { template: 'note', data: { title: `Signed ${round}` } },
    })
  ).json;
  const strangers = Array.from({ length: 12 }, (_, n) => open(`s${n}`, `198.18.${n}.9`));
  await until(async () => (await service.queue.waiting()) === 8, 30_000);
  const signed = ask(url, '', { key: null });
  await until(async () => (await service.queue.waiting()) === 9, 30_000);
  const keyed = service.api('/v1/images', {
    body: { template: 'note', data: { title: `Keyed ${round}` }, wait: 30 },
  });
  await until(async () => (await service.queue.waiting()) === 10, 30_000);
  const ended: string[] = [];
  const note = (who: string, answer: Promise<ApiAnswer>) =>
    answer.then((one) => {
      ended.push(who);
      return one;
    });
  const all = [
    note('keyed', keyed),
    note('signed', signed),
    ...strangers.map((one) => note('stranger', one)),
  ];
  await service.startWorker();
  const [first, second] = await Promise.all(all);
  expect([first?.json.status, second && source(second)]).toEqual(['completed', 'rendered']);
  // Those of a link that are in hand already are finished: with two pages, one.
  const before = (who: string) =>
    ended.slice(0, ended.indexOf(who)).filter((w) => w === 'stranger');
  expect(before('keyed').length).toBeLessThanOrEqual(3);
  expect(before('signed').length).toBeLessThanOrEqual(3);
}, 120_000);

it('gives whoever stays his picture, however many come and go', async () => {
  let isOver = false;
  let asked = 0;
  const comeAndGo = async () => {
    while (!isOver) {
      const some = Array.from({ length: 10 }, () => stay(`c${asked++}`));
      await until(async () => (await shown()).waiting > 0 || isOver, 30_000);
      hangUp(some);
    }
  };
  const strangers = comeAndGo();
  try {
    await until(() => asked > 50, 60_000);
    // From where nobody can tell him from them, too.
    for (const address of [undefined, '203.0.113.20', '66.249.84.9']) {
      expect(await isOwn(open(`Maria-${address ?? 'somebody'}`, address))).toBe(true);
    }
  } finally {
    isOver = true;
    await strangers;
  }
}, 180_000);

it('gives one network no more than its share of a link, and others theirs', async () => {
  link = await makeLink({ max_images: 20 });
  const ofOne: boolean[] = [];
  for (let n = 0; n < 14; n += 1) ofOne.push(await isOwn(open(`n${n}`, '198.18.7.1')));
  // Half of the places go to whoever comes.
  expect(ofOne).toEqual([...Array(10).fill(true), ...Array(4).fill(false)]);
  expect(await isOwn(open('n0', '198.18.7.1'))).toBe(true);
  for (const address of ['203.0.113.7', '66.249.84.7', '2001:db8:7::1']) {
    expect([address, await isOwn(open(`Ada-${address}`, address))]).toEqual([address, true]);
  }
  await until(async () => (await shown()).refused === 4, 10_000);
  const { images, refused_by_network, last_limited_at, busiest_networks } = await shown();
  expect([images, refused_by_network, busiest_networks]).toEqual([13, 4, [10, 1, 1, 1]]);
  expect(Date.parse(last_limited_at)).toBeGreaterThan(Date.now() - 60_000);
  const warned = service.log.filter(({ link_id: id }) => id === link.id);
  expect(warned.map(({ level }) => level)).toEqual(['warn']);
  expect(JSON.stringify(warned)).not.toContain('198.18.7.1');
  expect(await service.metric('cardpress_link_refusals_total', { reason: 'network' })).toBe(4);
  const keys = await service.redis.connect().keys(`cp:link:${link.id}*`);
  const kept = await Promise.all(
    keys
      .filter((key) => key.endsWith(':networks'))
      .map((key) => service.redis.connect().hkeys(key)),
  );
  expect(kept.flat().join()).not.toMatch(/198|203|2001/);
}, 120_000);

it('slows a network down that asks for one new picture after the other, stored ones never', async () => {
  const address = '198.18.9.1';
  let own = 0;
  // Three at once are fewer than one network may have waiting.
  for (let next = [true]; own < 400 && next.every(Boolean); ) {
    next = await Promise.all([0, 1, 2].map((n) => isOwn(open(`r${own + n}`, address))));
    own += next.filter(Boolean).length;
  }
  expect(own).toBeGreaterThanOrEqual(60);
  expect(own).toBeLessThan(400);
  expect(source(await open('r0', address))).toBe('stored');
  expect(await isOwn(open('Maria', '198.18.9.2'))).toBe(true);

  // Whoever goes on all the same costs no look into the storage.
  const kept = Array.from({ length: 5 }, (_, n) => `kept${n}`);
  for (const name of kept) {
    const data = { title: `${name}-${round}` };
    const drawn = await service.api('/v1/images', {
      body: { template: 'note', data, output: { format: 'png' }, wait: 30 },
    });
    expect(drawn.json.status).toBe('completed');
  }
  const refused = async () => (await shown()).refused_by_network;
  const flood = (prefix: string) =>
    Promise.all(Array.from({ length: 60 }, (_, n) => isOwn(open(`${prefix}-${n}`, address))));
  for (let n = 0; (await refused()) < 400; n += 1) await flood(`on${n}`);
  const sourcesFor = async (from: string) =>
    new Set((await Promise.all(kept.map((name) => open(name, from)))).map(source));
  expect(await sourcesFor(address)).toEqual(new Set(['fallback']));
  expect(await sourcesFor('203.0.113.40')).toEqual(new Set(['stored']));
  // What others were shown a moment ago is shown to him, too.
  expect(await sourcesFor(address)).toEqual(new Set(['stored']));
}, 180_000);

it('gives a place that was lent a day ago to another, once a link is full', async () => {
  link = await makeLink({ max_images: 2 });
  const redis = service.redis.connect();
  for (const name of ['a', 'b']) expect(await isOwn(open(name, '198.18.8.1'))).toBe(true);
  expect(await isOwn(open('c', '203.0.113.8'))).toBe(false);
  const lent = `cp:link:${link.id}:lent`;
  await until(async () => (await redis.zcard(lent)) === 2, 10_000);
  for (const id of await redis.zrange(lent, '0', '-1'))
    await redis.zadd(lent, String(Date.now() - 1), String(id));
  expect(await isOwn(open('c', '203.0.113.8'))).toBe(true);
  await until(async () => (await shown()).images === 2, 10_000);
  // Its picture stays.
  expect(source(await open('a', '198.18.8.1'))).toBe('stored');
  expect(source(await open('b', '198.18.8.1'))).toBe('stored');
  // A shared network keeps what its readers were shown.
  expect(await isOwn(open('d', '66.249.84.8'))).toBe(true);
  const [first = ''] = await redis.zrange(lent, '0', '0');
  await redis.zadd(lent, 'XX', String(Date.now() - 1), String(first));
  expect(await isOwn(open('e', '203.0.113.8'))).toBe(true);
  expect(await isOwn(open('f', '203.0.113.8'))).toBe(false);
  redis.disconnect();
}, 120_000);

it('lets its owner change the limits of a link, and pause it', async () => {
  link = await makeLink({ max_images: 1 });
  const change = (body: object, id = link.id) =>
    service.api(`/v1/links/${id}`, { method: 'PATCH', body });
  expect(await isOwn(open('a'))).toBe(true);
  expect(await isOwn(open('b'))).toBe(false);
  const changed = await change({ max_images: 5, max_per_minute: 50 });
  expect(changed.json).toMatchObject({ max_images: 5, max_per_minute: 50, paused: false });
  expect(changed.json.url).toBe(link.url);
  expect(await isOwn(open('b'))).toBe(true);

  expect((await change({ paused: true })).json).toMatchObject({ paused: true, max_images: 5 });
  expect(await isOwn(open('c'))).toBe(false);
  expect(source(await open('a'))).toBe('stored');
  await change({ paused: false, expires_at: new Date(Date.now() + 3_600_000).toISOString() });
  expect(await isOwn(open('c'))).toBe(true);
  expect((await change({ expires_at: null })).json.expires_at).toBeNull();

  const paths = async (body: object) => {
    const { status, json } = await change(body);
    return [status, json.errors?.map(({ path }: { path: string }) => path)];
  };
  expect(await paths({ max_images: 0 })).toEqual([422, ['max_images']]);
  expect(await paths({ paused: 'yes' })).toEqual([422, ['paused']]);
  expect((await paths({ template: 'note' }))[1]).toContain('template');
  expect(await paths({ expires_at: '2020-01-01T00:00:00Z' })).toEqual([422, ['expires_at']]);
  expect((await paths({}))[0]).toBe(422);
  expect((await change({ paused: true }, 'aaaaaaaaaaaaaaaa')).json.code).toBe('link_not_found');
  const without = await service.api(`/v1/links/${link.id}`, {
    ...{ method: 'PATCH', body: { paused: true }, key: null },
  });
  expect(without.status).toBe(401);
}, 120_000);
