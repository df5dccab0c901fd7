import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type EmbeddedRedis, startEmbeddedRedis } from '../../../src/records/embedded-redis.js';
import { connectForWork } from '../../../src/records/redis-connections.js';
import { temporaryDirectory } from '../../support/templates/template-files.js';
import { until } from '../../support/until.js';

const binary = process.env.CARDPRESS_REDIS_SERVER ?? 'redis-server';

let folder: string;
let remove: () => Promise<void>;
let running: EmbeddedRedis[] = [];

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
});
afterEach(async () => {
  for (const redis of running) await redis.stop();
  running = [];
});
afterAll(() => remove());

async function start(name: string): Promise<EmbeddedRedis> {
  const redis = await startEmbeddedRedis({ binary, directory: join(folder, name) });
  running.push(redis);
  return redis;
}

async function processId(url: string): Promise<number> {
  const redis = connectForWork(url);
  try {
    return Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  } finally {
    redis.disconnect();
  }
}

describe('the embedded Redis', () => {
  it('is one, however many processes start it at once', async () => {
    const all = await Promise.all([start('many'), start('many'), start('many'), start('many')]);
    const ids = await Promise.all(all.map(({ url }) => processId(url)));
    expect(new Set(ids).size).toBe(1);
  });

  it('is started again when it dies, with what it held', async () => {
    const { url } = await start('dies');
    const redis = connectForWork(url);
    await redis.set('kept', 'yes');
    const before = await processId(url);
    // The file is synced every second; what Redis wrote is with the kernel at once.
    process.kill(before, 'SIGKILL');
    expect(await until(async () => (await processId(url)) !== before)).toBe(true);
    expect(await redis.get('kept')).toBe('yes');
    redis.disconnect();
  });

  it('is replaced by one of our own when that of another process ends', async () => {
    const owner = await start('adopted');
    const adopter = await start('adopted');
    const before = await processId(owner.url);
    await owner.stop();
    expect(await until(async () => (await processId(adopter.url)) !== before)).toBe(true);
  });

  it('says at once that the program is not there', async () => {
    const starting = startEmbeddedRedis({
      binary: 'redis-server-of-nobody',
      directory: join(folder, 'none'),
    });
    await expect(starting).rejects.toThrow(
      /redis-server-of-nobody did not start\. Install redis-server .*REDIS_URL/,
    );
  });
});
