import type { QuotaHold } from '../images/quota.js';
import type { ApiKey } from './api-key.js';

/** A key at one use, which its rate limit has counted. */
export interface UsedKey {
  key: ApiKey;
  /** Absent if the key has no rate limit. */
  rate?: {
    /** False: this use exceeds the limit. */
    isAllowed: boolean;
    /** Uses that are left now. */
    left: number;
    /** Time until one more is allowed. */
    nextMs: number;
  };
  /** Images counted in its quota in this UTC day. */
  spentToday: number;
  /** Time of the clock that all processes share. */
  nowMs: number;
}

/** Key records. Every method throws AppError `redis_unavailable`. */
export interface KeyRecords {
  add(key: ApiKey): Promise<void>;
  list(): Promise<ApiKey[]>;
  /** Finds a key by its id, expired or not; does not count a use. */
  find(id: string): Promise<ApiKey | undefined>;
  /** Finds the key and counts the use, atomically. */
  use(hash: string): Promise<UsedKey | undefined>;
  /** Writes only if the key still exists and was not used after `unlessAfter` (both ISO 8601). */
  touch(hash: string, lastUsedAt: string, unlessAfter: string): Promise<void>;
  /** False if there was none. */
  remove(id: string): Promise<boolean>;
}

/** Use of the keys' daily quotas. Every method throws AppError `redis_unavailable`. */
export interface QuotaRecords {
  /** Counts all images or, if fewer are left of `limit`, none. */
  take(
    hash: string,
    request: { limit: number; images: number; hold?: QuotaHold | undefined },
  ): Promise<{ isTaken: boolean; spentToday: number; nowMs: number }>;
  /** Does nothing if the day of `takenAtMs` is over, because its count is over too. */
  giveBack(hash: string, images: number, takenAtMs: number): Promise<void>;
}
