import type { Redis } from 'ioredis';
import type { HeldImages } from '../batches/ports.js';
import type { QuotaRecords } from '../keys/ports.js';
import { redisKeys } from '../lib/redis-keys.js';
import type { KeyRecordsOptions } from './key-records.js';
import { giveBackScript, releaseScript, takeScript } from './key-scripts.js';
import { evalScript, withRedis } from './redis-connections.js';

const { apiKeys } = redisKeys;

/** Daily quotas of keys in Redis, and the holds of batches. The caller owns the client. */
export function createQuotaRecords(
  redis: Redis,
  options: KeyRecordsOptions = {},
): QuotaRecords & { held: HeldImages } {
  const release = async (id: string, pictures: number, how: 'some' | 'end') => {
    await withRedis(() => evalScript(redis, releaseScript, 1, apiKeys.hold(id), pictures, how));
  };

  return {
    async take(hash, { limit, images, hold }) {
      const names = [apiKeys.usage(hash), hold ? apiKeys.hold(hold.id) : ''] as const;
      const [taken, spentToday, nowMs] = (await withRedis(() =>
        evalScript(
          redis,
          takeScript,
          2,
          ...names,
          ...[options.clock?.() ?? '', limit, images, hold?.notDrawn ?? 0],
        ),
      )) as [number, number, number];
      return { isTaken: taken === 1, spentToday, nowMs };
    },

    async giveBack(hash, pictures, takenAtMs) {
      await withRedis(() =>
        evalScript(redis, giveBackScript, 1, apiKeys.usage(hash), takenAtMs, pictures),
      );
    },

    held: {
      giveBack: (id, pictures) => release(id, pictures, 'some'),
      settle: (id, notDrawn) => release(id, notDrawn, 'end'),
    },
  };
}
