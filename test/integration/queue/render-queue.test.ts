import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { AppError } from '../../../src/errors/app-error.js';
import type { ErrorCode } from '../../../src/errors/catalogue.js';
import type { ImageSpec } from '../../../src/images/image.js';
import { createPreviewer } from '../../../src/queue/previewer.js';
import { LINK_QUEUE } from '../../../src/queue/render-jobs.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { createRenderWorker } from '../../../src/queue/render-worker.js';
import type { RenderTask, RenderWorkerOptions } from '../../../src/queue/render-worker-options.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { bullQueue } from '../../support/bull-queue.js';
import { draftOf, imageIdOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

let server: RedisServer;
let admin: Redis;
let requests: Redis;
let work: Redis;
let queue: ReturnType<typeof createRenderQueue>;
let url: string;
const workers: ReturnType<typeof createRenderWorker>[] = [];

beforeAll(async () => {
  server = await startRedis();
  admin = server.connect();
  url = `unix://${server.socketPath}`;
  requests = connectForRequests(url);
  work = connectForWork(url);
  await until(() => requests.status === 'ready');
  queue = createRenderQueue(requests);
});
afterAll(async () => {
  await queue?.close();
  requests?.disconnect();
  work?.disconnect();
  await server?.stop();
});
beforeEach(() => admin.flushall());
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close(5_000, async () => undefined)));
});

const ticket = (n: number, generation = 1) => ({ imageId: imageIdOf(n), generation });
const bulk = (n: number) => queue.add({ ...ticket(n), priority: 'bulk' });

function startWorker(options: Partial<RenderWorkerOptions> = {}) {
  const worker = createRenderWorker({
    redis: work,
    concurrency: 1,
    bulkConcurrency: options.concurrency ?? 1,
    produce: async () => undefined,
    giveUp: async () => undefined,
    preview: async () => {
      throw new AppError('internal', { detail: 'No previews here.' });
    },
    measure: async () => [],
    probe: async () => ({ ok: true }),
    ...options,
  });
  workers.push(worker);
  return worker;
}

