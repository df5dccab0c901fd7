import type { Redis } from 'ioredis';
import type { Admission, Link, LinkRecords } from '../links/link.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

/** Sorted set of all links: 13 digits of milliseconds, `-`, the id; at one score, in order of time. */
const ALL = 'cp:links';
const MEMBER_HEAD_LENGTH = 14;

const recordOf = (id: string) => `cp:link:${id}`;
/** Set: ids of the pictures that came of the link. */
const imagesOf = (id: string) => `cp:link:${id}:images`;
/** When it was removed; stays, because its address has gone out. */
const removedOf = (id: string) => `cp:link:${id}:removed`;
/** Pictures of one minute. */
const minuteOf = (id: string, at: Date) =>
  `cp:link:${id}:minute:${Math.floor(at.getTime() / 60_000)}`;
const memberOf = ({ id, createdAt }: Link) =>
  `${String(Date.parse(createdAt)).padStart(MEMBER_HEAD_LENGTH - 1, '0')}-${id}`;

/** KEYS images, minute, record. ARGV image, most images, most of a minute. */
const ADMIT_SCRIPT = `
if redis.call('SISMEMBER', KEYS[1], ARGV[1]) == 1 then return 'known' end
if redis.call('EXISTS', KEYS[3]) == 0 then return 'full' end
if redis.call('SCARD', KEYS[1]) >= tonumber(ARGV[2]) then return 'full' end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[3]) then return 'too_fast' end
redis.call('SADD', KEYS[1], ARGV[1])
redis.call('INCR', KEYS[2])
redis.call('EXPIRE', KEYS[2], 120)
return 'admitted'`;

/** KEYS record, images, removed, all links. ARGV now, member. */
const REMOVE_SCRIPT = `
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('DEL', KEYS[2])
redis.call('SET', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], ARGV[2])
return 1`;

/** Links in Redis. The client belongs to the caller, who also closes it. */
export function createLinkRecords(redis: Redis): LinkRecords {
  const get: LinkRecords['get'] = (id) =>
    withRedis(async () => {
      const text = await redis.get(recordOf(id));
      return text === null ? undefined : (JSON.parse(text) as Link);
    });

  /** Of each id the link and its number of pictures; what is gone meanwhile is left out. */
  async function getMany(ids: string[]) {
    const pipeline = redis.pipeline();
    for (const id of ids) pipeline.get(recordOf(id)).scard(imagesOf(id));
    const answers = answersOf(await pipeline.exec());
    return ids.flatMap((_id, at) => {
      const text = answers[2 * at] as string | null;
      if (text === null) return [];
      return [{ link: JSON.parse(text) as Link, imageCount: Number(answers[2 * at + 1]) }];
    });
  }

  return {
    get,

    add: (link) =>
      withRedis(async () => {
        const writing = redis.multi().set(recordOf(link.id), JSON.stringify(link));
        answersOf(await writing.zadd(ALL, 0, memberOf(link)).exec());
      }),

    list: ({ cursor, limit }) =>
      withRedis(async () => {
        // One more than asked for tells whether there is another page.
        const start = cursor === undefined ? '+' : `(${cursor}`;
        const found = await redis.zrange(ALL, start, '-', 'BYLEX', 'REV', 'LIMIT', 0, limit + 1);
        const members = found.slice(0, limit);
        const links = await getMany(members.map((member) => member.slice(MEMBER_HEAD_LENGTH)));
        return { links, nextCursor: found.length > limit ? members.at(-1) : undefined };
      }),

    imageCount: (id) => withRedis(() => redis.scard(imagesOf(id))),

    admit: (link, imageId, at) =>
      withRedis(async () => {
        const { id, maxImages, maxPerMinute } = link;
        const keys = [imagesOf(id), minuteOf(id, at), recordOf(id)];
        const answer = await evalScript(
          redis,
          ADMIT_SCRIPT,
          3,
          ...keys,
          imageId,
          maxImages,
          maxPerMinute,
        );
        return answer as Admission;
      }),

    async remove(id, at) {
      const link = await get(id);
      if (!link) return false;
      const keys = [recordOf(id), imagesOf(id), removedOf(id), ALL];
      const removed = await withRedis(() =>
        evalScript(redis, REMOVE_SCRIPT, keys.length, ...keys, at, memberOf(link)),
      );
      return removed === 1;
    },

    wasRemoved: async (id) => (await withRedis(() => redis.exists(removedOf(id)))) === 1,
  };
}
