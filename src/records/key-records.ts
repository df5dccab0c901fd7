import type { Redis } from 'ioredis';
import type { ApiKey, KeyRecords } from '../keys/key-service.js';
import { answersOf, withRedis } from './redis-connections.js';

/** Hash: id → SHA-256 of the key. */
const IDS = 'cp:key:ids';
/** Hash per key, under the SHA-256 of the key: one read verifies. */
const recordName = (hash: string) => `cp:key:hash:${hash}`;

/**
 * A key that was revoked a moment ago must not come back as a hash with one entry; and of many
 * requests at once one writes. Times are ISO 8601 of one length, so they compare as text.
 */
const TOUCH_SCRIPT = `
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local last = redis.call('HGET', KEYS[1], 'last_used_at')
if last and last > ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'last_used_at', ARGV[1])
return 1`;

function toHash(key: ApiKey): Record<string, string> {
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: JSON.stringify(key.scopes),
    created_at: key.createdAt,
    ...(key.lastUsedAt ? { last_used_at: key.lastUsedAt } : {}),
  };
}

function fromHash(hash: string, stored: Record<string, string>): ApiKey | undefined {
  const { id, name, prefix, scopes, created_at: createdAt, last_used_at: lastUsedAt } = stored;
  if (!id || !name || !prefix || !scopes || !createdAt) return undefined;
  return {
    id,
    name,
    prefix,
    hash,
    scopes: JSON.parse(scopes) as string[],
    createdAt,
    ...(lastUsedAt ? { lastUsedAt } : {}),
  };
}

const guarded = <T>(work: () => Promise<T>) =>
  withRedis(
    work,
    'The API keys cannot be read because Redis cannot be reached. Try again shortly.',
  );

/** API keys in Redis. The client belongs to the caller, who also closes it. */
export function createKeyRecords(redis: Redis): KeyRecords {
  /** All or nothing: MULTI, and an error of any command is thrown. */
  async function transact(commands: [string, ...string[]][]): Promise<unknown[]> {
    return answersOf(await redis.multi(commands).exec());
  }

  return {
    add: (key) =>
      guarded(async () => {
        await transact([
          ['hset', recordName(key.hash), ...Object.entries(toHash(key)).flat()],
          ['hset', IDS, key.id, key.hash],
        ]);
      }),

    findByHash: (hash) =>
      guarded(async () => fromHash(hash, await redis.hgetall(recordName(hash)))),

    list: () =>
      guarded(async () => {
        const hashes = Object.values(await redis.hgetall(IDS));
        const found = await Promise.all(
          hashes.map(async (hash) => fromHash(hash, await redis.hgetall(recordName(hash)))),
        );
        return found
          .filter((key) => key !== undefined)
          .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
      }),

    touch: (hash, lastUsedAt, unlessAfter) =>
      guarded(async () => {
        await redis.eval(TOUCH_SCRIPT, 1, recordName(hash), lastUsedAt, unlessAfter);
      }),

    remove: (id) =>
      guarded(async () => {
        const hash = await redis.hget(IDS, id);
        if (!hash) return false;
        const [removed] = await transact([
          ['del', recordName(hash)],
          ['hdel', IDS, id],
        ]);
        return Number(removed) > 0;
      }),
  };
}
