import { LRUCache } from 'lru-cache';
import { withDeadline } from '../lib/deadline.js';
import type { Link, LinkRecords } from './link.js';

/** An evicted link is read again. */
const MAX_LINKS = 1_000;
/** Changes and removals of links are effective in all processes after this time. */
const FRESH_MS = 5_000;
/** Limit for refreshing an entry: far less than a reader waits for an image. */
const LOOK_AGAIN_MS = 100;

/**
 * Links by id, from memory if they were read a moment ago. While Redis does not answer, the cached
 * link is used.
 */
export function createRecentLinks(records: Pick<LinkRecords, 'get'>) {
  const kept = new LRUCache<string, { link: Link; readAtMs: number }>({ max: MAX_LINKS });

  function keep(link: Link): void {
    kept.set(link.id, { link, readAtMs: performance.now() });
  }

  async function read(id: string): Promise<Link | undefined> {
    const link = await records.get(id);
    if (link) keep(link);
    else kept.delete(id);
    return link;
  }

  return {
    keep,
    /** @throws AppError `redis_unavailable` */
    async get(id: string): Promise<Link | undefined> {
      const known = kept.get(id);
      if (!known) return read(id);
      if (performance.now() - known.readAtMs < FRESH_MS) return known.link;
      // Set first: no other request refreshes it meanwhile, nor soon after a failure.
      known.readAtMs = performance.now();
      const late = () => new Error('late');
      return withDeadline(read(id), LOOK_AGAIN_MS, late).catch(() => known.link);
    },
  };
}
