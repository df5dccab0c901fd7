import type { Redis } from 'ioredis';
import { withRedis } from './redis-connections.js';
import { infoField } from './redis-facts.js';

export interface RedisFigures {
  usedBytes: number;
  /** 0: no limit is set. */
  maxBytes: number;
  clients: number;
  /** Whether its last writes to the append-only file and to the snapshot succeeded. */
  canPersist: boolean;
}

/**
 * Memory, connections and persistence of a Redis: https://redis.io/docs/latest/commands/info/
 * @throws AppError `redis_unavailable`
 */
export async function readRedisFigures(redis: Redis): Promise<RedisFigures> {
  const info = await withRedis(() => redis.info());
  const isFine = (name: string) => ['', 'ok'].includes(infoField(info, name));
  return {
    usedBytes: Number(infoField(info, 'used_memory')),
    maxBytes: Number(infoField(info, 'maxmemory')),
    clients: Number(infoField(info, 'connected_clients')),
    canPersist: ['aof_last_write_status', 'aof_last_bgrewrite_status', 'rdb_last_bgsave_status']
      .map(isFine)
      .every(Boolean),
  };
}
