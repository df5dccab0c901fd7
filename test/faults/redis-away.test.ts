import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import type { ApiAnswer } from '../support/api-client.js';
import { colourFields, coloursOf, shownColours } from '../support/colour-code.js';
import { FAULT_TIMEOUT_MS, faultCount } from '../support/fault-scale.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { startService, type TestService } from '../support/service.js';
import { startServiceProcess } from '../support/service-process.js';
import { until } from '../support/until.js';

const BACK_TIMEOUT_MS = 60_000;
const IMAGES = faultCount(40, 3);

let service: TestService;

beforeAll(async () => {
  service = await startService();
}, FAULT_TIMEOUT_MS);
afterAll(() => service?.stop());

const ask = (text: string, waitS = 0) =>
  service.api('/v1/images', {
    body: { template: 'colour-code', data: colourFields(text), wait: waitS },
  });

function expectRefused({ status, json, headers }: ApiAnswer): void {
  expect([status, json.code]).toEqual([503, 'redis_unavailable']);
  expect(Number(headers['retry-after'])).toBeGreaterThan(0);
}

/** Accepts pictures that are under way when the fault comes; by id what each must show. */
async function accept(name: string): Promise<Map<string, string>> {
  const texts = Array.from({ length: IMAGES }, (_, i) => `${name} ${i}`);
  const answers = await Promise.all(texts.map((text) => ask(text)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
  return new Map(answers.map(({ json }, i) => [json.id, texts[i] ?? '']));
}

async function expectComplete(accepted: Map<string, string>): Promise<void> {
  for (const [id, text] of accepted) {
    const image = await until(async () => {
      const { json } = await service.api(`/v1/images/${id}`);
      return ['completed', 'failed'].includes(json.status) && json;
    }, 90_000);
    expect([text, image.status, image.error]).toEqual([text, 'completed', undefined]);
    expect(await shownColours((await service.api(image.url)).bytes)).toEqual(coloursOf(text));
  }
}

/** Until the service takes work again, by itself. */
const untilBack = (text: string) =>
  until(async () => (await ask(text)).status === 202, BACK_TIMEOUT_MS);

/** Refused for as long as a fault shall last, whatever is asked; the first answer may be a slow one. */
async function refusedFor(seconds: number, text: string): Promise<void> {
  const endsAt = performance.now() + seconds * 1_000;
  let refused = 0;
  await until(async () => {
    expectRefused(await ask(`${text} refused ${refused}`));
    refused += 1;
    return performance.now() > endsAt && refused > 1;
  }, FAULT_TIMEOUT_MS);
}

function redisPid(): Promise<number> {
  const redis = service.redis.connect();
  return redis.info('server').then((info) => Number(/process_id:(\d+)/.exec(info)?.[1]));
}

describe('away', () => {
  it(
    'refuses while it is away, and completes what was accepted before',
    async () => {
      const accepted = await accept('before it went');
      await service.redis.kill9();
      await refusedFor(faultCount(60, 3), 'away');
      expect((await service.api('/healthz')).status).toBe(200);
      await until(async () => (await service.api('/readyz')).status === 503, 20_000);
      await service.redis.restart();
      await untilBack('after it came');
      await expectComplete(accepted);
      await until(async () => (await service.api('/readyz')).status === 200, 20_000);
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'refuses while it hangs instead of hanging too',
    async () => {
      const accepted = await accept('before it hung');
      const pid = await redisPid();
      process.kill(pid, 'SIGSTOP');
      try {
        await refusedFor(faultCount(20, 1), 'hung');
      } finally {
        process.kill(pid, 'SIGCONT');
      }
      await untilBack('after it hung');
      await expectComplete(accepted);
    },
    FAULT_TIMEOUT_MS,
  );
});

/** What Redis itself refuses, though it answers. */
interface Refusal {
  name: string;
  error: string;
  begin(redis: Redis): Promise<unknown>;
  end(redis: Redis): Promise<unknown>;
}

const snapshot = () => join(service.redis.dir, 'dump.rdb');

const refusals: Refusal[] = [
  {
    name: 'is full',
    error: 'OOM',
    begin: (redis) => redis.config('SET', 'maxmemory', '1'),
    end: (redis) => redis.config('SET', 'maxmemory', '0'),
  },
  {
    name: 'follows another and is read-only',
    error: 'READONLY',
    begin: (redis) => redis.call('REPLICAOF', '127.0.0.1', '1'),
    end: (redis) => redis.call('REPLICAOF', 'NO', 'ONE'),
  },
  {
    name: 'cannot save',
    error: 'MISCONF',
    async begin(redis) {
      // Not even root puts a file where a folder stands. A snapshot begun before may have ended.
      await rm(snapshot(), { recursive: true, force: true });
      await mkdir(snapshot());
      await redis.config('SET', 'save', '3600 1');
      await redis.bgsave();
      await until(async () => (await redis.info()).includes('rdb_last_bgsave_status:err'), 20_000);
    },
    async end(redis) {
      await redis.config('SET', 'save', '');
      await rm(snapshot(), { recursive: true });
    },
  },
];

describe('there, and refusing', () => {
  it(
    'refuses what Redis refuses, leaves nothing half written, and goes on by itself',
    async () => {
      const redis = service.redis.connect();
      const accepted = new Map<string, string>();
      for (let round = 0; round < faultCount(5, 1); round += 1) {
        for (const { name, error, begin, end } of refusals) {
          for (const one of await accept(`${name} ${round}`)) accepted.set(...one);
          await begin(redis);
          await expect(redis.set('any', 'thing')).rejects.toThrow(error);
          const recordsBefore = await redis.zcard('cp:imgs:all');
          expectRefused(await ask(`${name} ${round} refused`));
          const items = [{ data: colourFields(`${name} ${round} row`) }];
          const body = { template: 'colour-code', items };
          expectRefused(await service.api('/v1/batches', { body }));
          expect(await redis.zcard('cp:imgs:all')).toBe(recordsBefore);
          await end(redis);
          await untilBack(`${name} ${round} over`);
        }
      }
      await expectComplete(accepted);
      const again = await ask('is full 0 refused', 30);
      expect([again.status, again.json.reused]).toEqual([201, false]);
    },
    FAULT_TIMEOUT_MS,
  );

  it(
    'refuses while Redis reads its file',
    async () => {
      const stored = await ask('before it was read', 30);
      expect(stored.status).toBe(201);
      const fill = "for i = 1, 20000 do redis.call('SET', 'filler:' .. i, i) end";
      await service.redis.connect().eval(fill, 0);
      await service.redis.kill9();
      // One that takes its time over each entry, in microseconds.
      const { dir, socketPath } = service.redis;
      const args = ['--port', '0', '--unixsocket', socketPath, '--dir', dir, '--appendonly', 'yes'];
      const slow = spawn(
        process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server',
        [...args, '--save', '', '--key-load-delay', '1000'],
        { stdio: 'ignore' },
      );
      const redis = service.redis.connect({ enableReadyCheck: false });
      try {
        const isLoading = () =>
          redis.get('any').then(
            () => false,
            (error: Error) => error.message.startsWith('LOADING'),
          );
        await until(isLoading, 20_000);
        expectRefused(await ask('before it was read', 0));
        expect(await isLoading()).toBe(true);
        expect((await service.api(stored.json.url)).status).toBe(200);
      } finally {
        const ended = once(slow, 'exit');
        slow.kill('SIGKILL');
        await ended;
        await service.redis.restart();
      }
      await untilBack('after it was read');
      expect((await ask('before it was read', 30)).json.id).toBe(stored.json.id);
    },
    FAULT_TIMEOUT_MS,
  );
});

describe('at the start', () => {
  let redis: RedisServer;
  let dataDir: string;

  beforeAll(async () => {
    redis = await startRedis();
    dataDir = await mkdtemp(join(tmpdir(), 'cp-away-'));
  }, FAULT_TIMEOUT_MS);
  afterAll(async () => {
    await redis?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it(
    'lets API and worker wait for it, alive and not ready, and work once it is there',
    async () => {
      await redis.kill9();
      const env = { DATA_DIR: dataDir, REDIS_URL: `unix://${redis.socketPath}` };
      const [api, worker] = await Promise.all([
        startServiceProcess({
          program: 'service',
          env: { ...env, CARDPRESS_ROLE: 'api' },
          untilReady: false,
        }),
        startServiceProcess({ program: 'worker', env, untilReady: false }),
      ]);
      const all = [api, worker];
      try {
        for (const one of all) {
          const probe = (path: string, status: number) =>
            until(
              () =>
                one.api(path).then(
                  (answer) => answer.status === status,
                  () => false,
                ),
              120_000,
            );
          await probe('/healthz', 200);
          await probe('/readyz', 503);
        }
        const body = { template: 'colour-code', data: colourFields('early'), wait: 30 };
        expectRefused(await api.api('/v1/images', { body }));
        await redis.restart();
        for (const one of all) {
          await until(async () => (await one.api('/readyz')).status === 200, 120_000);
        }
        const { status, json } = await api.api('/v1/images', { body });
        expect(status).toBe(201);
        expect(await shownColours((await api.api(new URL(json.url).pathname)).bytes)).toEqual(
          coloursOf('early'),
        );
      } finally {
        await Promise.all(all.map((one) => one.signal('SIGKILL')));
      }
    },
    FAULT_TIMEOUT_MS,
  );
});
