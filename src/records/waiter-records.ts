import type { Redis } from 'ioredis';
import type { Waiters, Withdrawal } from '../images/withdraw-image.js';
import {
  ALL_IMAGES,
  BY_TEMPLATE,
  IMAGE_PREFIX,
  IMAGES_BY_STATUS,
  OPEN,
  traceOf,
  waitersOf,
} from './image-keys.js';
import { removeWaiterScript, withdrawScript } from './image-scripts.js';
import { evalScript, withRedis } from './redis-connections.js';

/** Waiters of images in Redis; `ImageRecords.claim` registers them. */
export function createWaiterRecords(redis: Redis): Waiters {
  return {
    async removeWaiter({ id, generation }, waiter) {
      const keys = [IMAGE_PREFIX + id, waitersOf(id)];
      const answer = await withRedis(() =>
        evalScript(redis, removeWaiterScript, keys.length, ...keys, waiter, generation),
      );
      return answer === 1;
    },

    async withdraw({ id, generation, spec }) {
      const template = BY_TEMPLATE + spec.templateId;
      const keys = [IMAGE_PREFIX + id, ALL_IMAGES, template, OPEN, traceOf(id), waitersOf(id)];
      const answer = await withRedis(() =>
        evalScript(redis, withdrawScript, keys.length, ...keys, id, IMAGES_BY_STATUS, generation),
      );
      return answer as Withdrawal;
    },
  };
}
