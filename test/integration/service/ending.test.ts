import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { startServiceProcess } from '../../support/service-process.js';

let redis: RedisServer;
let dataDir: string;

beforeAll(async () => {
  redis = await startRedis();
  dataDir = await mkdtemp(join(tmpdir(), 'cp-ending-'));
});
afterAll(async () => {
  await redis?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

const start = () =>
  startServiceProcess({
    program: 'service',
    env: { DATA_DIR: dataDir, REDIS_URL: `unix://${redis.socketPath}` },
  });

// A process that does not end by itself is ended with exit code 1, so the code tells.
it('ends well when Redis was killed and is there again, and its connections are not', async () => {
  const service = await start();
  await redis.kill9();
  await redis.restart();
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
});

it('ends well when Redis is away', async () => {
  const service = await start();
  await redis.kill9();
  expect(await service.signal('SIGTERM')).toEqual({ code: 0, signal: null });
  await redis.restart();
});
