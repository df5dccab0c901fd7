import { AppError } from '../errors/app-error.js';
import type { Quota } from '../images/quota.js';
import type { QuotaRecords } from './ports.js';

const DAY_MS = 86_400_000;

/** The daily quota of one key, as it stands after what was done with it here. */
export interface KeyQuota extends Quota {
  /** New pictures within one UTC day. */
  readonly limit: number;
  left(): number;
  /** Whole seconds until the day, and with it the count, begins anew. */
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

  function exceeded(pictures: number): AppError {
    return new AppError('quota_exceeded', {
      detail:
        `The key may have ${limit} new pictures a day, of which ${left()} are left, and this asks ` +
        `for ${pictures}. The count begins anew at 00:00 UTC. Ask for fewer, wait, or use a key ` +
        'with a larger quota.',
      retryAfterSeconds: resetSeconds(),
    });
  }

  return {
    limit,
    left,
    resetSeconds,

    async take(pictures, hold) {
      const taken = await records.take(hash, { limit, pictures, hold });
      ({ spentToday, nowMs } = taken);
      if (!taken.isTaken) throw exceeded(pictures);
    },

    async giveBack(pictures) {
      await records.giveBack(hash, pictures, nowMs);
      spentToday = Math.max(0, spentToday - pictures);
    },
  };
}
