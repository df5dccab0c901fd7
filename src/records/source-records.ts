import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { ReplayRecords } from '../publishing/hook-replays.js';
import type { Source, SourceRecords } from '../publishing/source-ports.js';
import { evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.sources;

/** More hooks than a source sends in that time; the oldest are dropped. */
const MAX_SEEN = 10_000;

/** KEYS: seen. ARGV: digest, now, until, most. */
const REMEMBER_SCRIPT = `
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[2])
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[3], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[4]))
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1`;

/**
 * Of two events that arrive together or in the wrong order, the later one is kept. A repeated event
 * is accepted: the sender may not have received the first response.
 */
const NOTE_SCRIPT = `
local last = redis.call('HGET', KEYS[1], ARGV[1])
if last and tonumber(string.match(last, '^%d+')) > tonumber(ARGV[2]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2] .. ' ' .. ARGV[3])
return 1`;

const guarded = <T>(work: () => Promise<T>) =>
  withRedis(work, 'The sources cannot be read because Redis cannot be reached. Try again shortly.');

/** Source records in Redis. The caller owns and closes the client. */
export function createSourceRecords(redis: Redis): SourceRecords & ReplayRecords {
  return {
    get: (name) =>
      guarded(async () => {
        const stored = await redis.hget(keys.all, name);
        return stored === null ? undefined : (JSON.parse(stored) as Source);
      }),

    list: () =>
      guarded(async () => {
        const stored = await redis.hvals(keys.all);
        return stored
          .map((one) => JSON.parse(one) as Source)
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      }),

    put: (source) =>
      guarded(async () => {
        await redis.hset(keys.all, source.name, JSON.stringify(source));
      }),

    remove: (name) =>
      guarded(async () => {
        const replies = await redis
          .multi()
          .hdel(keys.all, name)
          .del(keys.entries(name))
          .del(keys.seen(name))
          .exec();
        const [error, removed] = replies?.[0] ?? [];
        if (error) throw error;
        return Number(removed) > 0;
      }),

    remember: (source, digest, ttlMs) =>
      guarded(async () => {
        const now = Date.now();
        const args = [digest, String(now), String(now + ttlMs), String(MAX_SEEN)];
        return (await evalScript(redis, REMEMBER_SCRIPT, 1, keys.seen(source), ...args)) === 1;
      }),

    forget: (source, digest) =>
      guarded(async () => {
        await redis.zrem(keys.seen(source), digest);
      }),

    entry: (source, entry) =>
      guarded(async () => {
        const stored = await redis.hget(keys.entries(source), entry);
        const [, time, page] = /^(\d+) (.*)$/s.exec(stored ?? '') ?? [];
        return time && page ? { atMs: Number(time), page } : undefined;
      }),

    note: (source, entry, { atMs, page }) =>
      guarded(async () => {
        const key = keys.entries(source);
        const kept = await evalScript(
          redis,
          NOTE_SCRIPT,
          1,
          key,
          entry,
          String(Math.trunc(atMs)),
          page,
        );
        return kept === 1;
      }),
  };
}