describe('the queue', () => {
  it('holds one job for an image and generation, however often it is added', async () => {
    await Promise.all(Array.from({ length: 50 }, () => bulk(1)));
    await queue.add({ ...ticket(1, 2), priority: 'bulk' });
    expect(await queue.waiting()).toBe(2);
  });

  it('hands out who is waited for first, then readers, publishes, bulk, each in its order', async () => {
    await bulk(1);
    await bulk(2);
    await queue.add({ ...ticket(3), priority: 'publish' });
    await queue.add({ ...ticket(4), priority: 'waiting' });
    await queue.add({ ...ticket(5), priority: 'waiting' });
    await queue.add({ ...ticket(6), priority: 'publish' });
    await queue.add({ ...ticket(7), priority: 'reader' });
    const order: string[] = [];
    startWorker({ produce: async ({ imageId }) => void order.push(imageId) });
    await until(() => order.length === 7);
    const isBulk = (id: string) => [1, 2].map(imageIdOf).includes(id);
    expect(order.filter((id) => !isBulk(id))).toEqual([4, 5, 7, 3, 6].map(imageIdOf));
    expect(order.filter(isBulk)).toEqual([1, 2].map(imageIdOf));
  });

  it('lets callers of one rank take turns: a burst of one keeps no other waiting', async () => {
    for (const n of [1, 2, 3, 4]) {
      await queue.add({ ...ticket(n), priority: 'waiting', caller: 'key:burst' });
    }
    await queue.add({ ...ticket(5), priority: 'waiting', caller: 'key:other' });
    await queue.add({ ...ticket(6), priority: 'publish', caller: 'source:blog' });
    await queue.add({ ...ticket(7), priority: 'waiting', caller: 'key:other' });
    const order: string[] = [];
    startWorker({ produce: async ({ imageId }) => void order.push(imageId) });
    await until(() => order.length === 7);
    expect(order).toEqual([1, 5, 2, 7, 3, 4, 6].map(imageIdOf));
  });

  it('lets readers of links wait for each other in turns, and for whoever has a key', async () => {
    const order: string[] = [];
    const finish = new Map<string, () => void>();
    for (const [n, turn] of [
      [1, 1],
      [2, 2],
      [3, 3],
      [4, 1],
    ] as const) {
      await queue.add({ ...ticket(n), priority: 'link', turn });
    }
    await bulk(8);
    startWorker({
      concurrency: 1,
      produce: ({ imageId, canWait }) =>
        new Promise<void>((resolve) => {
          order.push(imageId);
          expect(canWait).toBe(imageId !== imageIdOf(9));
          finish.set(imageId, resolve);
        }),
    });
    const end = async (n: number) => (await until(() => finish.get(imageIdOf(n))))();
    await until(() => order.length >= 1);
    // The hands of links are full, and yet:
    await queue.add({ ...ticket(9), priority: 'waiting' });
    await until(() => order.includes(imageIdOf(9)));
    for (const n of [9, 1, 4, 2, 3, 8]) await end(n);
    const ofLinks = order.filter((id) => [1, 2, 3, 4].map(imageIdOf).includes(id));
    expect(ofLinks).toEqual([1, 4, 2, 3].map(imageIdOf));
  });

  it('takes back a job that has not begun, and moves one forward that somebody else wants', async () => {
    await queue.add({ ...ticket(1), priority: 'link' });
    await queue.add({ ...ticket(2), priority: 'link' });
    expect(await queue.withdraw(ticket(1))).toBe(true);
    expect(await queue.withdraw(ticket(1))).toBe(false);
    await queue.add({ ...ticket(2), priority: 'bulk', joined: true });
    expect(await queue.bulkWaiting()).toBe(0);
    await queue.add({ ...ticket(2), priority: 'waiting', joined: true });
    await queue.add({ ...ticket(2), priority: 'link', joined: true });
    expect(await bullQueue(server, LINK_QUEUE).getJobCounts('prioritized')).toEqual({
      prioritized: 0,
    });
    await bulk(3);
    await queue.add({ ...ticket(3), priority: 'link', joined: true });
    expect(await queue.bulkWaiting()).toBe(0);
    expect(await queue.waiting()).toBe(2);
  });

  it('keeps hands free for who waits, however much bulk is under way, and lets no more begin', async () => {
    const begun: string[] = [];
    const finish = new Map<string, () => void>();
    startWorker({
      concurrency: 2,
      produce: ({ imageId }) =>
        new Promise<void>((resolve) => {
          begun.push(imageId);
          finish.set(imageId, resolve);
        }),
    });
    const end = async (n: number) => (await until(() => finish.get(imageIdOf(n))))();
    for (const n of [1, 2, 3]) await bulk(n);
    await until(() => begun.length === 2);
    // Both hands of bulk are full, and yet:
    await queue.add({ ...ticket(9), priority: 'waiting' });
    await until(() => begun.includes(imageIdOf(9)));
    await end(1);
    await until(async () => (await queue.state(ticket(1))) === 'absent');
    await until(async () => (await queue.bulkWaiting()) === 0);
    expect(begun).not.toContain(imageIdOf(3));
    await end(9);
    for (const n of [2, 3]) await end(n);
    await until(async () => (await queue.counts()).active === 0);
  });

  it('lets a job that waits overtake once somebody waits for it, and never sends it back', async () => {
    for (const n of [1, 2, 3]) await bulk(n);
    await queue.add({ ...ticket(2), priority: 'publish', joined: true });
    await queue.add({ ...ticket(4), priority: 'publish' });
    await queue.add({ ...ticket(4), priority: 'waiting', joined: true });
    await queue.add({ ...ticket(3), priority: 'waiting', joined: true });
    await queue.add({ ...ticket(3), priority: 'bulk', joined: true });
    expect(await queue.bulkWaiting()).toBe(1);
    expect(await queue.waiting()).toBe(4);
    const order: string[] = [];
    startWorker({ produce: async ({ imageId }) => void order.push(imageId) });
    await until(() => order.length === 4);
    expect(order.filter((id) => id !== imageIdOf(1))).toEqual([4, 3, 2].map(imageIdOf));
  });

  it('tells of a job that waits, is worked on, is done, was given up, was never there', async () => {
    await bulk(1);
    expect(await queue.state(ticket(1))).toBe('pending');
    expect(await queue.state(ticket(9))).toBe('absent');
    let end: ((error?: Error) => void) | undefined;
    startWorker({
      produce: () =>
        new Promise<void>((resolve, reject) => {
          end = (error) => (error ? reject(error) : resolve());
        }),
    });
    const begun = () => until(() => end);
    const endFirst = await begun();
    expect(await queue.state(ticket(1))).toBe('pending');
    end = undefined;
    endFirst();
    await until(async () => (await queue.state(ticket(1))) === 'absent');
    await bulk(2);
    (await begun())(new AppError('encode_failed', { detail: 'x' }));
    await until(async () => (await queue.state(ticket(2))) === 'failed');
  });

  it('drops a job that waits, leaves one that is worked on, and minds neither', async () => {
    await bulk(1);
    await queue.remove(ticket(1));
    await queue.remove(ticket(1));
    expect(await queue.waiting()).toBe(0);
    let finish: (() => void) | undefined;
    startWorker({
      produce: () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    });
    await bulk(2);
    const finishSecond = await until(() => finish);
    await queue.remove(ticket(2));
    expect((await queue.counts()).active).toBe(1);
    finishSecond();
    await until(async () => (await queue.counts()).active === 0);
  });

  it('says that Redis is away, at once, also when it never was there', async () => {
    const nowhere = connectForRequests('unix:///nonexistent/redis.sock');
    const away = createRenderQueue(nowhere);
    for (const call of [
      () => away.add({ ...ticket(1), priority: 'waiting' }),
      () => away.waiting(),
      () => away.state(ticket(1)),
      () => away.remove(ticket(1)),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'redis_unavailable' });
    }
    // Bounded as well, whichever way it ends.
    await Promise.allSettled([away.close()]);
    nowhere.disconnect();
  });
});

