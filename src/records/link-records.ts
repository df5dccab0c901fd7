import type { Redis } from 'ioredis';
import type { Admission, Link, LinkRecords } from '../links/link.js';
import { withRedis } from './redis-connections.js';

const recordOf = (id: string) => `cp:link:${id}`;
/** Set: ids of the pictures that came of the link. */
const imagesOf = (id: string) => `cp:link:${id}:images`;
/** Pictures of one minute. */
const minuteOf = (id: string, at: Date) =>
  `cp:link:${id}:minute:${Math.floor(at.getTime() / 60_000)}`;

const ADMIT_SCRIPT = `
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 'known' end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 'full' end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[3]) then return 'too_fast' end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 120)
return 'admitted'`;

/** Links in Redis. The client belongs to the caller, who also closes it. */
export function createLinkRecords(redis: Redis): LinkRecords {
  return {
    add: (link) =>
      withRedis(async () => {
        await redis.set(recordOf(link.id), JSON.stringify(link));
      }),
    get: (id) =>
      withRedis(async () => {
        const text = await redis.get(recordOf(id));
        return text === null ? undefined : (JSON.parse(text) as Link);
      }),
    imageCount: (id) => withRedis(() => redis.scard(imagesOf(id))),
    admit: (link, imageId, at) =>
      withRedis(async () => {
        const { id, maxImages, maxPerMinute } = link;
        const keys = [imagesOf(id), minuteOf(id, at)];
        const answer = await redis.eval(ADMIT_SCRIPT, 2, ...keys, imageId, maxImages, maxPerMinute);
        return answer as Admission;
      }),
  };
}
