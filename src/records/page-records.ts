import type { Redis } from 'ioredis';
import { AppError } from '../errors/app-error.js';
import { redisKeys } from '../lib/redis-keys.js';
import type {
  ImageReference,
  Page,
  PageCheck,
  PageContent,
  PageImage,
  PageRecords,
} from '../publishing/page-record.js';
import { checkScript, removeScript, settleScript, wantScript } from './page-scripts.js';
import { answersOf, evalScript, withRedis } from './redis-connections.js';

const names = redisKeys.pages;

/** Sorts after every character of a key. */
const LAST = '\x7f';

type StoredPageImage = Omit<PageImage, 'current'>;

function parse(key: string, hash: Record<string, string>): Page | undefined {
  if (!hash.content) return undefined;
  const content = JSON.parse(hash.content) as PageContent;
  const images = content.sizes.flatMap((size): PageImage[] => {
    const stored = hash[`slot:${size}`];
    if (!stored) return [];
    const current = hash[`current:${size}`];
    return [
      {
        ...(JSON.parse(stored) as StoredPageImage),
        ...(current ? { current: JSON.parse(current) as ImageReference } : {}),
      },
    ];
  });
  const [first, ...others] = images;
  if (!first) return undefined;
  const check = hash.check ? (JSON.parse(hash.check) as PageCheck) : undefined;
  // A check of other images than the currently wanted ones has no meaning.
  const isOfThese = check?.imageIds.join() === images.map((s) => s.wanted.imageId).join();
  return {
    key,
    content,
    images: [first, ...others],
    ...(check && isOfThese ? { check } : {}),
    createdAt: hash.created_at ?? '',
    updatedAt: hash.updated_at ?? '',
  };
}

/** Published pages in Redis. The caller owns the client. */
export function createPageRecords(redis: Redis): PageRecords {
  const run = (script: string, keys: string[], ...args: string[]) =>
    withRedis(() => evalScript(redis, script, keys.length, ...keys, ...args));

  async function get(key: string): Promise<Page | undefined> {
    return withRedis(async () => parse(key, await redis.hgetall(names.record(key))));
  }

  return {
    get,

    async want(key, { content, images: pictures, warnings }, at) {
      const images = pictures.flatMap((wanted) => {
        const pageImage: StoredPageImage = {
          wanted,
          state: 'rendering',
          warnings: warnings[wanted.size] ?? [],
        };
        return [wanted.size, wanted.imageId, JSON.stringify(pageImage), JSON.stringify(wanted)];
      });
      const keys = [names.record(key), names.versions(key), names.all];
      const isNew = await run(wantScript, keys, at, key, JSON.stringify(content), ...images);
      const page = await get(key);
      if (!page) {
        const detail = 'The page was removed as it was written. Put it again.';
        throw new AppError('conflict', { detail, retryable: true });
      }
      return { page, isNew: isNew === 1 };
    },

    async settle(key, picture, settlement) {
      const { state } = settlement;
      const pageImage: StoredPageImage = {
        wanted: picture,
        state,
        warnings: state === 'ready' ? settlement.warnings : [],
        ...(state === 'failed' ? { error: settlement.error } : {}),
      };
      const shown = state === 'ready' ? JSON.stringify(picture) : '';
      const args = [picture.size, picture.imageId, JSON.stringify(pageImage), shown];
      return (await run(settleScript, [names.record(key)], ...args)) === 1;
    },

    async setCheck(key, check) {
      const page = await get(key);
      if (!page) return false;
      const wanted = page.content.sizes.flatMap((size, i) => [size, check.imageIds[i] ?? '']);
      return (await run(checkScript, [names.record(key)], JSON.stringify(check), ...wanted)) === 1;
    },

    async version(key, imageId) {
      const found = await withRedis(() => redis.hget(names.versions(key), imageId));
      return found ? (JSON.parse(found) as ImageReference) : undefined;
    },

    async wasRemoved(key) {
      return (await withRedis(() => redis.hexists(names.record(key), 'removed_at'))) === 1;
    },

    async remove(key, at) {
      const keys = [names.record(key), names.versions(key), names.all];
      return (await run(removeScript, keys, at, key)) === 1;
    },

    async list({ prefix, cursor, limit }) {
      return withRedis(async () => {
        const start = cursor !== undefined && cursor >= prefix ? `(${cursor}` : `[${prefix}`;
        const end = `(${prefix}${LAST}`;
        // One more than requested shows whether there is another page.
        const found = await redis.zrange(names.all, start, end, 'BYLEX', 'LIMIT', 0, limit + 1);
        const keys = found.slice(0, limit);
        const pipeline = redis.pipeline();
        for (const key of keys) pipeline.hgetall(names.record(key));
        const hashes = answersOf(await pipeline.exec()) as Record<string, string>[];
        const pages = keys.map((key, at) => parse(key, hashes[at] ?? {}));
        return {
          // Pages that were removed meanwhile are left out.
          pages: pages.filter((page) => page !== undefined),
          nextCursor: found.length > limit ? keys.at(-1) : undefined,
        };
      });
    },
  };
}