describe('a worker', () => {
  /** Runs job 1 with what `produce` throws; resolves with the attempts and what was given up. */
  async function run(thrown: (attempt: number) => Error | undefined) {
    const attempts: number[] = [];
    const givenUp: { task: Pick<RenderTask, 'imageId' | 'generation'>; error: unknown }[] = [];
    startWorker({
      async produce({ attempt }) {
        attempts.push(attempt);
        const error = thrown(attempt);
        if (error) throw error;
      },
      async giveUp({ imageId, generation }, error) {
        givenUp.push({ task: { imageId, generation }, error });
      },
    });
    await bulk(1);
    await until(async () => {
      const { waiting, delayed, active } = await queue.counts();
      return waiting + delayed + active === 0;
    }, 40_000);
    return { attempts, givenUp };
  }
  const error = (code: ErrorCode) => new AppError(code, { detail: `Because of ${code}.` });

  it('tries again what may go better the next time', async () => {
    const codes = [
      'render_timeout',
      'render_crashed',
      'stamp_mismatch',
      'browser_unavailable',
      'storage_unavailable',
      'redis_unavailable',
      'template_version_gone',
    ] as const;
    const attempts: Record<string, number[]> = {};
    const givenUp: string[] = [];
    for (const n of codes.keys()) await bulk(n);
    startWorker({
      concurrency: codes.length,
      async produce({ imageId, attempt }) {
        const code = codes.find((_, n) => imageIdOf(n) === imageId) ?? 'internal';
        attempts[code] = [...(attempts[code] ?? []), attempt];
        if (attempt === 1) throw error(code);
      },
      giveUp: async ({ imageId }) => void givenUp.push(imageId),
    });
    await until(() => Object.values(attempts).flat().length === 2 * codes.length, 20_000);
    expect(attempts).toEqual(Object.fromEntries(codes.map((code) => [code, [1, 2]])));
    expect(givenUp).toEqual([]);
  });

  it.each(['encode_failed', 'template_invalid', 'cancelled'] as const)(
    'gives up on %s at once',
    async (code) => {
      const thrown = error(code);
      const { attempts, givenUp } = await run(() => thrown);
      expect(attempts).toEqual([1]);
      expect(givenUp).toEqual([{ task: ticket(1), error: thrown }]);
    },
  );

  it('gives up after the fifth attempt, with the last reason', async () => {
    const { attempts, givenUp } = await run((attempt) =>
      error(attempt < 5 ? 'render_crashed' : 'render_timeout'),
    );
    expect(attempts).toEqual([1, 2, 3, 4, 5]);
    expect(givenUp).toMatchObject([{ task: ticket(1), error: { code: 'render_timeout' } }]);
    expect(await queue.state(ticket(1))).toBe('failed');
  });

  it('tries again what was no error of ours', async () => {
    const { attempts } = await run((attempt) => (attempt === 1 ? new TypeError('x') : undefined));
    expect(attempts).toEqual([1, 2]);
  });

  it('keeps trying to say that it gave up, when it cannot at first', async () => {
    let told = 0;
    startWorker({
      async produce() {
        throw error('encode_failed');
      },
      async giveUp() {
        told += 1;
        if (told === 1) throw error('redis_unavailable');
      },
    });
    await bulk(1);
    await until(() => told >= 2, 20_000);
    await until(async () => (await queue.state(ticket(1))) === 'failed', 20_000);
  });

  it('waits for the job in hand when it is closed, and takes no other', async () => {
    const begun: string[] = [];
    let finish: () => void = () => undefined;
    const worker = startWorker({
      produce: ({ imageId }) =>
        new Promise<void>((resolve) => {
          begun.push(imageId);
          finish = resolve;
        }),
    });
    await bulk(1);
    await bulk(2);
    await until(() => begun.length === 1);
    let brokenOff = false;
    const closed = worker.close(30_000, async () => {
      brokenOff = true;
    });
    finish();
    await closed;
    expect([begun, brokenOff]).toEqual([[imageIdOf(1)], false]);
    expect(await queue.waiting()).toBe(1);
    expect(await queue.state(ticket(1))).toBe('absent');
  });

  it('breaks off what takes too long to close, and the job goes back to the queue', async () => {
    let breakOff: (error: Error) => void = () => undefined;
    let begun = false;
    const worker = startWorker({
      produce: () =>
        new Promise<void>((_, reject) => {
          begun = true;
          breakOff = reject;
        }),
    });
    await bulk(1);
    await until(() => begun);
    await worker.close(50, async () => breakOff(error('render_crashed')));
    expect(await queue.waiting()).toBe(1);
    const done: number[] = [];
    startWorker({ produce: async ({ attempt }) => void done.push(attempt) });
    await until(() => done.length === 1, 20_000);
    // Which was not its fault, and cost it no attempt.
    expect(done).toEqual([1]);
  });

  it('gives up no job because its worker was broken off, though it was the last attempt', async () => {
    let attempts = 0;
    let breakOff: (error: Error) => void = () => undefined;
    let isHeld = false;
    const givenUp: string[] = [];
    const worker = startWorker({
      produce: ({ attempt }) =>
        new Promise<void>((_, reject) => {
          attempts = attempt;
          if (attempt < 5) {
            reject(error('render_timeout'));
            return;
          }
          isHeld = true;
          breakOff = reject;
        }),
      giveUp: async ({ imageId }) => void givenUp.push(imageId),
    });
    await bulk(1);
    await until(() => isHeld, 30_000);
    await worker.close(50, async () => breakOff(error('render_crashed')));
    expect([attempts, givenUp]).toEqual([5, []]);
    const done: number[] = [];
    startWorker({ produce: async ({ attempt }) => void done.push(attempt) });
    await until(() => done.length === 1, 20_000);
    expect(done).toEqual([5]);
  });
});

