import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { Liveness } from './liveness.js';

/** A process that dies fails all of its jobs, and only one of them caused it. */
const DEATHS_BEFORE_ISOLATION = 2;
/** Work that killed an isolated process is refused for this long. */
const REFUSED_MS = 3_600_000;
/** An entry that is not changed for this long is removed. */
const ENTRY_TTL_MS = 7 * 24 * 3_600_000;
/** How often to look whether a silent process has reconnected to Redis. */
const LOOK_INTERVAL_MS = 250;

const keyOf = redisKeys.workers.deaths;

/*
 * One hash for each piece of work. `by`: name of the process that does it now; `alone`: `1` if it is
 * isolated; `deaths`: processes that died over it; `condemned_until`: until when it is refused (Unix
 * ms).
 */

/**
 * Notes the process that starts the work. It does not if another process is noted (`held`), if the
 * work is refused (`refused`), or if it needs isolation and is not isolated (`needs_isolation`).
 * KEYS: work. ARGV: process name, `1` if isolated, deaths before isolation, now (Unix ms), TTL (ms).
 */
const beginScript = `
local is = redis.call('HMGET', KEYS[1], 'by', 'deaths', 'alone', 'condemned_until')
local deaths = tonumber(is[2] or '0')
if is[1] and is[1] ~= ARGV[1] then return {'held', is[1], is[3] or '0', deaths} end
if is[4] and tonumber(is[4]) > tonumber(ARGV[4]) then return {'refused', '', '0', deaths} end
if deaths >= tonumber(ARGV[3]) and ARGV[2] == '0' then return {'needs_isolation', '', '0', deaths} end
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'alone', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return {'begun', '', '0', deaths}
`;

/**
 * Removes the note of a process that no longer does the work. KEYS: work. ARGV: process name, deaths
 * to add, refused until (Unix ms, or ''), TTL (ms).
 */
const releaseScript = `
if redis.call('HGET', KEYS[1], 'by') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'by', 'alone')
redis.call('HINCRBY', KEYS[1], 'deaths', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'condemned_until', ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/**
 * Removes the note of this process; removes the whole entry if the work succeeded or no process
 * died over it. KEYS: work. ARGV: process name, `1` if it succeeded.
 */
const endScript = `
if redis.call('HGET', KEYS[1], 'by') ~= ARGV[1] then return 0 end
if ARGV[2] == '1' or (redis.call('HGET', KEYS[1], 'deaths') or '0') == '0' then
  return redis.call('DEL', KEYS[1])
end
return redis.call('HDEL', KEYS[1], 'by', 'alone')
`;

export type Beginning =
  /** Begun: do the work, then call `end`. */
  | { kind: 'begun'; deaths: number }
  /** Processes died over it: it may begin only isolated. */
  | { kind: 'needs_isolation'; deaths: number }
  /** A process died over it while isolated: it is refused for an hour. */
  | { kind: 'refused'; deaths: number };

export interface ProcessDeathsOptions {
  redis: Redis;
  liveness: Liveness;
  /** How long a process with an isolated job may be silent before it counts as dead. */
  graceMs: number;
  onDeath?: (work: string, deaths: number) => void;
  /** Unix milliseconds. */
  now?: () => number;
}

/**
 * Counts, in Redis, the processes that died while they did a piece of work. Work that a process
 * returned (at shutdown too) does not count, nor a lock that expired while Redis was unreachable.
 * Work is named by what is drawn, so that a new request for it does not reset the count.
 */
export function createProcessDeaths(options: ProcessDeathsOptions) {
  const { redis, liveness, graceMs } = options;
  const now = options.now ?? Date.now;

  async function isDead(holder: string, wasIsolated: boolean): Promise<boolean> {
    // A process may only have lost its connection to Redis. Work that is refused wrongly harms more
    // than a pause, so an isolated process gets time to reconnect.
    const deadline = performance.now() + (wasIsolated ? graceMs : 0);
    while (await liveness.isDead(holder)) {
      if (performance.now() >= deadline) return true;
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
    }
    return false;
  }

  /** Handles the former holder: either it died, or it lost the job and is alive. */
  async function settleHolder(work: string, holder: string, wasIsolated: boolean, deaths: number) {
    const isDeath = await isDead(holder, wasIsolated);
    const until = isDeath && wasIsolated ? String(now() + REFUSED_MS) : '';
    const args = [holder, isDeath ? 1 : 0, until, ENTRY_TTL_MS];
    const released = await redis.eval(releaseScript, 1, keyOf(work), ...args);
    if (isDeath && released === 1) options.onDeath?.(work, deaths + 1);
  }

  return {
    /**
     * Call it before work: notes that this process does it. `isolated`: this process does nothing
     * else meanwhile. Repeats until no other process is noted.
     */
    async begin(work: string, { isolated }: { isolated: boolean }): Promise<Beginning> {
      await liveness.ready();
      for (;;) {
        const args = [
          liveness.name,
          isolated ? '1' : '0',
          DEATHS_BEFORE_ISOLATION,
          now(),
          ENTRY_TTL_MS,
        ];
        const [kind, holder, wasIsolated, deaths] = (await redis.eval(
          beginScript,
          1,
          keyOf(work),
          ...args,
        )) as [Beginning['kind'] | 'held', string, string, number];
        if (kind !== 'held') return { kind, deaths };
        await settleHolder(work, holder, wasIsolated === '1', deaths);
      }
    },

    /**
     * Call it after work that has begun, however it ended; `isDone` if it succeeded. Need not be
     * awaited: a later `begin` of this process goes over the same connection, so it comes after it,
     * and a `begin` of another process waits while this process is noted.
     */
    end(work: string, isDone: boolean): void {
      redis
        .eval(endScript, 1, keyOf(work), liveness.name, isDone ? '1' : '0')
        .catch(() => undefined);
    },
  };
}
