import { AppError } from '../errors/app-error.js';
import type { Quota } from '../images/quota.js';
import type { QuotaRecords } from './ports.js';

const DAY_MS = 86_400_000;

/** The daily quota of one key, as of its last use in this request. */
export interface KeyQuota extends Quota {
  /** New images within one UTC day. */
  readonly limit: number;
  left(): number;
  /** Whole seconds until the day ends and the count restarts. */
  resetSeconds(): number;
}

export function createKeyQuota(deps: {
  records: QuotaRecords;
  /** Of the key. */
  hash: string;
  limit: number;
  spentToday: number;
  nowMs: number;
}): KeyQuota {
  const { records, hash, limit } = deps;
  let { spentToday, nowMs } = deps;
  const left = () => Math.max(0, limit - spentToday);
  const resetSeconds = () => Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000);

  function exceeded(images: number): AppError {
    return new AppError('quota_exceeded', {
      detail:
        `The key may have ${limit} new pictures a day, of which ${left()} are left, and this asks ` +
        `for ${images}. The count begins anew at 00:00 UTC. Ask for fewer, wait, or use a key ` +
        'with a larger quota.',
      retryAfterSeconds: resetSeconds(),
    });
  }

  return {
    limit,
    left,
    resetSeconds,

    async take(images, hold) {
      const taken = await records.take(hash, { limit, images, hold });
      ({ spentToday, nowMs } = taken);
      if (!taken.isTaken) throw exceeded(images);
    },

    async giveBack(images) {
      await records.giveBack(hash, images, nowMs);
      spentToday = Math.max(0, spentToday - images);
    },
  };
}