describe('a preview over the queue', () => {
  const { spec } = draftOf(1);
  const previewer = () => createPreviewer(queue.requests, () => connectForWork(url));
  const picture = {
    body: Buffer.from([0, 1, 2, 255, 254, 10, 13]),
    contentType: 'image/png',
    widthPx: 12,
    heightPx: 6,
    warnings: [{ code: 'text_shortened' as const, message: 'Ürgs 🎉' }],
  };

  it('brings the picture, its facts and its warnings, byte for byte, and leaves nothing', async () => {
    const specs: ImageSpec[] = [];
    startWorker({
      async preview(asked) {
        specs.push(asked);
        return picture;
      },
    });
    expect(await previewer().preview(spec, 20_000)).toEqual(picture);
    expect(specs).toEqual([spec]);
    await until(async () => (await queue.counts()).active === 0);
    const left = (await admin.keys('cp:*')).filter((key) => !key.startsWith('cp:worker:'));
    expect(left.concat(await admin.keys('*preview*'))).toEqual([]);
  });

  it('keeps a hundred askers apart', async () => {
    startWorker({
      concurrency: 8,
      preview: async (asked) => ({ ...picture, widthPx: asked.size.widthPx }),
    });
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        previewer().preview({ ...spec, size: { ...spec.size, widthPx: i } }, 30_000),
      ),
    );
    expect(answers.map(({ widthPx }) => widthPx)).toEqual(Array.from({ length: 100 }, (_, i) => i));
  });

  it('tells its asker why it failed, after one more try where that may help', async () => {
    let tries = 0;
    startWorker({
      async preview() {
        tries += 1;
        throw new AppError(tries <= 2 ? 'render_timeout' : 'encode_failed', {
          detail: 'So it was.',
        });
      },
    });
    await expect(previewer().preview(spec, 20_000)).rejects.toMatchObject({
      code: 'render_timeout',
      detail: 'So it was.',
    });
    expect(tries).toBe(2);
    await expect(previewer().preview(spec, 20_000)).rejects.toMatchObject({
      code: 'encode_failed',
    });
    expect(tries).toBe(3);
  });

  it('ends in time where no worker is, and takes its job back', async () => {
    await expect(previewer().preview(spec, 100)).rejects.toMatchObject({ code: 'preview_timeout' });
    expect(await queue.waiting()).toBe(0);
  });

  it('goes before every image that waits', async () => {
    for (const n of [1, 2, 3]) await bulk(n);
    const asked = previewer().preview(spec, 20_000);
    await until(async () => (await queue.waiting()) === 4);
    const order: string[] = [];
    startWorker({
      produce: async ({ imageId }) => void order.push(imageId),
      preview: async () => {
        order.push('preview');
        return picture;
      },
    });
    await asked;
    // With bulk's own first job at the most before it.
    expect(order.indexOf('preview')).toBeLessThanOrEqual(1);
  });
});

describe('Redis', () => {
  it('has every waiting job after it was killed and started again, in the same order', async () => {
    for (let n = 0; n < 50; n += 1) await bulk(n);
    await queue.add({ ...ticket(40), priority: 'waiting', joined: true });
    await server.kill9();
    await server.restart();
    await until(
      () =>
        queue.waiting().then(
          (n) => n === 50,
          () => false,
        ),
      20_000,
    );
    const order: string[] = [];
    startWorker({ produce: async ({ imageId }) => void order.push(imageId) });
    await until(() => order.length === 50, 20_000);
    const others = Array.from({ length: 50 }, (_, n) => n).filter((n) => n !== 40);
    expect(order.filter((id) => id !== imageIdOf(40))).toEqual(others.map(imageIdOf));
    expect(new Set(order).size).toBe(50);
  });
});
