import type { Quota } from '../images/quota.js';
import { createKeyQuota } from './key-quota.js';
import type { KeyRecords, QuotaRecords } from './ports.js';

/** Counts images of a key's addresses in its daily quota, when no key is sent. */
export interface KeyCharges {
  /**
   * The quota, read when an image is counted. Nothing is counted for a key without a quota, or a
   * revoked one.
   */
  quotaOf(keyId: string | undefined): Quota | undefined;
  /** New images left today; undefined if nothing is counted. */
  leftToday(keyId: string | undefined): Promise<number | undefined>;
}

/**
 * Addresses outlive the keys that made them. An expired key's quota still counts, because it bounds
 * the addresses that the key made; a revoked key's quota is gone with it, and its addresses still
 * work.
 */
export function createKeyCharges(deps: {
  records: Pick<KeyRecords, 'find'>;
  quotas: QuotaRecords;
}): KeyCharges {
  async function find(keyId: string) {
    const key = await deps.records.find(keyId);
    if (key?.dailyQuota === undefined) return undefined;
    const { hash, dailyQuota: limit } = key;
    // The images of the day are read with the first count.
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
        take: async (images, hold) => (await quota())?.take(images, hold),
        giveBack: async (images) => (await quota())?.giveBack(images),
      };
    },

    async leftToday(keyId) {
      const quota = keyId === undefined ? undefined : await find(keyId);
      await quota?.take(0);
      return quota?.left();
    },
  };
}
