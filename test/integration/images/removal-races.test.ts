import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { DeletedImage } from '../../../src/images/deleted-image.js';
import { createImageService, type ImageService } from '../../../src/images/image-service.js';
import { objectKeys } from '../../../src/images/object-key.js';
import type { ImageRecords, ObjectStore } from '../../../src/images/ports.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { createProduce } from '../../../src/images/produce.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { createRenderQueue } from '../../../src/queue/render-queue.js';
import { createRenderWorker } from '../../../src/queue/render-worker.js';
import { createImageRecords } from '../../../src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { createFileStore } from '../../../src/storage/file-store.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { E2E_TEMPLATES } from '../../support/service-environment.js';
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
let registry: FolderRegistry;
let folder: Awaited<ReturnType<typeof temporaryDirectory>>;
let queue: ReturnType<typeof createRenderQueue>;
let records: ImageRecords;
let store: ObjectStore;
let images: ImageService;
let worker: ReturnType<typeof createRenderWorker> | undefined;

/** What happens in front of a step, once. */
type Step = 'draw' | 'put' | 'delete' | 'restore' | 'claim';
let before: Partial<Record<Step, () => Promise<unknown>>>;

async function reach(step: Step): Promise<void> {
  const first = before[step];
  delete before[step];
  await first?.();
}

const isPicture = (key: string) => !key.startsWith(objectKeys.tombstones);

