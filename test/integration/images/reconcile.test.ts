import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { AppError } from '../../../src/errors/app-error.js';
import type { ImageRecords } from '../../../src/images/ports.js';
import { createProduce } from '../../../src/images/produce.js';
import { reconcile } from '../../../src/images/reconcile.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { createRenderWorker } from '../../../src/queue/render-worker.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { createFileStore } from '../../../src/storage/file-store.js';
import { draftOf, imageIdOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

/* Records, queue and storage are real; only the drawing is not: it fails or works as a test says. */

let server: RedisServer;
let admin: Redis;
let requests: Redis;
let work: Redis;
let records: ImageRecords;
let queue: ReturnType<typeof createRenderQueue>;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let produce: ReturnType<typeof createProduce>;
let draw: () => Promise<void>;
let stop: (() => Promise<void>) | undefined;

beforeAll(async () => {
  server = await startRedis();
  folder = await temporaryDirectory();
  const url = `unix://${server.socketPath}`;
  admin = server.connect();
  requests = connectForRequests(url);
  work = connectForWork(url);
  await until(() => requests.status === 'ready');
  records = createImageRecords(requests, server.connect());
  queue = createRenderQueue(requests);
  const store = await createFileStore({ directory: folder.path, publicUrl: 'http://x.test' });
  produce = createProduce({
    records,
    store,
    async draw() {
      await draw();
      const body = Buffer.from('a picture');
      const encoded = { body, contentType: 'image/png', widthPx: 2, heightPx: 1, warnings: [] };
      return { encoded, warnings: [], timings: { assets: 0, compile: 0, render: 0, encode: 0 } };
    },
  });
});
afterAll(async () => {
  await queue?.close();
  requests?.disconnect();
  work?.disconnect();
  await server?.stop();
  await folder?.remove();
});
beforeEach(async () => {
  await admin.flushall();
  draw = async () => undefined;
});
afterEach(async () => {
  await stop?.();
  stop = undefined;
});

function startWorker(): void {
  const worker = createRenderWorker({
    redis: work,
    concurrency: 2,
    bulkConcurrency: 2,
    produce: produce.produce,
    giveUp: produce.giveUp,
    preview: produce.preview,
    measure: async () => [],
    probe: async () => ({ ok: true }),
  });
  stop = () => worker.close(5_000, async () => undefined);
}

const mend = (minAgeMs = -1_000) => reconcile({ records, queue, giveUp: produce.giveUp }, minAgeMs);
const claim = (n: number) => records.claim(draftOf(n), { refresh: false });
const ticket = (n: number) => ({ imageId: imageIdOf(n), generation: 1, priority: 'bulk' as const });

describe('reconcile', () => {
  it('queues an image whose asker died between record and queue, and it is drawn', async () => {
    const { record } = await claim(1);
    startWorker();
    expect(await mend()).toBe(1);
    expect(await records.waitForSettled(record.id, 1, 20_000)).toMatchObject({
      status: 'completed',
      bytes: 9,
    });
    expect(await mend()).toBe(0);
  });

  it('leaves alone what waits, and what was asked for a moment ago', async () => {
    await claim(1);
    await queue.add(ticket(1));
    await records.claim(draftOf(2, { createdAt: new Date().toISOString() }), { refresh: false });
    expect(await mend(15_000)).toBe(0);
    expect(await queue.waiting()).toBe(1);
  });

  it('records as failed what the queue gave up without a word', async () => {
    await claim(1);
    await queue.add(ticket(1));
    // As when the workers die with the job until the queue has enough of it.
    const worker = createRenderWorker({
      redis: work,
      concurrency: 1,
      bulkConcurrency: 1,
      produce: async () => {
        throw new AppError('encode_failed', { detail: 'x' });
      },
      giveUp: async () => undefined,
      preview: produce.preview,
      measure: async () => [],
      probe: async () => ({ ok: true }),
    });
    await until(async () => (await queue.state(ticket(1))) === 'failed');
    await worker.close(5_000, async () => undefined);
    expect((await records.get(imageIdOf(1)))?.status).toBe('queued');
    expect(await mend()).toBe(1);
    expect(await records.get(imageIdOf(1))).toMatchObject({
      status: 'failed',
      error: { code: 'render_crashed' },
    });
    // Asked for again, it starts anew.
    const again = await claim(1);
    expect([again.kind, again.record.generation]).toEqual(['opened', 2]);
  });

  it('mends a thousand in a few rounds', async () => {
    await Promise.all(Array.from({ length: 600 }, (_, n) => claim(n)));
    expect(await mend()).toBe(500);
    startWorker();
    // The last ones are no longer waiting while they are being drawn.
    await until(async () => (await records.unsettled(-1_000, 600)).length === 100, 90_000);
    expect(await mend()).toBe(100);
  }, 120_000);
});

describe('produce', () => {
  it('does its work once, however often its job runs', async () => {
    const { record } = await claim(1);
    let drawn = 0;
    draw = async () => {
      drawn += 1;
    };
    const task = { imageId: record.id, generation: 1, attempt: 1 };
    await produce.produce(task);
    await produce.produce({ ...task, attempt: 2 });
    expect(drawn).toBe(1);
    await produce.giveUp(task, new Error('late'));
    expect((await records.get(record.id))?.status).toBe('completed');
    expect((await records.trace(record.id)).map(({ event }) => event)).toEqual([
      'started',
      'completed',
    ]);
  });

  it('leaves no object of an image that was deleted while it was drawn', async () => {
    const { record } = await claim(1);
    draw = async () => void (await records.delete(record.id));
    await produce.produce({ imageId: record.id, generation: 1, attempt: 1 });
    const store = await createFileStore({ directory: folder.path, publicUrl: 'http://x.test' });
    expect(await store.head(record.key)).toBeUndefined();
    expect(await admin.keys('cp:*')).toEqual(['cp:imgs:deleted']);
  });

  it('writes the final state of a job that was given up, with its reason, and its way there', async () => {
    const { record } = await claim(1);
    await queue.add(ticket(1));
    draw = async () => {
      throw new AppError('encode_failed', { detail: 'It cannot be saved.' });
    };
    startWorker();
    const settled = await records.waitForSettled(record.id, 1, 20_000);
    expect(settled).toMatchObject({
      status: 'failed',
      error: { code: 'encode_failed', message: 'It cannot be saved.' },
    });
    await until(async () => (await records.trace(record.id)).length === 3);
    expect((await records.trace(record.id)).map(({ event, code }) => [event, code])).toEqual([
      ['started', undefined],
      ['attempt_failed', 'encode_failed'],
      ['failed', 'encode_failed'],
    ]);
  });
});
