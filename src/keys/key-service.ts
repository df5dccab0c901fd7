import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { invalidField } from '../errors/invalid-field.js';

/** What a key may do. `*` is everything; narrower scopes are names of capabilities. */
export type Scope = string;

/** A key as it is kept: never the key itself. */
export interface ApiKey {
  /** `key_` and 16 hex digits. Not secret; stands in logs. */
  id: string;
  name: string;
  /** The first characters of the key, so that its owner can recognise it. */
  prefix: string;
  /** SHA-256 of the key, hex. */
  hash: string;
  scopes: Scope[];
  /** ISO 8601 UTC. */
  createdAt: string;
  lastUsedAt?: string;
}

export interface VerifiedKey {
  keyId: string;
  scopes: Scope[];
}

/** Where keys are kept. Every method throws AppError `redis_unavailable`. */
export interface KeyRecords {
  add(key: ApiKey): Promise<void>;
  list(): Promise<ApiKey[]>;
  findByHash(hash: string): Promise<ApiKey | undefined>;
  /** Writes only where the key still exists and was not used after `unlessAfter` (both ISO 8601). */
  touch(hash: string, lastUsedAt: string, unlessAfter: string): Promise<void>;
  /** False where there was none. */
  remove(id: string): Promise<boolean>;
}

export interface KeyServiceDeps {
  records: KeyRecords;
  /** API_KEY of the settings: always valid, also while Redis is away. */
  bootstrapKey: string;
  now?: () => Date;
}

export const BOOTSTRAP_KEY_ID = 'bootstrap';
const ALL_SCOPES: Scope[] = ['*'];
const KEY_PREFIX = 'cp_live_';
/** 32 random bytes in base64url. What does not look like this is refused without a look-up. */
const KEY_PATTERN = /^cp_live_[A-Za-z0-9_-]{43}$/;
const SHOWN_PREFIX_LENGTH = KEY_PREFIX.length + 4;
const MAX_PRESENTED_LENGTH = 512;
const MAX_NAME_LENGTH = 100;
const TOUCH_INTERVAL_MS = 60_000;

/** A fast hash is enough: the keys are 256 random bits, which nobody can try out. */
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/**
 * API keys: shown once, kept as hashes, several alive at once so that they can be rotated
 * (the practice of Stripe and GitHub).
 */
export function createKeyService(deps: KeyServiceDeps) {
  const now = deps.now ?? (() => new Date());
  const bootstrapHash = sha256(deps.bootstrapKey);
  const bootstrap: VerifiedKey = { keyId: BOOTSTRAP_KEY_ID, scopes: ALL_SCOPES };

  /**
   * The only moment at which `key` can be read.
   * @throws AppError `invalid_request` for a name that is empty or over 100 characters
   */
  async function create(
    name: string,
    scopes: Scope[] = ALL_SCOPES,
  ): Promise<{ key: string; apiKey: ApiKey }> {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > MAX_NAME_LENGTH) {
      throw invalidField(
        'name',
        `must be 1 to ${MAX_NAME_LENGTH} characters that say who uses the key`,
      );
    }
    const key = KEY_PREFIX + randomBytes(32).toString('base64url');
    const apiKey: ApiKey = {
      id: `key_${randomBytes(8).toString('hex')}`,
      name: trimmed,
      prefix: key.slice(0, SHOWN_PREFIX_LENGTH),
      hash: sha256(key).toString('hex'),
      scopes,
      createdAt: now().toISOString(),
    };
    await deps.records.add(apiKey);
    return { key, apiKey };
  }

  /** At most once a minute and key, and never at the cost of the request that uses it. */
  function touch(key: ApiKey): void {
    const at = now();
    const unlessAfter = new Date(at.getTime() - TOUCH_INTERVAL_MS).toISOString();
    if (key.lastUsedAt && key.lastUsedAt > unlessAfter) return;
    deps.records.touch(key.hash, at.toISOString(), unlessAfter).catch(() => undefined);
  }

  /**
   * Compares hashes, so that the time it takes says nothing about the key.
   * @throws AppError `redis_unavailable` where only Redis could tell
   */
  async function verify(presented: string): Promise<VerifiedKey | undefined> {
    if (presented.length > MAX_PRESENTED_LENGTH) return undefined;
    const hash = sha256(presented);
    if (timingSafeEqual(hash, bootstrapHash)) return bootstrap;
    if (!KEY_PATTERN.test(presented)) return undefined;
    const key = await deps.records.findByHash(hash.toString('hex'));
    if (!key) return undefined;
    touch(key);
    return { keyId: key.id, scopes: key.scopes };
  }

  return {
    create,
    verify,
    /** Oldest first, without the bootstrap key, which is a setting. */
    list: () => deps.records.list(),
    /** Takes effect with the next request. False where there is no such key. */
    revoke: (id: string) => deps.records.remove(id),
  };
}

export type KeyService = ReturnType<typeof createKeyService>;
