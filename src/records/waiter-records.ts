import type { Redis } from 'ioredis';
import type { Waiters, Withdrawal } from '../images/withdraw-image.js';
import { redisKeys } from '../lib/redis-keys.js';
import { removeWaiterScript, withdrawScript } from './image-scripts.js';
import { evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.images;

/** Waiters of images in Redis; `ImageRecords.claim` registers them. */
export function createWaiterRecords(redis: Redis): Waiters {
  return {
    async removeWaiter({ id, generation }, waiter) {
      const names = [keys.record(id), keys.waiters(id)];
      const answer = await withRedis(() =>
        evalScript(redis, removeWaiterScript, names.length, ...names, waiter, generation),
      );
      return answer === 1;
    },

    async withdraw({ id, generation, spec }) {
      const template = keys.byTemplate(spec.templateId);
      const names = [
        keys.record(id),
        keys.all,
        template,
        keys.open,
        keys.trace(id),
        keys.waiters(id),
      ];
      const answer = await withRedis(() =>
        evalScript(
          redis,
          withdrawScript,
          names.length,
          ...names,
          id,
          keys.statusPrefix,
          generation,
        ),
      );
      return answer as Withdrawal;
    },
  };
}