beforeAll(async () => {
  server = await startRedis();
  folder = await temporaryDirectory();
  const url = `unix://${server.socketPath}`;
  admin = server.connect();
  requests = connectForRequests(url);
  work = connectForWork(url);
  await until(() => requests.status === 'ready');
  registry = await loadFolderRegistry({ directory: E2E_TEMPLATES });
  queue = createRenderQueue(requests);
  const real = createImageRecords(requests, server.connect());
  records = {
    ...real,
    restore: async (...given) => {
      await reach('restore');
      return real.restore(...given);
    },
    claim: async (...given) => {
      await reach('claim');
      return real.claim(...given);
    },
  };
  const files = await createFileStore({ directory: folder.path, publicUrl: 'http://x.test' });
  store = {
    ...files,
    put: async (key, ...given) => {
      if (isPicture(key)) await reach('put');
      await files.put(key, ...given);
    },
    delete: async (key) => {
      if (isPicture(key)) await reach('delete');
      await files.delete(key);
    },
  };
  images = createImageService({
    prepare: createPrepare({ registry, idKey: Buffer.alloc(32) }),
    loadTemplate: async () => undefined,
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
const request = () => ({
  ...{ template: 'note', data: { title: `Asked for twice ${round}` } },
  onMissing: 'fallback' as const,
});
/** With a key. */
const ask = () => images.submit(request(), { priority: 'waiting', waitMs: 0 });
/** By an address. */
const read = () =>
  images.ensure(images.prepare(request()), { priority: 'waiting', byReader: true });

async function expectPicture(id: string): Promise<void> {
  await until(async () => {
    const record = await records.get(id);
    return record?.status === 'completed' && (await store.head(record.key)) !== undefined;
  }, 20_000);
  // What sweeps up, or puts back what was swept, is in hand until it is done.
  await until(async () => {
    const { waiting = 0, active = 0, delayed = 0 } = await queue.counts();
    return waiting + active + delayed === 0;
  }, 20_000);
  const record = await images.get(id);
  expect([record.status, (await store.head(record.key)) !== undefined]).toEqual([
    'completed',
    true,
  ]);
}

/** Resolves when a step is reached, which then waits until it is let go. */
function hold(step: Step) {
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

/** An image that was deleted while it was put, when the worker is about to sweep up. */
async function deletedWhileDrawn() {
  const storing = hold('put');
  const { record } = await ask();
  await storing.isReached;
  await images.remove(record.id);
  const deletion = hold('delete');
  storing.letGo();
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

/** Neither record nor picture, whatever readers do. */
async function expectDeleted({ id, key }: { id: string; key: string }): Promise<void> {
  await until(async () => (await queue.waiting()) === 0, 20_000);
  await expect(read()).rejects.toThrow(DeletedImage);
  expect([await records.get(id), await store.head(key)]).toEqual([undefined, undefined]);
  expect(await store.head(objectKeys.tombstone(id))).toBeDefined();
}

describe('for readers', () => {
  /** The image as it is stored. */
  async function stored() {
    const { record } = await ask();
    await expectPicture(record.id);
    return record;
  }

  it('stays deleted; a call with a key brings it back, and readers then have it', async () => {
    const record = await stored();
    await images.remove(record.id);
    await expectDeleted(record);
    expect(await ask()).toMatchObject({ reused: false });
    await expectPicture(record.id);
    expect(await read()).toMatchObject({ kind: 'stored' });
    expect(await store.head(objectKeys.tombstone(record.id))).toBeUndefined();
    await images.remove(record.id);
    await expectDeleted(record);
  });

  it('deleted while it is drawn: nothing is put', async () => {
    const drawing = hold('draw');
    const { record } = await ask();
    await drawing.isReached;
    await images.remove(record.id);
    let puts = 0;
    before.put = async () => {
      puts += 1;
    };
    drawing.letGo();
    await expectDeleted(record);
    await worker?.close(5_000, async () => undefined);
    expect(puts).toBe(0);
  });

  it('deleted while a reader is about to have it drawn', async () => {
    const { id, key } = images.prepare(request());
    const claiming = hold('claim');
    const reading = read();
    await claiming.isReached;
    // It was there until now, for somebody else.
    const { record } = await ask();
    await expectPicture(record.id);
    await images.remove(id);
    claiming.letGo();
    await expect(reading).rejects.toThrow(DeletedImage);
    await expectDeleted({ id, key });
  });

  it('deleted while it is put, and asked for by a reader before the worker has swept up', async () => {
    const { record, deletion } = await deletedWhileDrawn();
    await expect(read()).rejects.toThrow(DeletedImage);
    deletion.letGo();
    await until(async () => (await store.head(record.key)) === undefined);
    await expectDeleted(record);
  });

  it('deleted while a reader takes it for stored, of which Redis knows nothing', async () => {
    const record = await stored();
    await admin.flushall();
    const restoring = hold('restore');
    const reading = read();
    await restoring.isReached;
    expect((await ask()).reused).toBe(true);
    const deletion = hold('delete');
    const removed = images.remove(record.id);
    await deletion.isReached;
    restoring.letGo();
    await expect(reading).rejects.toThrow(DeletedImage);
    deletion.letGo();
    await removed;
    await expectDeleted(record);
  });

  it('stays deleted where Redis forgot everything', async () => {
    const record = await stored();
    await images.remove(record.id);
    await admin.flushall();
    await expectDeleted(record);
    await admin.flushall();
    expect((await ask()).reused).toBe(false);
    await expectPicture(record.id);
    expect(await read()).toMatchObject({ kind: 'stored' });
    // The note of the deletion is older than the picture.
    await admin.flushall();
    expect(await read()).toMatchObject({ kind: 'stored' });
  });

  it('asked for with a key while it is deleted: the storage says in the end what Redis says', async () => {
    const record = await stored();
    const deletion = hold('delete');
    const removed = images.remove(record.id);
    await deletion.isReached;
    expect((await ask()).reused).toBe(true);
    deletion.letGo();
    await removed;
    await expectPicture(record.id);
    expect(await store.head(objectKeys.tombstone(record.id))).toBeUndefined();
    await admin.flushall();
    expect(await read()).toMatchObject({ kind: 'stored' });
  });

  it('is deleted in the end where the storage failed and it is asked for again', async () => {
    const record = await stored();
    before.delete = () => Promise.reject(new Error('the storage is away'));
    await expect(images.remove(record.id)).rejects.toThrow('away');
    await images.remove(record.id);
    await expectDeleted(record);
    await expect(images.remove(record.id)).rejects.toMatchObject({ code: 'image_not_found' });
  });

  it('takes nothing from a quota for what stays deleted', async () => {
    const record = await stored();
    let taken = 0;
    const quota = {
      async take(pictures: number) {
        taken += pictures;
      },
      async giveBack(pictures: number) {
        taken -= pictures;
      },
    };
    const claiming = hold('claim');
    await images.remove(record.id);
    await admin.hdel('cp:imgs:deleted', record.id);
    await store.delete(objectKeys.tombstone(record.id));
    const options = { priority: 'waiting', byReader: true, quota } as const;
    const reading = images.ensure(images.prepare(request()), options);
    await claiming.isReached;
    expect(taken).toBe(1);
    const { key } = record;
    await records.noteDeletion(record.id, { key, at: new Date().toISOString() });
    claiming.letGo();
    await expect(reading).rejects.toThrow(DeletedImage);
    expect(taken).toBe(0);
  });
});
