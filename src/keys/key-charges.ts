import type { Quota } from '../images/quota.js';
import { createKeyQuota } from './key-quota.js';
import type { KeyRecords, QuotaRecords } from './ports.js';

/** What the addresses of a key take from its daily quota, when nobody shows the key itself. */
export interface KeyCharges {
  /** Read when a picture is taken. Nothing is counted for a key that has no quota, or is revoked. */
  quotaOf(keyId: string | undefined): Quota | undefined;
  /** New pictures that are left today; undefined where nothing is counted. */
  leftToday(keyId: string | undefined): Promise<number | undefined>;
}

/**
 * Addresses outlive the keys they were made with: an expired key's quota goes on counting, since it
 * bounds what the key has given out; a revoked one's is gone with it, and its addresses go on.
 */
export function createKeyCharges(deps: {
  records: Pick<KeyRecords, 'find'>;
  quotas: QuotaRecords;
}): KeyCharges {
  async function find(keyId: string) {
    const key = await deps.records.find(keyId);
    if (key?.dailyQuota === undefined) return undefined;
    const { hash, dailyQuota: limit } = key;
    // What the day has seen is read with the first taking.
    const unread = { spentToday: 0, nowMs: Date.now() };
    return createKeyQuota({ records: deps.quotas, hash, limit, ...unread });
  }

  return {
    quotaOf(keyId) {
      if (keyId === undefined) return undefined;
      const finding: { quota?: ReturnType<typeof find> } = {};
      const quota = () => {
        finding.quota ??= find(keyId);
        return finding.quota;
      };
      return {
        take: async (pictures, hold) => (await quota())?.take(pictures, hold),
        giveBack: async (pictures) => (await quota())?.giveBack(pictures),
      };
    },

    async leftToday(keyId) {
      const quota = keyId === undefined ? undefined : await find(keyId);
      await quota?.take(0);
      return quota?.left();
    },
  };
}
