import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnrecoverableError, Worker } from 'bullmq';
import { reconcile } from '../../../src/images/reconcile.js';
import { BULK_QUEUE, RENDER_QUEUE, renderJobId } from '../../../src/queue/render-jobs.js';
import { connectForWork } from '../../../src/records/redis-connections.js';
import { bullQueue } from '../../support/bull-queue.js';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

/** What the pages of Bull Board do, by the API that they call themselves. */

const QUEUES = [RENDER_QUEUE, BULK_QUEUE, 'renders-links', 'renders-alone', 'deliveries'];

let service: TestService;
afterAll(() => service?.stop());

const board = (method: string, path: string, body?: object) =>
  service.api(`/admin/queues/api${path}`, {
    ...{ method, key: null },
    headers: { authorization: `Basic ${Buffer.from(`any:${service.key}`).toString('base64')}` },
    ...(body ? { body } : {}),
  });

async function queued(text: string) {
  const body = { template: 'colour-code', data: colourFields(text), wait: 0 };
  const { status, json } = await service.api('/v1/images', { body });
  expect(status).toBe(202);
  return json as { id: string; url: string };
}
const imageOf = async (id: string) => (await service.api(`/v1/images/${id}`)).json;
const jobOf = (id: string, generation = 1) =>
  bullQueue(service.redis, RENDER_QUEUE).getJob(renderJobId(id, generation));
/** The tests play with jobs, so no worker takes them before its time. */
async function failJob(id: string): Promise<void> {
  const connection = connectForWork(service.redisUrl);
  const worker = new Worker(
    RENDER_QUEUE,
    async () => {
      throw new UnrecoverableError('render_crashed');
    },
    { connection },
  );
  await until(async () => (await jobOf(id))?.isFailed());
  await worker.close();
  connection.disconnect();
}
async function failRecord(id: string): Promise<void> {
  const error = { code: 'render_crashed', message: 'It died.' } as const;
  const event = { at: new Date().toISOString(), event: 'failed', generation: 1, attempt: 1 };
  await service.records.fail(id, 1, error, event);
  expect((await imageOf(id)).status).toBe('failed');
}
async function expectDrawn({ id, url }: { id: string; url: string }, text: string) {
  await until(async () => (await imageOf(id)).status === 'completed', 60_000);
  expect(await shownColours((await service.api(url)).bytes)).toEqual(coloursOf(text));
}

describe('the queue board as it is', () => {
  beforeAll(async () => {
    service = await startService({ worker: false });
  });

  it('shows every queue, and changes none', async () => {
    const { id } = await queued('read only');
    const { json } = await board('GET', '/queues?activeQueue=renders&status=prioritized');
    expect(json.queues.map(({ name }: { name: string }) => name).sort()).toEqual(QUEUES.sort());
    for (const one of json.queues) {
      expect(one).toMatchObject({ readOnlyMode: true, allowRetries: false });
    }
    const job = renderJobId(id, 1);
    for (const [method, path, body] of [
      ['PUT', `/${job}/retry`],
      ['PUT', `/${job}/clean`],
      ['PUT', `/${job}/promote`],
      ['PATCH', `/${job}/update-data`, { jobData: { kind: 'render', imageId: 'x' } }],
      ['PATCH', `/${job}/priority`, { priority: 9 }],
      ['PATCH', `/${job}/delay`, { delay: 9 }],
      ['PUT', '/retry/failed'],
      ['PUT', '/clean/prioritized'],
      ['PUT', '/clean/wait'],
      ['PUT', '/promote'],
      ['PUT', '/pause'],
      ['PUT', '/empty'],
      ['PUT', '/obliterate', { force: true }],
      ['PUT', '/concurrency', { concurrency: 1 }],
      ['PUT', '/rate-limit', { max: 1, duration: 1000 }],
      ['POST', '/add', { name: 'render', data: {}, options: {} }],
    ] as const) {
      const { status } = await board(method, `/queues/renders${path}`, body ?? {});
      expect([method, path, [400, 404, 405].includes(status)]).toEqual([method, path, true]);
    }
    await board('PUT', '/queues/pause');
    expect(await bullQueue(service.redis, RENDER_QUEUE).isPaused()).toBe(false);
    expect(await (await jobOf(id))?.getState()).toBe('prioritized');
    expect(await service.queue.waiting()).toBe(1);
    await service.stop();
  });
});

describe('the queue board with QUEUE_BOARD=full', () => {
  beforeAll(async () => {
    service = await startService({ worker: false, env: { QUEUE_BOARD: 'full' } });
  });

  it('draws what it retries, though the record had been given up', async () => {
    const image = await queued('given up');
    await failJob(image.id);
    await failRecord(image.id);
    const { status } = await board('PUT', `/queues/renders/${renderJobId(image.id, 1)}/retry`);
    expect(status).toBe(204);
    expect(await imageOf(image.id)).toMatchObject({ status: 'queued' });
    expect((await imageOf(image.id)).error).toBeUndefined();
    expect(await jobOf(image.id, 1)).toBeUndefined();
    expect(await jobOf(image.id, 2)).toBeDefined();
    await service.startWorker();
    await expectDrawn(image, 'given up');
    await service.stopWorker();
  }, 90_000);

  it('runs the job itself where its record still waits for it', async () => {
    const image = await queued('still open');
    await failJob(image.id);
    const { status } = await board('PUT', `/queues/renders/${renderJobId(image.id, 1)}/retry`);
    expect(status).toBe(204);
    expect(await jobOf(image.id, 2)).toBeUndefined();
    await service.startWorker();
    await expectDrawn(image, 'still open');
    await service.stopWorker();
  }, 90_000);

  it('draws all that failed at once, once each', async () => {
    const texts = ['one of all', 'two of all', 'three of all'];
    const images = await Promise.all(texts.map(queued));
    for (const { id } of images) await failJob(id);
    for (const { id } of images) await failRecord(id);
    const { status, json } = await board('PUT', '/queues/renders/retry/failed');
    expect([status, json]).toEqual([200, { retried: 3, skipped: 0 }]);
    await service.startWorker();
    for (const [i, image] of images.entries()) await expectDrawn(image, texts[i] ?? '');
    expect((await service.queue.counts()).failed).toBe(0);
    await service.stopWorker();
  }, 90_000);

  it('says so where there is nothing to be drawn any more', async () => {
    const image = await queued('deleted since');
    await failJob(image.id);
    await failRecord(image.id);
    const job = await jobOf(image.id);
    await service.records.delete(image.id);
    expect(job).toBeDefined();
    const { status, json } = await board('PUT', `/queues/renders/${job?.id}/retry`);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(json.message).toContain('image_not_found');
    expect(await (await jobOf(image.id))?.getState()).toBe('failed');
    await job?.remove();
  });

  it.each(['clean', 'empty'])(
    'loses nothing that was accepted by %s',
    async (how) => {
      const image = await queued(`taken out by ${how}`);
      const path = how === 'empty' ? '/empty' : `/${renderJobId(image.id, 1)}/clean`;
      const { status } = await board('PUT', `/queues/renders${path}`, {});
      expect([200, 204]).toContain(status);
      expect(await jobOf(image.id)).toBeUndefined();
      // As a worker does every few seconds.
      const { records, queue } = service;
      expect(await reconcile({ records, queue, giveUp: async () => undefined }, 0)).toBe(1);
      await service.startWorker();
      await expectDrawn(image, `taken out by ${how}`);
      await service.stopWorker();
    },
    90_000,
  );
});
