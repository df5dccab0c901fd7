import type { createRedisKeys } from '../../src/lib/redis-keys.js';

type KeyMaker = string | ((name: string, at: Date) => string);

/** Every key of the table, with `name` for what varies, and a time of 0. */
export const redisKeyNames = (keys: ReturnType<typeof createRedisKeys>, name: string): string[] =>
  Object.values(keys)
    .flatMap((group) => Object.values<KeyMaker>(group))
    .map((key) => (typeof key === 'string' ? key : key(name, new Date(0))));
