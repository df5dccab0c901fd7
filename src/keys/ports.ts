import type { QuotaHold } from '../images/quota.js';
import type { ApiKey } from './api-key.js';

/** A key at one use of it, which its rate limit has counted. */
export interface UsedKey {
  key: ApiKey;
  /** Absent where the key has no rate limit. */
  rate?: {
    /** False: this use is one too many. */
    isAllowed: boolean;
    /** Uses that are left at once. */
    left: number;
    /** Until there is one more. */
    nextMs: number;
  };
  /** Pictures of its quota that this UTC day has seen. */
  spentToday: number;
  /** The one clock of all processes. */
  nowMs: number;
}

/** Where keys are kept. Every method throws AppError `redis_unavailable`. */
export interface KeyRecords {
  add(key: ApiKey): Promise<void>;
  list(): Promise<ApiKey[]>;
  /** By its id, expired or not; counts no use. */
  find(id: string): Promise<ApiKey | undefined>;
  /** Finds the key and counts the use, in one step. */
  use(hash: string): Promise<UsedKey | undefined>;
  /** Writes only where the key still exists and was not used after `unlessAfter` (both ISO 8601). */
  touch(hash: string, lastUsedAt: string, unlessAfter: string): Promise<void>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
}

/** What of their daily quotas keys have used up. Every method throws AppError `redis_unavailable`. */
export interface QuotaRecords {
  /** Takes all of `pictures` or, where fewer are left of `limit`, none. */
  take(
    hash: string,
    request: { limit: number; pictures: number; hold?: QuotaHold | undefined },
  ): Promise<{ isTaken: boolean; spentToday: number; nowMs: number }>;
  /** Does nothing where the day of `takenAtMs` is over: its count is over too. */
  giveBack(hash: string, pictures: number, takenAtMs: number): Promise<void>;
}
