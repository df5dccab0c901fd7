import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { RenderJobData } from '../../../src/queue/render-jobs.js';
import { RENDER_QUEUE } from '../../../src/queue/render-jobs.js';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { bullQueue } from '../../support/bull-queue.js';
import { startService, type TestService } from '../../support/service.js';
import { startTrickleServer, type TrickleServer } from '../../support/trickle-server.js';
import { until } from '../../support/until.js';

/*
 * One caller whose pictures take long, and another who wants a card: over real HTTP, queue, worker and
 * browser. What the other is promised is twice the time that his card takes while nobody else asks.
 */

const TIMEOUT_MS = 120_000;
/** What a machine that runs other tests as well may add to twice the idle time. */
const NOISE_MS = 2_500;

let service: TestService;
let small: AssetServer;
let large: AssetServer;
let slow: TrickleServer;
let hostile: string;
let honest: string;

beforeAll(async () => {
  const flat = (side: number) =>
    sharp({ create: { width: side, height: side, channels: 3, background: '#369' } })
      .png()
      .toBuffer();
  small = await startAssetServer(await flat(60));
  // A good part of a second of a core, within every limit.
  large = await startAssetServer(await flat(5_000));
  slow = await startTrickleServer();
  service = await startService({
    env: { EGRESS_ALLOW: [small.allow, large.allow, slow.allow].join(',') },
  });
  [hostile, honest] = await Promise.all([newKey(), newKey()]);
  // The first drawings are slower: pages and fonts are loaded.
  await Promise.all([timeOf(honest, logo(small)), timeOf(honest)]);
}, TIMEOUT_MS);
afterAll(async () => {
  await Promise.all([slow?.close(), small?.close(), large?.close()]);
  await service?.stop();
});
afterEach(async () => {
  slow.end();
  await service.idle();
  slow.again();
}, TIMEOUT_MS);

async function newKey(): Promise<string> {
  const { json } = await service.api('/v1/keys', { body: { name: 'one of two' } });
  return json.key as string;
}

const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` }, key: null });
const logo = ({ url }: { url(path: string): string }) => ({ logo: url(`/${randomUUID()}.png`) });
const dataOf = (fields: Record<string, string> = {}) => ({ title: randomUUID(), ...fields });

async function ask(key: string, fields: Record<string, string>, wait: number) {
  const body = { template: 'note', data: dataOf(fields), wait };
  return service.api('/v1/images', { ...bearer(key), body });
}

/** Of one card, which has to be whole. */
async function timeOf(key: string, fields: Record<string, string> = {}): Promise<number> {
  const startedAt = performance.now();
  const { status, json } = await ask(key, fields, 30);
  const codes = (json.warnings as { code: string }[]).map(({ code }) => code);
  const expected = fields.logo ? [] : ['missing_used_fallback'];
  expect([status, json.status, codes]).toEqual([201, 'completed', expected]);
  return performance.now() - startedAt;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

/** Median times of the two kinds of card, one after the other. */
async function times(key: string): Promise<{ plain: number; pictured: number }> {
  const plain: number[] = [];
  const pictured: number[] = [];
  for (let n = 0; n < 3; n += 1) {
    pictured.push(await timeOf(key, logo(small)));
    plain.push(await timeOf(key));
  }
  return { plain: median(plain), pictured: median(pictured) };
}

async function expectServed(key: string, idle: Awaited<ReturnType<typeof times>>) {
  const [pictured, plain] = await Promise.all([timeOf(key, logo(small)), timeOf(key)]);
  expect(pictured).toBeLessThan(2 * idle.pictured + NOISE_MS);
  expect(plain).toBeLessThan(2 * idle.plain + NOISE_MS);
}

async function askForMany(count: number, source: { url(path: string): string }) {
  const asked = Array.from({ length: count }, () => ask(hostile, logo(source), 0));
  return (await Promise.all(asked)).map(({ json }) => json.id as string);
}

async function expectAllMade(ids: string[]): Promise<void> {
  slow.end();
  await service.idle();
  const records = await service.records.getMany(ids);
  expect(records.map((record) => record?.status)).toEqual(ids.map(() => 'completed'));
}

it.each([8, 60])(
  'serves a caller while %d cards of another wait for slow hosts',
  async (count) => {
    const idle = await times(honest);
    const before = slow.requests;
    const ids = await askForMany(count, slow);
    await until(() => slow.requests - before >= Math.min(count, 8), 20_000);
    await expectServed(honest, idle);
    // Nor does it need another key: what is quick does not wait for what is slow.
    if (count === 8) await expectServed(hostile, idle);
    await expectAllMade(ids);
  },
  TIMEOUT_MS,
);

it(
  'serves a caller while pictures of another take long to read',
  async () => {
    const ids = await askForMany(24, large);
    await until(() => large.requests > 0, 20_000);
    const { json } = await ask(honest, logo(small), 30);
    await expectAllMade(ids);
    expect(json).toMatchObject({ status: 'completed', warnings: [] });
    // All of them came before. Each takes a core for a while, so that the order tells, and no clock.
    const own = await service.records.get(json.id);
    const records = await service.records.getMany(ids);
    const earlier = records.filter((one) => (one?.completedAt ?? '') < (own?.completedAt ?? ''));
    expect(earlier.length).toBeLessThan(ids.length / 2);
  },
  TIMEOUT_MS,
);

it(
  'goes on with the list of one caller while that of another waits for slow hosts',
  async () => {
    const startBatch = async (key: string, fields: () => Record<string, string>, rows: number) => {
      const items = Array.from({ length: rows }, () => ({ data: dataOf(fields()) }));
      const { status, json } = await service.api('/v1/batches', {
        ...bearer(key),
        body: { template: 'note', items },
      });
      expect(status).toBe(202);
      return json.id as string;
    };
    const isOver = async (id: string) => {
      const { json } = await service.api(`/v1/batches/${id}`);
      return /completed|partial|failed/.test(json.status);
    };
    const before = slow.requests;
    // More than the queue takes of lists at once.
    const blocked = await startBatch(hostile, () => logo(slow), 90);
    await until(() => slow.requests - before >= 6, 20_000);
    const quick = await startBatch(honest, () => logo(small), 10);
    // Behind 64 rows of five seconds each it would take more than this, on any machine.
    await until(() => isOver(quick), 60_000);
    expect(await isOver(blocked)).toBe(false);
    await service.api(`/v1/batches/${blocked}/cancel`, { method: 'POST' });
  },
  TIMEOUT_MS,
);

it(
  'tells who asks with each job, and draws without knowing as well',
  async () => {
    await service.stopWorker();
    const { json } = await ask(honest, {}, 0);
    const [job] = await bullQueue(service.redis, RENDER_QUEUE).getJobs(['prioritized']);
    expect(job?.data).toMatchObject({
      imageId: json.id,
      caller: expect.stringMatching(/^key:key_/),
    });
    // As it was queued by an earlier version.
    if (!job) throw new Error('nothing was queued');
    const { imageId, generation } = job.data as RenderJobData;
    await job?.updateData({ kind: 'render', imageId, generation } as never);
    await service.startWorker();
    await expectAllMade([json.id]);
  },
  TIMEOUT_MS,
);
