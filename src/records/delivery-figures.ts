import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { DeliveryStatus } from '../webhooks/delivery.js';
import { MEMBER_HEAD_LENGTH } from './delivery-records-scripts.js';
import { answersOf, withRedis } from './redis-connections.js';

const keys = redisKeys.deliveries;

export interface DeliveryFigures {
  byStatus: Record<DeliveryStatus, number>;
  /** Age of the oldest pending delivery; 0 if none is pending. */
  oldestPendingSeconds: number;
  /** Delay of the most overdue attempt; 0 if none is due. */
  overdueSeconds: number;
}

/** A record, so that the compiler reports a missing status. */
const COUNTED: Record<DeliveryStatus, true> = {
  pending: true,
  delivered: true,
  failed: true,
  disabled: true,
};
const STATUSES = Object.keys(COUNTED) as DeliveryStatus[];

const secondsSince = (ms: number | undefined) =>
  ms === undefined ? 0 : Math.max(0, Date.now() - ms) / 1_000;

/**
 * Counts of deliveries, in one round trip however many there are.
 * @throws AppError `redis_unavailable`
 */
export async function readDeliveryFigures(redis: Redis): Promise<DeliveryFigures> {
  return withRedis(async () => {
    const pipeline = redis.pipeline();
    pipeline
      .zrange(`${keys.statusPrefix}pending`, '0', '0')
      .zrange(keys.due, '0', '0', 'WITHSCORES');
    for (const status of STATUSES) pipeline.zcard(keys.statusPrefix + status);
    const [pending, due, ...counts] = answersOf(await pipeline.exec());
    const [member] = pending as string[];
    const [, dueAt] = due as string[];
    return {
      byStatus: Object.fromEntries(
        STATUSES.map((status, i) => [status, Number(counts[i])]),
      ) as DeliveryFigures['byStatus'],
      // A member begins with the time of acceptance.
      oldestPendingSeconds: secondsSince(
        member === undefined ? undefined : Number(member.slice(0, MEMBER_HEAD_LENGTH - 1)),
      ),
      overdueSeconds: secondsSince(dueAt === undefined ? undefined : Number(dueAt)),
    };
  });
}
