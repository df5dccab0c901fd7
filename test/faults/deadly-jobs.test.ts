import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ImageSpec } from '../../src/images/image.js';
import type { ImageRecords } from '../../src/images/ports.js';
import { createMeasurer } from '../../src/queue/measurer.js';
import { createPreviewer } from '../../src/queue/previewer.js';
import { createProber } from '../../src/queue/prober.js';
import { createRenderQueue } from '../../src/queue/render-queue.js';
import { createImageRecords } from '../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../src/records/redis-connections.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { draftOf, imageIdOf } from '../support/image-record.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { temporaryDirectory } from '../support/templates/template-files.js';
import { until } from '../support/until.js';
import { type Crew, type CrewOptions, startCrew } from '../support/worker-crew.js';

/*
 * Jobs that end the process that works on them, as one does that takes all memory: the processes are
 * real and die by SIGKILL, with innocent jobs in hand.
 */

const INNOCENTS = faultCount(200, 24);
const ASK_TIMEOUT_MS = 60_000;

let server: RedisServer;
let url: string;
let admin: Redis;
let requests: Redis;
let records: ImageRecords;
let queue: ReturnType<typeof createRenderQueue>;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let crew: Crew;

beforeAll(async () => {
  server = await startRedis();
  url = `unix://${server.socketPath}`;
  folder = await temporaryDirectory();
  admin = server.connect();
  requests = connectForRequests(url);
  await until(() => requests.status === 'ready');
  records = createImageRecords(requests, server.connect());
  queue = createRenderQueue(requests);
});
afterAll(async () => {
  await queue?.close();
  requests?.disconnect();
  await server?.stop();
  await folder?.remove();
});
beforeEach(() => admin.flushall());
afterEach(() => crew?.stop());

function startWorkers(options: Partial<CrewOptions> = {}): void {
  crew = startCrew({
    size: options.size ?? 1,
    env: { REDIS_URL: url, DIRECTORY: folder.path, ...options.env },
  });
}

async function restartRedis(): Promise<void> {
  await server.restart();
  await until(() => requests.status === 'ready', 10_000);
}

const specOf = (title: string): ImageSpec => ({ ...draftOf(0).spec, fields: { title } });

async function ask(n: number, title: string, priority: 'bulk' | 'waiting' = 'waiting') {
  const { record } = await records.claim(draftOf(n, { spec: specOf(title) }), { refresh: false });
  await queue.add({ imageId: record.id, generation: record.generation, priority });
  return record;
}

async function endOf({ id, generation }: { id: string; generation: number }) {
  const settled = await records.waitForSettled(id, generation, FAULT_TIMEOUT_MS);
  if (!settled) throw new Error(`${id} was not settled; the workers said:\n${crew.output()}`);
  return settled;
}

/** Half of them of bulk, the deadly one in their midst. */
async function askForAll(deadly: number[]) {
  const all: Awaited<ReturnType<typeof ask>>[] = [];
  for (let n = 0; n < INNOCENTS; n += 1) {
    const title = deadly.includes(n) ? 'deadly' : 'innocent';
    all.push(await ask(n, title, n % 2 === 0 ? 'bulk' : 'waiting'));
  }
  return all;
}

async function expectOnlyFailed(all: Awaited<ReturnType<typeof ask>>[], deadly: number[]) {
  const ended = await Promise.all(all.map(endOf));
  const failed = ended.filter(({ status }) => status === 'failed').map(({ id }) => id);
  expect(failed.sort()).toEqual(deadly.map(imageIdOf).sort());
  expect(ended.every(({ status }) => status === 'failed' || status === 'completed')).toBe(true);
  for (const { error } of ended.filter(({ status }) => status === 'failed')) {
    expect(error?.code).toBe('render_crashed');
    expect(error?.message).toMatch(/ended 3 times .* nothing else.* Use smaller/);
  }
}

describe('a job that ends its process', () => {
  it.each([
    ['with one worker', 1],
    ['with two workers', 2],
  ])(
    `fails after three deaths, and everything else is made (%s)`,
    async (_name, size) => {
      const all = await askForAll([5]);
      startWorkers({ size });
      await expectOnlyFailed(all, [5]);
      expect(crew.deaths).toBe(3);

      // Asked for again, it does not begin anew.
      const again = await ask(5, 'deadly');
      expect(again.generation).toBe(2);
      expect(await endOf(again)).toMatchObject({
        status: 'failed',
        error: { code: 'render_crashed' },
      });
      expect(crew.deaths).toBe(3);
      // What ended well has left nothing.
      const noted = await admin.keys('cp:deaths:*');
      expect(noted).toEqual([`cp:deaths:${imageIdOf(5)}`]);
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'is told from others that are as bad, each by deaths of its own',
    async () => {
      const all = await askForAll([4, 6]);
      startWorkers();
      await expectOnlyFailed(all, [4, 6]);
      // The first two they may share; the last is of each alone.
      expect(crew.deaths).toBeLessThanOrEqual(6);
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'is remembered over kills of everything, Redis among it',
    async () => {
      const all = await askForAll([7]);
      startWorkers();
      for (const deaths of [1, 2]) {
        await until(() => crew.deaths >= deaths, FAULT_TIMEOUT_MS);
        await Promise.all([crew.signal('SIGKILL'), server.kill9()]);
        await restartRedis();
      }
      await expectOnlyFailed(all, [7]);
      // Three of its own at most, and those two.
      expect(crew.deaths).toBeLessThanOrEqual(5);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('an innocent job', () => {
  it(
    'is given back by workers that end in order, and loses its lock to an outage, without blame',
    async () => {
      startWorkers({ env: { HOLD_MS: '4000' } });
      const one = await ask(1, 'innocent');
      const isActive = async () => (await records.get(one.id))?.status === 'active';
      await until(isActive, 30_000);
      await server.kill9();
      // Until its lock has run out.
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await restartRedis();
      expect(await endOf(one)).toMatchObject({ status: 'completed' });
      const two = await ask(2, 'innocent');
      await until(async () => (await records.get(two.id))?.status === 'active', 30_000);
      await crew.signal('SIGTERM');
      expect(await endOf(two)).toMatchObject({ status: 'completed' });
      expect(crew.deaths).toBe(0);
      await until(async () => (await admin.keys('cp:deaths:*')).length === 0);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('a question that ends the process of whoever answers it', () => {
  it(
    'is answered with the reason, whatever was asked',
    async () => {
      startWorkers();
      const connect = () => connectForWork(url);
      const timeoutMs = ASK_TIMEOUT_MS;
      const innocent = await ask(1, 'innocent');
      const questions = [
        () => createPreviewer(queue.requests, connect).preview(specOf('deadly'), timeoutMs),
        () =>
          createMeasurer(queue.bulkRequests, connect, { timeoutMs }).measure([specOf('deadly')]),
        () => createProber(queue.bulkRequests, connect, { timeoutMs }).probe(['deadly']),
      ];
      for (const [i, question] of questions.entries()) {
        await expect(question()).rejects.toMatchObject({ code: 'render_crashed' });
        expect(crew.deaths).toBe(3 * (i + 1));
      }
      expect(await endOf(innocent)).toMatchObject({ status: 'completed' });
    },
    FAULT_TIMEOUT_MS,
  );
});
