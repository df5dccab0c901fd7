import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Who left in good order is known for this long: what he could not give back in time is no death. */
const LEFT_TTL_MS = 7 * 24 * 3_600_000;
const BEATS_PER_TTL = 4;
/** For the last word of a process that ends. */
const LEAVE_TIMEOUT_MS = 1_000;

const keyOf = (name: string) => `cp:worker:${name}`;

/**
 * By which workers know of each other whether they live. `ttlMs` must be shorter than the lock of a
 * job: whoever takes over a job of a process that died has to know that it did.
 */
export function createLiveness(redis: Redis, ttlMs: number) {
  const name = randomUUID();

  async function beat(): Promise<void> {
    await redis.set(keyOf(name), 'alive', 'PX', ttlMs);
  }
  // A Redis that is away would get every beat that it missed at once.
  const beatIfHeard = () => {
    if (redis.status === 'ready') beat().catch(() => undefined);
  };
  const timer = setInterval(beatIfHeard, ttlMs / BEATS_PER_TTL);
  timer.unref();
  redis.on('ready', beatIfHeard);
  const begun = beat();
  begun.catch(() => undefined);

  return {
    /** Of this process, in this life. */
    name,
    /** Resolves once the others can know of it. */
    ready: (): Promise<void> => begun,
    async isDead(other: string): Promise<boolean> {
      return other !== name && (await redis.exists(keyOf(other))) === 0;
    },
    /** Says that this process ends in good order. Never rejects. */
    async leave(): Promise<void> {
      clearInterval(timer);
      redis.off('ready', beatIfHeard);
      if (redis.status !== 'ready') return;
      const said = redis.set(keyOf(name), 'left', 'PX', LEFT_TTL_MS);
      let given: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        given = setTimeout(resolve, LEAVE_TIMEOUT_MS);
      });
      await Promise.race([said.then(() => undefined), late]).catch(() => undefined);
      clearTimeout(given);
    },
  };
}

export type Liveness = ReturnType<typeof createLiveness>;
