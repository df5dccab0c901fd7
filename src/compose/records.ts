import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import type { Settings } from '../config/settings.js';
import { AppError } from '../errors/app-error.js';
import { createKeyService } from '../keys/key-service.js';
import { createRenderQueue } from '../queue/render-queue.js';
import { startEmbeddedRedis } from '../records/embedded-redis.js';
import { createImageRecords } from '../records/image-records.js';
import { createKeyRecords } from '../records/key-records.js';
import { createQuotaRecords } from '../records/quota-records.js';
import { connectForRequests, connectForWork, untilReady } from '../records/redis-connections.js';

const REDIS_START_TIMEOUT_MS = 10_000;

/**
 * Connects to the Redis of the settings for a short-lived command: REDIS_URL, else the embedded
 * one, which is started if no server runs. `stop` only stops a server that was started here and
 * that nobody else uses.
 */
export async function openTemporaryRedis(
  settings: Settings,
): Promise<{ url: string; stop(): Promise<void> }> {
  if (settings.redisUrl) return { url: settings.redisUrl, stop: async () => undefined };
  return startEmbeddedRedis({
    binary: settings.redisServerPath,
    directory: join(settings.dataDir, 'redis'),
    isTemporary: true,
  });
}

/** API keys only, for managing them. Verifying needs the bootstrap key, which is not here. */
export async function composeKeyManagement(redisUrl: string) {
  const redis = connectForRequests(redisUrl);
  try {
    await untilReady(redis, REDIS_START_TIMEOUT_MS);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  const bootstrapKey = randomBytes(32).toString('hex');
  const { create, list, revoke } = createKeyService({
    records: createKeyRecords(redis),
    quotas: createQuotaRecords(redis),
    bootstrapKey,
  });
  return { create, list, revoke, close: () => redis.disconnect() };
}

/** Builds records and queue, which API and workers share. */
export async function composeRecords(redisUrl: string) {
  const redis = connectForRequests(redisUrl);
  const subscriber = connectForWork(redisUrl);
  await untilReady(redis, REDIS_START_TIMEOUT_MS).catch(() => undefined);
  const records = createImageRecords(redis, subscriber);
  const queue = createRenderQueue(redis);
  return {
    redis,
    /** Used for channels alone. */
    subscriber,
    records,
    queue,
    async close(): Promise<void> {
      await queue.close().catch(() => undefined);
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

export type Records = Awaited<ReturnType<typeof composeRecords>>;

async function answersPing(redis: Redis): Promise<void> {
  if ((await redis.ping()) !== 'PONG') throw new Error('unexpected answer');
}

/** For readiness. */
export function everyRedisCheck(redis: Redis) {
  return () =>
    answersPing(redis).catch((cause: unknown) => {
      throw new AppError('redis_unavailable', { detail: 'Redis does not answer.', cause });
    });
}
