import type { Redis } from 'ioredis';
import type { SettledEvent } from '../../src/images/ports.js';
import { redisKeys } from '../../src/lib/redis-keys.js';
import { until } from './until.js';

/**
 * Tells a service what became of an image, as its records do: late, or once more, as after the
 * death of the process that took the news first. Resolves once it was taken in.
 */
export async function notifySettled(redis: Redis, event: SettledEvent): Promise<void> {
  const { imageId, generation, status, watchers } = event;
  const fields = { id: imageId, generation, status, watchers: JSON.stringify(watchers) };
  const entry = await redis.xadd(
    redisKeys.images.settledStream,
    '*',
    ...Object.entries(fields).flat(),
  );
  if (entry === null) throw new Error('the stream took nothing');
  await until(
    async () => (await redis.xrange(redisKeys.images.settledStream, entry, entry)).length === 0,
    20_000,
  );
}
