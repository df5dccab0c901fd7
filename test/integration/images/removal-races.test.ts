import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { createImageService, type ImageService } from '../../../src/images/image-service.js';
import type { ImageRecords, ObjectStore } from '../../../src/images/ports.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { createProduce } from '../../../src/images/produce.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { createRenderWorker } from '../../../src/queue/render-worker.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { createFileStore } from '../../../src/storage/file-store.js';
import {
  type LoadedTemplateRegistry,
  loadTemplateRegistry,
} from '../../../src/templates/registry.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { E2E_TEMPLATES } from '../../support/service.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

/*
 * One deletes an image while another asks for it. Records, queue and storage are real; the steps of
 * the two are brought into the worst order by waiting in front of a step.
 */

let server: RedisServer;
let admin: Redis;
let requests: Redis;
let work: Redis;
let registry: LoadedTemplateRegistry;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let queue: ReturnType<typeof createRenderQueue>;
let records: ImageRecords;
let store: ObjectStore;
let images: ImageService;
let worker: ReturnType<typeof createRenderWorker> | undefined;

/** What happens in front of a step, once. */
let before: Partial<Record<'draw' | 'delete' | 'restore', () => Promise<unknown>>>;

async function reach(step: keyof typeof before): Promise<void> {
  const first = before[step];
  delete before[step];
  await first?.();
}

beforeAll(async () => {
  server = await startRedis();
  folder = await temporaryDirectory();
  const url = `unix://${server.socketPath}`;
  admin = server.connect();
  requests = connectForRequests(url);
  work = connectForWork(url);
  await until(() => requests.status === 'ready');
  registry = await loadTemplateRegistry({ directory: E2E_TEMPLATES });
  queue = createRenderQueue(requests);
  const real = createImageRecords(requests, server.connect());
  records = {
    ...real,
    restore: async (...given) => {
      await reach('restore');
      return real.restore(...given);
    },
  };
  const files = await createFileStore({ directory: folder.path, publicUrl: 'http://x.test' });
  store = {
    ...files,
    delete: async (key) => {
      await reach('delete');
      await files.delete(key);
    },
  };
  images = createImageService({
    prepare: createPrepare({ registry, idKey: Buffer.alloc(32) }),
    ...{ records, queue, store, queueLimit: 100, previewTimeoutMs: 1_000 },
    previewer: { preview: () => Promise.reject(new Error('nobody asks for one')) },
  });
});
afterAll(async () => {
  await queue?.close();
  await registry?.close();
  requests?.disconnect();
  work?.disconnect();
  await server?.stop();
  await folder?.remove();
});
beforeEach(async () => {
  await admin.flushall();
  before = {};
  round += 1;
  const produce = createProduce({
    ...{ records, store },
    async draw() {
      await reach('draw');
      const body = Buffer.from('a picture');
      const encoded = { body, contentType: 'image/png', widthPx: 2, heightPx: 1, warnings: [] };
      return { encoded, warnings: [], timings: { assets: 0, compile: 0, render: 0, encode: 0 } };
    },
  });
  worker = createRenderWorker({
    redis: work,
    concurrency: 2,
    bulkConcurrency: 2,
    ...produce,
    measure: async () => [],
    probe: async () => ({ ok: true }),
  });
});
afterEach(async () => {
  const idle = async () => undefined;
  await worker?.close(5_000, idle);
});

let round = 0;
/** Another image in each test: files outlive Redis' records. */
const ask = () =>
  images.submit(
    { template: 'note', data: { title: `Asked for twice ${round}` }, onMissing: 'fallback' },
    { priority: 'waiting', waitMs: 0 },
  );

async function expectPicture(id: string): Promise<void> {
  await until(async () => {
    const record = await records.get(id);
    return record?.status === 'completed' && (await store.head(record.key)) !== undefined;
  }, 20_000);
  await until(async () => (await queue.waiting()) === 0, 20_000);
  const record = await images.get(id);
  expect([record.status, (await store.head(record.key)) !== undefined]).toEqual([
    'completed',
    true,
  ]);
}

/** Resolves when a step is reached, which then waits until it is let go. */
function hold(step: keyof typeof before) {
  let reached: () => void = () => undefined;
  let letGo: () => void = () => undefined;
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const gate = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  before[step] = async () => {
    reached();
    await gate;
  };
  return { isReached, letGo };
}

/** An image that was deleted while it was drawn, when the worker is about to sweep up. */
async function deletedWhileDrawn() {
  const drawing = hold('draw');
  const { record } = await ask();
  await drawing.isReached;
  await images.remove(record.id);
  const deletion = hold('delete');
  drawing.letGo();
  await deletion.isReached;
  return { record, deletion };
}

it('deleted while it is drawn, and asked for before the worker has swept up', async () => {
  const { record, deletion } = await deletedWhileDrawn();
  expect((await ask()).reused).toBe(true);
  deletion.letGo();
  await expectPicture(record.id);
});

it('deleted while it is drawn, and swept up while it is taken for stored', async () => {
  const { record, deletion } = await deletedWhileDrawn();
  const restoring = hold('restore');
  const asked = ask();
  await restoring.isReached;
  deletion.letGo();
  await until(async () => (await store.head(record.key)) === undefined);
  restoring.letGo();
  await asked;
  await expectPicture(record.id);
});

it('deleted when it was done, and asked for before its picture is gone', async () => {
  const { record } = await ask();
  await expectPicture(record.id);
  const deletion = hold('delete');
  const removed = images.remove(record.id);
  await deletion.isReached;
  expect((await ask()).reused).toBe(true);
  deletion.letGo();
  await removed;
  await expectPicture(record.id);
});

it('deleted, and asked for by nobody: nothing is left', async () => {
  const { record, deletion } = await deletedWhileDrawn();
  deletion.letGo();
  await until(async () => (await store.head(record.key)) === undefined);
  expect(await records.get(record.id)).toBeUndefined();
});
