/*
 * A worker as a process of its own that dies as a deadly job would make it: at once, by SIGKILL, in the
 * midst of everything else that it has in hand. Locks are short, so that a test takes seconds.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createProduce } from '../../dist/src/images/produce.js';
import { createRenderWorker } from '../../dist/src/queue/render-worker.js';
import { createImageRecords } from '../../dist/src/records/image-records.js';
import { connectForRequests, connectForWork } from '../../dist/src/records/redis-connections.js';
import { createFileStore } from '../../dist/src/storage/file-store.js';

const { REDIS_URL = '', DIRECTORY = '', HOLD_MS = '200' } = process.env;

const die = () => process.kill(process.pid, 'SIGKILL');
const requests = connectForRequests(REDIS_URL);
const redis = connectForWork(REDIS_URL);
const records = createImageRecords(requests, connectForWork(REDIS_URL));
const picture = {
  body: Buffer.from('a picture'),
  contentType: 'image/png',
  widthPx: 2,
  heightPx: 1,
};

async function draw({ fields }) {
  // Whoever is in hand with it is so when it happens.
  await pause(Number(HOLD_MS));
  if (fields.title === 'deadly') die();
  return {
    encoded: { ...picture, warnings: [] },
    warnings: [],
    timings: { assets: 0, compile: 0, render: 0, encode: 0 },
  };
}

const store = await createFileStore({ directory: DIRECTORY, publicUrl: 'http://x.test' });
const { produce, giveUp, preview } = createProduce({ records, store, draw });
const worker = createRenderWorker({
  redis,
  concurrency: 4,
  bulkConcurrency: 3,
  produce,
  giveUp,
  preview,
  async measure(specs) {
    await Promise.all(specs.map(draw));
    return specs.map(() => []);
  },
  async probe(url) {
    await draw({ fields: { title: url } });
    return { ok: true };
  },
  lockDurationMs: 1_000,
  stalledIntervalMs: 400,
});
process.on('SIGTERM', async () => {
  await worker.close(5_000, async () => undefined);
  process.exit(0);
});
