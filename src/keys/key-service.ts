import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { ApiKey, RateLimit } from './api-key.js';
import { createKeyQuota, type KeyQuota } from './key-quota.js';
import { type KeyOptions, readNewKey } from './new-key.js';
import type { KeyRecords, QuotaRecords, UsedKey } from './ports.js';
import { ALL_SCOPES } from './scope.js';

export interface VerifiedKey {
  keyId: string;
  name: string;
  scopes: string[];
  /** Only if the key has a rate limit. */
  rate?: NonNullable<UsedKey['rate']> & { limit: RateLimit };
  /** Only if the key has a daily quota. */
  quota?: KeyQuota;
}

export interface KeyServiceDeps {
  records: KeyRecords;
  quotas: QuotaRecords;
  /** API_KEY of the settings: always valid, even while Redis is unreachable. */
  bootstrapKey: string;
  now?: () => Date;
}

export const BOOTSTRAP_KEY_ID = 'bootstrap';
export const BOOTSTRAP_KEY_NAME = 'API_KEY of the settings';
const KEY_PREFIX = 'cp_live_';
/** 32 random bytes in base64url. Other texts are refused without a look-up. */
const KEY_PATTERN = /^cp_live_[A-Za-z0-9_-]{43}$/;
const SHOWN_PREFIX_LENGTH = KEY_PREFIX.length + 4;
const MAX_PRESENTED_LENGTH = 512;
const TOUCH_INTERVAL_MS = 60_000;

/** A fast hash is enough: keys are 256 random bits, which cannot be guessed. */
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/**
 * API keys: shown once, stored as hashes, several valid at once so that they can be rotated (as at
 * Stripe and GitHub).
 */
export function createKeyService(deps: KeyServiceDeps) {
  const now = deps.now ?? (() => new Date());
  const bootstrapHash = sha256(deps.bootstrapKey);
  const bootstrapHex = bootstrapHash.toString('hex');
  const bootstrap: VerifiedKey = {
    keyId: BOOTSTRAP_KEY_ID,
    name: BOOTSTRAP_KEY_NAME,
    scopes: [ALL_SCOPES],
  };

  /**
   * Creates a key. This is the only time at which `key` can be read.
   * @throws AppError `invalid_request` for a name that is empty or over 100 characters, an unknown
   *   scope, a limit that is not an integer in its range, and a time that is not in the future
   */
  async function create(
    name: string,
    options: KeyOptions = {},
  ): Promise<{ key: string; apiKey: ApiKey }> {
    const at = now();
    const settings = readNewKey(name, options, at);
    const key = KEY_PREFIX + randomBytes(32).toString('base64url');
    const apiKey: ApiKey = {
      ...settings,
      id: `key_${randomBytes(8).toString('hex')}`,
      prefix: key.slice(0, SHOWN_PREFIX_LENGTH),
      hash: sha256(key).toString('hex'),
      createdAt: at.toISOString(),
    };
    await deps.records.add(apiKey);
    return { key, apiKey };
  }

  /** At most once a minute for each key, and never delaying the request that uses it. */
  function touch(key: ApiKey): void {
    const at = now();
    const unlessAfter = new Date(at.getTime() - TOUCH_INTERVAL_MS).toISOString();
    if (key.lastUsedAt && key.lastUsedAt > unlessAfter) return;
    deps.records.touch(key.hash, at.toISOString(), unlessAfter).catch(() => undefined);
  }

  function verified({ key, rate, spentToday, nowMs }: UsedKey): VerifiedKey {
    const { id: keyId, name, scopes, hash, rateLimit, dailyQuota: limit } = key;
    const records = deps.quotas;
    return {
      keyId,
      name,
      scopes,
      ...(rate && rateLimit ? { rate: { ...rate, limit: rateLimit } } : {}),
      ...(limit === undefined
        ? {}
        : { quota: createKeyQuota({ records, hash, limit, spentToday, nowMs }) }),
    };
  }

  async function useKey(hash: string): Promise<VerifiedKey | undefined> {
    const used = await deps.records.use(hash);
    if (!used) return undefined;
    const { expiresAt } = used.key;
    if (expiresAt !== undefined && expiresAt <= now().toISOString()) return undefined;
    touch(used.key);
    return verified(used);
  }

  /**
   * Verifies a key. Compares hashes, so that the time discloses nothing about the key. The key's
   * rate limit has counted this request; the caller refuses it if `rate` does not allow it.
   * @throws AppError `redis_unavailable` if only Redis could decide
   */
  async function verify(presented: string): Promise<VerifiedKey | undefined> {
    if (presented.length > MAX_PRESENTED_LENGTH) return undefined;
    const hash = sha256(presented);
    if (timingSafeEqual(hash, bootstrapHash)) return bootstrap;
    return KEY_PATTERN.test(presented) ? useKey(hash.toString('hex')) : undefined;
  }

  /**
   * The same for the SHA-256 of a key, hex, as a session keeps it.
   * @throws AppError `redis_unavailable` if only Redis could decide
   */
  async function verifyHash(hash: string): Promise<VerifiedKey | undefined> {
    return hash === bootstrapHex ? bootstrap : useKey(hash);
  }

  /**
   * Revokes a key, effective with the next request. False if there is no such key.
   * @throws AppError `conflict` for the key of the settings
   */
  async function revoke(id: string): Promise<boolean> {
    if (id !== BOOTSTRAP_KEY_ID) return deps.records.remove(id);
    throw new AppError('conflict', {
      detail: 'The key of the settings cannot be revoked. Change API_KEY and start anew.',
    });
  }

  return {
    create,
    verify,
    verifyHash,
    /** Oldest first, without the bootstrap key, which is a setting. */
    list: () => deps.records.list(),
    revoke,
  };
}

export type KeyService = ReturnType<typeof createKeyService>;
