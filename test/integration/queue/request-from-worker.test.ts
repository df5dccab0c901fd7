import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Job, Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { AppError } from '../../../src/errors/app-error.js';
import type { ErrorCode } from '../../../src/errors/catalogue.js';
import type { Warning } from '../../../src/errors/warning.js';
import type { ProbeOutcome } from '../../../src/images/check-ports.js';
import type { ImageSpec } from '../../../src/images/image.js';
import { createMeasurer, handleMeasure, type MeasureJobData } from '../../../src/queue/measurer.js';
import { createProber, handleProbe, type ProbeJobData } from '../../../src/queue/prober.js';
import { createRequestQueue } from '../../../src/queue/request-from-worker.js';
import { connectForRequests, connectForWork } from '../../../src/records/redis-connections.js';
import { draftOf } from '../../support/image-record.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { until } from '../../support/until.js';

type Data = MeasureJobData | ProbeJobData;
const NAME = 'requests';

let server: RedisServer;
let admin: Redis;
let requests: Redis;
let work: Redis;
let queue: Queue<Data>;
const workers: Worker<Data>[] = [];
const connect = () => connectForWork(`unix://${server.socketPath}`);

beforeAll(async () => {
  server = await startRedis();
  admin = server.connect();
  requests = connectForRequests(`unix://${server.socketPath}`);
  work = connect();
  await until(() => requests.status === 'ready');
  queue = new Queue<Data>(NAME, { connection: requests, skipVersionCheck: true });
});
afterAll(async () => {
  await queue?.close();
  requests?.disconnect();
  work?.disconnect();
  await server?.stop();
});
beforeEach(() => admin.flushall());
afterEach(async () => {
  await Promise.all(workers.splice(0).map((worker) => worker.close()));
});

function startWorker(
  measure: (specs: ImageSpec[], signal: AbortSignal) => Promise<Warning[][]>,
  probe: (url: string) => Promise<ProbeOutcome> = async () => ({ ok: true }),
) {
  const never = new AbortController().signal;
  const worker = new Worker<Data>(
    NAME,
    async (job) => {
      if (job.data.kind === 'measure') {
        await handleMeasure(job as Job<MeasureJobData>, work, measure, never);
      } else await handleProbe(job as Job<ProbeJobData>, work, probe, never);
    },
    { connection: work, concurrency: 4, skipVersionCheck: true },
  );
  workers.push(worker);
}

const measurer = (timeoutMs = 20_000) =>
  createMeasurer(createRequestQueue(queue), connect, { timeoutMs });
const prober = (timeoutMs = 20_000) =>
  createProber(createRequestQueue(queue), connect, { timeoutMs });
const specs = [1, 2, 3].map((n) => draftOf(n).spec);

async function leavesNothing() {
  await until(async () => (await queue.getJobCounts('active')).active === 0);
  const left = await admin.keys('*');
  return left.filter((key) => /^cp:|:(measure|probe)-/.test(key));
}

describe('requests to a worker', () => {
  it('bring the warnings of each spec, in order, and leave nothing', async () => {
    const asked: ImageSpec[][] = [];
    startWorker(async (given) => {
      asked.push(given);
      return given.map((_, i) => (i === 1 ? [{ code: 'text_clipped', message: 'Ürgs 🎉' }] : []));
    });
    expect(await measurer().measure(specs)).toEqual([
      [],
      [{ code: 'text_clipped', message: 'Ürgs 🎉' }],
      [],
    ]);
    expect(asked).toEqual([specs]);
    expect(await leavesNothing()).toEqual([]);
  });

  it('bring the outcome of each address, in order', async () => {
    const failing: ProbeOutcome = { ok: false, code: 'asset_not_found', message: 'No picture.' };
    startWorker(
      async () => [],
      async (url) => (url.includes('missing') ? failing : { ok: true }),
    );
    const urls = ['https://a.example/1.png', 'https://a.example/missing.png', 'data:,x'];
    expect(await prober().probe(urls)).toEqual([{ ok: true }, failing, { ok: true }]);
    expect(await leavesNothing()).toEqual([]);
  });

  it('are kept apart, however many are sent at once', async () => {
    startWorker(async (given) =>
      given.map(({ size }) => [{ code: 'truncated', message: size.name }]),
    );
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, i) => {
        const [spec] = specs as [ImageSpec];
        return measurer().measure([{ ...spec, size: { ...spec.size, name: `size_${i}` } }]);
      }),
    );
    expect(answers.map((a) => a[0]?.[0]?.message)).toEqual(answers.map((_, i) => `size_${i}`));
  });

  it('are told why there is no answer, after one more try where that may help', async () => {
    let tries = 0;
    const fail = (code: ErrorCode) => {
      tries += 1;
      throw new AppError(code, { detail: 'So it was.' });
    };
    startWorker(
      async () => fail('browser_unavailable'),
      async () => fail('template_invalid'),
    );
    await expect(measurer().measure(specs)).rejects.toMatchObject({
      code: 'browser_unavailable',
      detail: 'So it was.',
    });
    expect(tries).toBe(2);
    await expect(prober().probe(['x'])).rejects.toMatchObject({ code: 'template_invalid' });
    expect(tries).toBe(3);
  });

  it('end in time where no worker is, and take their jobs back', async () => {
    await expect(measurer(100).measure(specs)).rejects.toMatchObject({
      code: 'preview_timeout',
      detail: 'No worker measured the rows within 0.1 seconds.',
    });
    await expect(prober(100).probe(['x'])).rejects.toMatchObject({ code: 'preview_timeout' });
    expect(await queue.count()).toBe(0);
  });

  it('end at once when their requester goes away, and take their jobs back', async () => {
    const end = new AbortController();
    const asked = measurer().measure(specs, end.signal);
    asked.catch(() => undefined);
    await until(async () => (await queue.count()) === 1);
    end.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    expect(await queue.count()).toBe(0);
    await expect(measurer().measure(specs, end.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect(await queue.count()).toBe(0);
  });

  it('say that Redis is away', async () => {
    const nowhere = () => connectForRequests('unix:///nonexistent/redis.sock');
    startWorker(async () => []);
    await expect(
      createMeasurer(createRequestQueue(queue), nowhere, { timeoutMs: 5_000 }).measure(specs),
    ).rejects.toMatchObject({ code: 'redis_unavailable' });
  });
});
