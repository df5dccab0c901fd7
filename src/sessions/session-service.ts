import { createHash, randomBytes } from 'node:crypto';
import type { KeyService, VerifiedKey } from '../keys/key-service.js';
import type { SessionRecords } from './ports.js';

/** A session ends when it was not used for this long, and in any case after `SESSION_MAX_MS`. */
const IDLE_MS = 12 * 3_600_000;
export const SESSION_MAX_MS = 14 * 86_400_000;

/** 32 random bytes in base64url. Other texts are refused without a look-up. */
const ID_PATTERN = /^[A-Za-z0-9_-]{43}$/;

/** A fast hash is enough: ids are 256 random bits, which cannot be guessed. */
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

export interface OpenSession {
  key: VerifiedKey;
  /** If it is not used before. */
  expiresAt: Date;
}

export interface SessionServiceDeps {
  records: SessionRecords;
  keys: Pick<KeyService, 'verify' | 'verifyHash'>;
  now?: () => Date;
}

/**
 * Sessions of people who signed in with an API key in a browser. A session holds no rights of its
 * own: at each use the key is verified, so its scopes, limits, expiry and revocation are felt at
 * once. The key of the settings is bound by its hash as well: a changed API_KEY ends its sessions.
 */
export function createSessionService({ records, keys, ...deps }: SessionServiceDeps) {
  const now = deps.now ?? (() => new Date());

  function expiryOf(createdAt: Date): Date {
    return new Date(Math.min(now().getTime() + IDLE_MS, createdAt.getTime() + SESSION_MAX_MS));
  }

  return {
    /**
     * Opens a session; undefined if the key is not valid. `id` is secret and can be read here alone.
     * @throws AppError `redis_unavailable`
     */
    async open(presentedKey: string): Promise<({ id: string } & OpenSession) | undefined> {
      const key = await keys.verify(presentedKey);
      if (!key) return undefined;
      const id = randomBytes(32).toString('base64url');
      const createdAt = now();
      const expiresAt = expiryOf(createdAt);
      const stored = { keyHash: sha256(presentedKey), createdAt: createdAt.toISOString() };
      await records.add(sha256(id), stored, expiresAt);
      return { id, key, expiresAt };
    },

    /**
     * The key of a session, whose rate limit has counted this use; undefined if the session has ended.
     * @throws AppError `redis_unavailable`
     */
    async verify(id: string): Promise<OpenSession | undefined> {
      if (!ID_PATTERN.test(id)) return undefined;
      const hash = sha256(id);
      const stored = await records.get(hash);
      if (!stored) return undefined;
      const expiresAt = expiryOf(new Date(stored.createdAt));
      const key = expiresAt > now() ? await keys.verifyHash(stored.keyHash) : undefined;
      if (!key) {
        await records.remove(hash);
        return undefined;
      }
      await records.extend(hash, expiresAt);
      return { key, expiresAt };
    },

    /** Ends a session. Does nothing if it has ended. */
    async close(id: string): Promise<void> {
      if (ID_PATTERN.test(id)) await records.remove(sha256(id));
    },
  };
}

export type SessionService = ReturnType<typeof createSessionService>;
