import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from '@jest/globals';
import { untilOver } from '../../support/batch-client.js';
import { colourFields, coloursOf, shownColours } from '../../support/colour-code.js';
import { faultCount } from '../../support/fault-scale.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { type ServiceProcess, startServiceProcess } from '../../support/service-process.js';
import { until } from '../../support/until.js';
import { type Receiver, startReceiver } from '../webhooks/receiver.js';
import { verified, WEBHOOK_SECRET } from '../webhooks/told-service.js';

const WORKER_KILLS = faultCount(5, 2);
const ROWS = faultCount(120, 60);

let redis: RedisServer;
let receiver: Receiver;
let dataDir: string;
const running: ServiceProcess[] = [];

beforeAll(async () => {
  redis = await startRedis();
  receiver = await startReceiver();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-batch-faults-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.signal('SIGKILL')));
});
afterAll(async () => {
  await redis?.stop();
  await receiver?.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(program: 'service' | 'worker' | 'deliver'): Promise<ServiceProcess> {
  const started = await startServiceProcess({
    program,
    env: {
      DATA_DIR: dataDir,
      REDIS_URL: `unix://${redis.socketPath}`,
      CARDPRESS_ROLE: program === 'service' ? 'api' : 'all',
      WEBHOOK_SECRET,
      EGRESS_ALLOW: `127.0.0.1:${receiver.port}`,
    },
  });
  running.push(started);
  return started;
}

it('ends complete, each row once, although worker, Redis and API are killed in the middle', async () => {
  let api = await start('service');
  let worker = await start('worker');
  await start('deliver');
  const items = Array.from({ length: ROWS }, (_, i) => ({
    ref: `row ${i}`,
    data: colourFields(`row ${i}`),
  }));
  const { json: begun } = await api.api('/v1/batches', {
    body: { template: 'colour-code', items, webhook_url: receiver.url, item_webhooks: true },
  });
  const done = async () => {
    const answer = await api.api(`/v1/batches/${begun.id}`).catch(() => undefined);
    const counts = answer?.status === 200 ? answer.json.counts : { completed: 0, reused: 0 };
    return counts.completed + counts.reused;
  };
  /** Until some more rows have ended, so that every blow falls in the middle. */
  const progress = async (more: number) => {
    const from = await done();
    await until(async () => (await done()) >= Math.min(ROWS - 10, from + more), 60_000);
  };

  for (let kill = 0; kill < WORKER_KILLS; kill += 1) {
    await progress(8);
    await worker.signal('SIGKILL');
    worker = await start('worker');
  }
  await progress(8);
  await redis.kill9();
  await redis.restart();
  await progress(8);
  await api.signal('SIGKILL');
  api = await start('service');

  const batch = await untilOver((path, call) => api.api(path, call), begun.id);
  expect(batch).toMatchObject({ status: 'completed', total: ROWS, run: 1 });
  expect(batch.counts.completed + batch.counts.reused).toBe(ROWS);

  const rows = (await api.api(`/v1/batches/${begun.id}/items?limit=1000`)).json.items;
  expect(new Set(rows.map((row: { image_url: string }) => row.image_url)).size).toBe(ROWS);
  for (const row of rows) {
    const { bytes } = await api.api(new URL(row.image_url).pathname);
    expect(await shownColours(bytes)).toEqual(coloursOf(row.ref));
  }

  // One message for each row and one for the batch, all signed, however often they came.
  const messages = () =>
    new Map(receiver.received.map((one) => [String(one.headers['webhook-id']), verified(one)]));
  await until(
    () => [...messages().values()].some(({ type }) => type === 'batch.completed'),
    60_000,
  );
  await until(() => messages().size === ROWS + 1, 60_000);
  const all = [...messages().values()];
  expect(all.filter(({ type }) => type === 'batch.completed').length).toBe(1);
  const refs = all.filter(({ type }) => type === 'image.completed').map(({ data }) => data.ref);
  expect(refs.sort()).toEqual(items.map(({ ref }) => ref).sort());
}, 240_000);
