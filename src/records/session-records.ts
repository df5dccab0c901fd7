import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { SessionRecords, StoredSession } from '../sessions/ports.js';
import { withRedis } from './redis-connections.js';

const keys = redisKeys.sessions;

/** Sessions in Redis, each as JSON that expires. The caller owns and closes the client. */
export function createSessionRecords(redis: Redis): SessionRecords {
  return {
    async add(hash, session, expiresAt) {
      await withRedis(() =>
        redis.set(keys.record(hash), JSON.stringify(session), 'PXAT', expiresAt.getTime()),
      );
    },
    async get(hash) {
      const text = await withRedis(() => redis.get(keys.record(hash)));
      return text === null ? undefined : (JSON.parse(text) as StoredSession);
    },
    async extend(hash, expiresAt) {
      await withRedis(() => redis.pexpireat(keys.record(hash), expiresAt.getTime()));
    },
    async remove(hash) {
      await withRedis(() => redis.del(keys.record(hash)));
    },
  };
}
