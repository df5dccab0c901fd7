import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ImageRecords, RenderQueue } from '../../../src/images/ports.js';
import { createWithdrawImage, type Waiters } from '../../../src/images/withdraw-image.js';
import { LINK_QUEUE } from '../../../src/queue/render-jobs.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { createRenderWorker } from '../../../src/queue/render-worker.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { createWaiterRecords } from '../../../src/records/waiter-records.js';
import { bullQueue } from '../../support/bull-queue.js';
import { draftOf, imageIdOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

/*
 * The last reader of a picture goes while somebody else asks for it. Records and queue are real; the
 * other comes in front of each step of the going, and nothing may be lost or drawn for nobody.
 */

type Step = 'begin' | 'withdrawImage' | 'dequeue' | 'forget' | 'after';

let server: RedisServer;
let admin: Redis;
let requests: Redis;
let work: Redis;
let queue: ReturnType<typeof createRenderQueue>;
let records: ImageRecords;
let waiters: Waiters;
let withdrawImage: ReturnType<typeof createWithdrawImage>;
let before: Partial<Record<Step, () => Promise<unknown>>>;
let worker: ReturnType<typeof createRenderWorker> | undefined;
let drawn: string[];

async function reach(step: Step): Promise<void> {
  const first = before[step];
  delete before[step];
  await first?.();
}

beforeAll(async () => {
  server = await startRedis();
  const url = `unix://${server.socketPath}`;
  admin = server.connect();
  requests = connectForRequests(url);
  work = connectForWork(url);
  await until(() => requests.status === 'ready');
  queue = createRenderQueue(requests);
  records = createImageRecords(requests, server.connect());
  const real = createWaiterRecords(requests);
  waiters = {
    removeWaiter: async (...given) => {
      await reach('withdrawImage');
      return real.removeWaiter(...given);
    },
    withdraw: async (...given) => {
      await reach('forget');
      return real.withdraw(...given);
    },
  };
  const seam: Pick<RenderQueue, 'add' | 'withdraw'> = {
    add: queue.add,
    withdraw: async (ticket) => {
      await reach('dequeue');
      return queue.withdraw(ticket);
    },
  };
  withdrawImage = createWithdrawImage({ waiters, queue: seam });
});
afterAll(async () => {
  await queue?.close();
  requests?.disconnect();
  work?.disconnect();
  await server?.stop();
});
beforeEach(async () => {
  await admin.flushall();
  before = {};
  drawn = [];
});
afterEach(async () => {
  await worker?.close(5_000, async () => undefined);
  worker = undefined;
});

const ID = imageIdOf(1);

/** As `place` does it. */
async function ask(priority: 'waiting' | 'link' | 'reader' | 'bulk', waiter?: string) {
  const claim = await records.claim(draftOf(1), {
    refresh: false,
    ...(waiter ? { waiter } : {}),
  });
  const { generation } = claim.record;
  const joined = claim.kind === 'joined';
  if (claim.kind !== 'stored') await queue.add({ imageId: ID, generation, priority, joined });
  return claim.record;
}

function startWorker(): void {
  worker = createRenderWorker({
    ...{ redis: work, concurrency: 1, bulkConcurrency: 1 },
    async produce({ imageId, generation }) {
      await reach('begin');
      const record = await records.start(imageId, generation);
      if (record?.status !== 'active' || record.generation !== generation) return;
      drawn.push(imageId);
      const timings = record.timings;
      const result = { widthPx: 1, heightPx: 1, bytes: 1, warnings: [], timings };
      await records.complete(imageId, generation, result);
    },
    giveUp: async () => undefined,
    preview: () => Promise.reject(new Error('nobody asks for one')),
    measure: async () => [],
    probe: async () => ({ ok: true }),
  });
}

async function expectNothingLeft(): Promise<void> {
  expect(await records.get(ID)).toBeUndefined();
  expect(await queue.state({ imageId: ID, generation: 1 })).toBe('absent');
  expect(await records.list({ limit: 10 })).toMatchObject({ records: [] });
  expect(await records.unsettled(-60_000, 10)).toEqual([]);
}

/** Drawn once, and settled. */
async function expectDrawn(): Promise<void> {
  startWorker();
  await until(async () => (await records.get(ID))?.status === 'completed', 20_000);
  await until(async () => (await queue.counts()).active === 0);
  expect(await queue.waiting()).toBe(0);
  expect(drawn).toEqual([ID]);
}

it('leaves nothing of what its last reader did not wait for', async () => {
  for (const priority of ['link', 'reader'] as const) {
    const record = await ask(priority, 'a');
    expect(await withdrawImage(record, 'a', priority)).toBe(true);
    await expectNothingLeft();
  }
});

it('stays for another reader, in whatever process, until he is gone as well', async () => {
  const record = await ask('link', 'a');
  await ask('link', 'b');
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  expect(await queue.state({ imageId: ID, generation: 1 })).toBe('pending');
  expect(await withdrawImage(record, 'b', 'link')).toBe(true);
  await expectNothingLeft();
});

it('stays for whoever asked with a key, for a batch and for a webhook, before or after', async () => {
  const kept: (() => Promise<unknown>)[] = [
    () => ask('waiting'),
    () => ask('bulk'),
    () => records.claim(draftOf(1), { refresh: false, watcher: 'batch:1' }),
  ];
  for (const other of kept) {
    for (const isFirst of [true, false]) {
      await admin.flushall();
      if (isFirst) await other();
      const record = await ask('link', 'a');
      if (!isFirst) await other();
      expect(await withdrawImage(record, 'a', 'link')).toBe(false);
      expect((await records.get(ID))?.status).toBe('queued');
      expect(await queue.state({ imageId: ID, generation: 1 })).toBe('pending');
    }
  }
});

const STEPS: Step[] = ['withdrawImage', 'dequeue', 'forget'];

it.each(STEPS)('draws for a reader who comes in front of the step "%s"', async (step) => {
  const record = await ask('link', 'a');
  before[step] = () => ask('link', 'b');
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  await expectDrawn();
});

it.each(STEPS)('draws for a caller with a key who comes in front of "%s"', async (step) => {
  const record = await ask('link', 'a');
  before[step] = () => ask('waiting');
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  // Where the others wait who have a key, not behind the readers of links.
  expect(await bullQueue(server, LINK_QUEUE).getJobCounts('prioritized')).toEqual({
    prioritized: 0,
  });
  await expectDrawn();
});

it('draws for a caller who claims before the job is taken out, and queues after', async () => {
  const record = await ask('link', 'a');
  let generation = 0;
  before.dequeue = async () => {
    ({ generation } = (await records.claim(draftOf(1), { refresh: false })).record);
  };
  before.forget = () => queue.add({ imageId: ID, generation, priority: 'waiting', joined: true });
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  await expectDrawn();
});

it('begins anew for whoever comes right after', async () => {
  const record = await ask('link', 'a');
  expect(await withdrawImage(record, 'a', 'link')).toBe(true);
  await ask('link', 'b');
  // The one that is gone says so once more.
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  await expectDrawn();
});

it('leaves alone what a worker has in hand, before it says so', async () => {
  const record = await ask('link', 'a');
  let goOn: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  before.begin = () => isHeld;
  startWorker();
  await until(async () => (await queue.counts()).active === 1);
  expect((await records.get(ID))?.status).toBe('queued');
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  goOn();
  await until(async () => (await records.get(ID))?.status === 'completed', 20_000);
  expect(drawn).toEqual([ID]);
});

it('leaves alone what has begun in the meantime', async () => {
  const record = await ask('link', 'a');
  before.dequeue = async () => {
    startWorker();
    await until(async () => (await records.get(ID))?.status === 'completed', 20_000);
  };
  expect(await withdrawImage(record, 'a', 'link')).toBe(false);
  expect((await records.get(ID))?.status).toBe('completed');
  expect(drawn).toEqual([ID]);
});

it('is taken up where the process dies between the two steps', async () => {
  const record = await ask('link', 'a');
  before.forget = () => Promise.reject(new Error('the process is gone'));
  await expect(withdrawImage(record, 'a', 'link')).rejects.toThrow();
  // What `reconcile` finds: accepted, and in no queue.
  expect(await records.unsettled(-60_000, 10)).toEqual([{ id: ID, generation: 1 }]);
  expect(await queue.state({ imageId: ID, generation: 1 })).toBe('absent');
  await queue.add({ imageId: ID, generation: 1, priority: 'publish' });
  await expectDrawn();
});

it('forgets waiters whose process died', async () => {
  await ask('link', 'gone');
  expect(await admin.pttl(`cp:img:${ID}:visitors`)).toBeGreaterThan(0);
});
