import type { Redis } from 'ioredis';
import { redisKeys } from '../lib/redis-keys.js';
import type { CountedLink, Link, LinkRecords } from '../links/link.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

const keys = redisKeys.links;

/** Members of the set of all links: 13 digits of milliseconds, `-`, the id. */
const MEMBER_HEAD_LENGTH = 14;
const BUSIEST = 5;
/** Questions for each link, its record included. */
const ASKED = 6;

/** All keys of a link except its record and the note of its removal. */
const companionsOf = (id: string) => [
  keys.images(id),
  keys.waiting(id),
  keys.networks(id),
  keys.lent(id),
  keys.refused(id),
  keys.unfilled(id),
];

const memberOf = ({ id, createdAt }: Link) =>
  `${String(Date.parse(createdAt)).padStart(MEMBER_HEAD_LENGTH - 1, '0')}-${id}`;

/** KEYS record, removed, all links, and all further keys of the link. ARGV now, member. */
const REMOVE_SCRIPT = `
if redis.call('DEL', KEYS[1]) == 0 then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[2])
for at = 4, #KEYS do redis.call('DEL', KEYS[at]) end
return 1`;

/** Link records in Redis. The caller owns and closes the client. */
export function createLinkRecords(redis: Redis): LinkRecords {
  const get: LinkRecords['get'] = (id) =>
    withRedis(async () => {
      const text = await redis.get(keys.record(id));
      return text === null ? undefined : (JSON.parse(text) as Link);
    });

  function countedOf(link: Link, answers: unknown[]): CountedLink {
    const [images, waiting, refusals, ofNetworks, tags] = answers;
    const { count, field, at } = tags as { count?: string; field?: string; at?: string };
    const refused = refusals as { link?: string; network?: string; at?: string };
    // Wide networks repeat what the others count.
    const counts = Object.entries(ofNetworks as Record<string, string>)
      .filter(([name]) => !name.startsWith('w'))
      .map(([, count]) => Number(count));
    return {
      link,
      imageCount: Number(images),
      waitingCount: Number(waiting),
      refused: { ofLink: Number(refused.link ?? 0), ofNetwork: Number(refused.network ?? 0) },
      ...(refused.at ? { lastLimitedAt: refused.at } : {}),
      ...(field && at ? { unfilled: { count: Number(count), field, at } } : {}),
      busiestNetworks: counts.sort((a, b) => b - a).slice(0, BUSIEST),
    };
  }

  /** Links that were removed meanwhile are left out. */
  async function getMany(ids: string[]): Promise<CountedLink[]> {
    const pipeline = redis.pipeline();
    const now = Date.now();
    for (const id of ids) {
      pipeline.get(keys.record(id)).scard(keys.images(id)).zcount(keys.waiting(id), now, '+inf');
      pipeline.hgetall(keys.refused(id)).hgetall(keys.networks(id));
      pipeline.hgetall(keys.unfilled(id));
    }
    const answers = answersOf(await pipeline.exec());
    return ids.flatMap((_id, at) => {
      const [text, ...counts] = answers.slice(ASKED * at, ASKED * (at + 1));
      return typeof text === 'string' ? [countedOf(JSON.parse(text) as Link, counts)] : [];
    });
  }

  return {
    get,

    add: (link) =>
      withRedis(async () => {
        const writing = redis.multi().set(keys.record(link.id), JSON.stringify(link));
        answersOf(await writing.zadd(keys.all, 0, memberOf(link)).exec());
      }),

    list: ({ cursor, limit }) =>
      withRedis(async () => {
        // One more than requested shows whether there is another page.
        const start = cursor === undefined ? '+' : `(${cursor}`;
        const found = await redis.zrange(
          keys.all,
          start,
          '-',
          'BYLEX',
          'REV',
          'LIMIT',
          0,
          limit + 1,
        );
        const members = found.slice(0, limit);
        const links = await getMany(members.map((member) => member.slice(MEMBER_HEAD_LENGTH)));
        return { links, nextCursor: found.length > limit ? members.at(-1) : undefined };
      }),

    counted: (id) => withRedis(async () => (await getMany([id]))[0]),

    replace: (link) =>
      withRedis(
        async () => (await redis.set(keys.record(link.id), JSON.stringify(link), 'XX')) === 'OK',
      ),

    async remove(id, at) {
      const link = await get(id);
      if (!link) return false;
      const names = [keys.record(id), keys.removed(id), keys.all, ...companionsOf(id)];
      const removed = await withRedis(() =>
        evalScript(redis, REMOVE_SCRIPT, names.length, ...names, at, memberOf(link)),
      );
      return removed === 1;
    },

    wasRemoved: async (id) => (await withRedis(() => redis.exists(keys.removed(id)))) === 1,
  };
}
