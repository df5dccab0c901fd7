import { connectForRequests, untilReady, withRedis } from './redis-connections.js';

export interface RedisFacts {
  version: string;
  /** Anything but `noeviction` may lose jobs: https://docs.bullmq.io/guide/going-to-production */
  maxmemoryPolicy: string;
  appendOnly: boolean;
}

/** One field of the reply to INFO; empty if absent. */
export function infoField(info: string, name: string): string {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
}

/** Version and settings of a Redis. @throws AppError `redis_unavailable` */
export async function readRedisFacts(url: string, timeoutMs: number): Promise<RedisFacts> {
  const redis = connectForRequests(url);
  try {
    await untilReady(redis, timeoutMs);
    const info = await withRedis(() => redis.info());
    const field = (name: string) => infoField(info, name);
    return {
      version: field('redis_version'),
      maxmemoryPolicy: field('maxmemory_policy'),
      appendOnly: field('aof_enabled') === '1',
    };
  } finally {
    redis.disconnect();
  }
}
