import type { Redis } from 'ioredis';
import type { Liveness } from './liveness.js';

/** A process that dies takes all its jobs with it, guilty or not: once is no one's fault. */
export const DEATHS_BEFORE_ISOLATION = 2;
/** Whoever keeps asking for what ends a process may do so once in this time. */
const SET_APART_MS = 3_600_000;
const TTL_MS = 7 * 24 * 3_600_000;
/** A process that was only cut off from Redis says within this that it lives. */
const GRACE_LOOK_MS = 250;

const keyOf = (work: string) => `cp:deaths:${work}`;

/**
 * Notes who works on it, unless someone else is noted, or it has to be alone and is not, or was
 * given up. KEYS: work. ARGV: who, `1` if isolated, deaths before isolation, now, TTL, both in ms.
 */
const beginScript = `
local is = redis.call('HMGET', KEYS[1], 'by', 'deaths', 'alone', 'condemned_until')
local deaths = tonumber(is[2] or '0')
if is[1] and is[1] ~= ARGV[1] then return {'held', is[1], is[3] or '0', deaths} end
if is[4] and tonumber(is[4]) > tonumber(ARGV[4]) then return {'set_apart', '', '0', deaths} end
if deaths >= tonumber(ARGV[3]) and ARGV[2] == '0' then return {'apart', '', '0', deaths} end
redis.call('HSET', KEYS[1], 'by', ARGV[1], 'alone', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return {'begun', '', '0', deaths}
`;

/**
 * Takes away the note of someone who works on it no more. KEYS: work. ARGV: who, deaths to add, until when
 * it is condemned or '', TTL in ms.
 */
const releaseScript = `
if redis.call('HGET', KEYS[1], 'by') ~= ARGV[1] then return 0 end
redis.call('HDEL', KEYS[1], 'by', 'alone')
redis.call('HINCRBY', KEYS[1], 'deaths', ARGV[2])
if ARGV[3] ~= '' then redis.call('HSET', KEYS[1], 'condemned_until', ARGV[3]) end
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return 1
`;

/** Forgets what was ended well, or tried without a death. KEYS: work. ARGV: who, `1` if ended well. */
const endScript = `
if redis.call('HGET', KEYS[1], 'by') ~= ARGV[1] then return 0 end
if ARGV[2] == '1' or (redis.call('HGET', KEYS[1], 'deaths') or '0') == '0' then
  return redis.call('DEL', KEYS[1])
end
return redis.call('HDEL', KEYS[1], 'by', 'alone')
`;

export type Beginning =
  /** To be worked on, and ended with `end`. */
  | { kind: 'begun'; deaths: number }
  /** Processes died over it: it may begin alone only. */
  | { kind: 'apart'; deaths: number }
  /** A process died over it while it did nothing else. */
  | { kind: 'set_apart'; deaths: number };

export interface ProcessDeathsOptions {
  redis: Redis;
  liveness: Liveness;
  /** How long a process that holds a job alone may be silent before it counts as dead. */
  graceMs: number;
  onDeath?: (work: string, deaths: number) => void;
  /** Unix milliseconds. */
  now?: () => number;
}

/**
 * Counts, in Redis, the processes that died while they worked on something. What was given back, by
 * a process that ended in good order as well, does not count, and neither does a lock that ran out
 * while Redis was away. Work is named by what is drawn, so that asking again does not begin anew.
 */
export function createProcessDeaths(options: ProcessDeathsOptions) {
  const { redis, liveness, graceMs } = options;
  const now = options.now ?? Date.now;

  async function isGone(holder: string, wasIsolated: boolean): Promise<boolean> {
    // Nobody is condemned over a process that only has not come back to Redis yet.
    const deadline = performance.now() + (wasIsolated ? graceMs : 0);
    while (await liveness.isDead(holder)) {
      if (performance.now() >= deadline) return true;
      await new Promise((resolve) => setTimeout(resolve, GRACE_LOOK_MS));
    }
    return false;
  }

  /** Settles with a former holder: he died, or he lost the job and lives. */
  async function settle(work: string, holder: string, wasIsolated: boolean, deaths: number) {
    const isDeath = await isGone(holder, wasIsolated);
    const until = isDeath && wasIsolated ? String(now() + SET_APART_MS) : '';
    const args = [holder, isDeath ? 1 : 0, until, TTL_MS];
    const released = await redis.eval(releaseScript, 1, keyOf(work), ...args);
    if (isDeath && released === 1) options.onDeath?.(work, deaths + 1);
  }

  return {
    /** Before work: notes that this process does it. `isolated`: and does nothing else meanwhile. */
    async begin(work: string, { isolated }: { isolated: boolean }): Promise<Beginning> {
      await liveness.ready();
      for (;;) {
        const args = [liveness.name, isolated ? '1' : '0', DEATHS_BEFORE_ISOLATION, now(), TTL_MS];
        const [kind, holder, wasIsolated, deaths] = (await redis.eval(
          beginScript,
          1,
          keyOf(work),
          ...args,
        )) as [Beginning['kind'] | 'held', string, string, number];
        if (kind !== 'held') return { kind, deaths };
        await settle(work, holder, wasIsolated === '1', deaths);
      }
    },

    /**
     * After work, however it ended; `isDone` where it ended well. Not awaited: a later `begin` of
     * this process comes after it on the same connection, and one of another is left isolated.
     */
    end(work: string, isDone: boolean): void {
      redis
        .eval(endScript, 1, keyOf(work), liveness.name, isDone ? '1' : '0')
        .catch(() => undefined);
    },
  };
}

export type ProcessDeaths = ReturnType<typeof createProcessDeaths>;
