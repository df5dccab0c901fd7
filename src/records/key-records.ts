import type { Redis } from 'ioredis';
import type { ApiKey, RateLimit } from '../keys/api-key.js';
import type { KeyRecords, UsedKey } from '../keys/ports.js';
import { redisKeys } from '../lib/redis-keys.js';
import { touchScript, useScript } from './key-scripts.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

const { apiKeys } = redisKeys;

export interface KeyRecordsOptions {
  /** Milliseconds since 1970. Default: the clock of Redis, which is the same for all processes. */
  clock?: () => number;
}

function toHash(key: ApiKey): Record<string, string> {
  const { rateLimit, dailyQuota, expiresAt, lastUsedAt } = key;
  return {
    id: key.id,
    name: key.name,
    prefix: key.prefix,
    scopes: JSON.stringify(key.scopes),
    created_at: key.createdAt,
    ...(rateLimit
      ? {
          rate_requests: String(rateLimit.requests),
          rate_window_s: String(rateLimit.windowSeconds),
        }
      : {}),
    ...(dailyQuota === undefined ? {} : { daily_quota: String(dailyQuota) }),
    ...(expiresAt ? { expires_at: expiresAt } : {}),
    ...(lastUsedAt ? { last_used_at: lastUsedAt } : {}),
  };
}

function fromHash(hash: string, stored: Record<string, string>): ApiKey | undefined {
  const { id, name, prefix, scopes, created_at: createdAt, last_used_at: lastUsedAt } = stored;
  if (!id || !name || !prefix || !scopes || !createdAt) return undefined;
  const { rate_requests: requests, daily_quota: dailyQuota, expires_at: expiresAt } = stored;
  const windowSeconds = stored.rate_window_s === '1' ? 1 : 60;
  return {
    id,
    name,
    prefix,
    hash,
    scopes: JSON.parse(scopes) as string[],
    ...(requests ? { rateLimit: { requests: Number(requests), windowSeconds } } : {}),
    ...(dailyQuota ? { dailyQuota: Number(dailyQuota) } : {}),
    createdAt,
    ...(lastUsedAt ? { lastUsedAt } : {}),
    ...(expiresAt ? { expiresAt } : {}),
  };
}

/** `level` is explained in key-scripts.ts. */
function rateOf({ requests, windowSeconds }: RateLimit, level: number) {
  const tokenLevel = windowSeconds * 1000;
  return {
    left: Math.floor(level / tokenLevel),
    nextMs: Math.ceil((tokenLevel - (level % tokenLevel)) / requests),
  };
}

const guarded = <T>(work: () => Promise<T>) =>
  withRedis(
    work,
    'The API keys cannot be read because Redis cannot be reached. Try again shortly.',
  );

/** API key records in Redis. The caller owns and closes the client. */
export function createKeyRecords(redis: Redis, options: KeyRecordsOptions = {}): KeyRecords {
  /** Atomic, by MULTI; throws the error of any command. */
  async function transact(commands: [string, ...string[]][]): Promise<unknown[]> {
    return answersOf(await redis.multi(commands).exec());
  }

  return {
    add: (key) =>
      guarded(async () => {
        await transact([
          ['hset', apiKeys.record(key.hash), ...Object.entries(toHash(key)).flat()],
          ['hset', apiKeys.ids, key.id, key.hash],
        ]);
      }),

    use: (hash) =>
      guarded(async (): Promise<UsedKey | undefined> => {
        const now = options.clock?.() ?? '';
        const names = [apiKeys.record(hash), apiKeys.usage(hash)] as const;
        const answer = await evalScript(redis, useScript, 2, ...names, now);
        if (!answer) return undefined;
        const [flat, nowMs, allowed, level, spentToday] = answer as [
          string[],
          ...[number, number, number, number],
        ];
        const pairs = Array.from({ length: flat.length / 2 }, (_, i) =>
          flat.slice(2 * i, 2 * i + 2),
        );
        const key = fromHash(hash, Object.fromEntries(pairs) as Record<string, string>);
        if (!key) return undefined;
        const { rateLimit } = key;
        const rate = rateLimit && { isAllowed: allowed === 1, ...rateOf(rateLimit, level) };
        return { key, ...(rate ? { rate } : {}), spentToday, nowMs };
      }),

    list: () =>
      guarded(async () => {
        const hashes = Object.values(await redis.hgetall(apiKeys.ids));
        const found = await Promise.all(
          hashes.map(async (hash) => fromHash(hash, await redis.hgetall(apiKeys.record(hash)))),
        );
        return found
          .filter((key) => key !== undefined)
          .sort((a, b) => (a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : 0));
      }),

    find: (id) =>
      guarded(async () => {
        const hash = await redis.hget(apiKeys.ids, id);
        return hash ? fromHash(hash, await redis.hgetall(apiKeys.record(hash))) : undefined;
      }),

    touch: (hash, lastUsedAt, unlessAfter) =>
      guarded(async () => {
        await evalScript(redis, touchScript, 1, apiKeys.record(hash), lastUsedAt, unlessAfter);
      }),

    remove: (id) =>
      guarded(async () => {
        const hash = await redis.hget(apiKeys.ids, id);
        if (!hash) return false;
        const [removed] = await transact([
          ['del', apiKeys.record(hash)],
          ['hdel', apiKeys.ids, id],
          ['del', apiKeys.usage(hash)],
        ]);
        return Number(removed) > 0;
      }),
  };
}
