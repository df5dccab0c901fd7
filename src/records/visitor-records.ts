import type { Redis } from 'ioredis';
import type { Visitors, Withdrawal } from '../images/leave.js';
import { ALL, BY_STATUS, BY_TEMPLATE, OPEN, PREFIX, traceOf, visitorsOf } from './image-keys.js';
import { leaveScript, withdrawScript } from './image-scripts.js';
import { evalScript, withRedis } from './redis-connections.js';

/** Who wants an image only while he is there, in Redis; `ImageRecords.claim` enters him. */
export function createVisitorRecords(redis: Redis): Visitors {
  return {
    async leave({ id, generation }, visitor) {
      const keys = [PREFIX + id, visitorsOf(id)];
      const answer = await withRedis(() =>
        evalScript(redis, leaveScript, keys.length, ...keys, visitor, generation),
      );
      return answer === 1;
    },

    async withdraw({ id, generation, spec }) {
      const template = BY_TEMPLATE + spec.templateId;
      const keys = [PREFIX + id, ALL, template, OPEN, traceOf(id), visitorsOf(id)];
      const answer = await withRedis(() =>
        evalScript(redis, withdrawScript, keys.length, ...keys, id, BY_STATUS, generation),
      );
      return answer as Withdrawal;
    },
  };
}
