import { withDeadline } from '../errors/deadline.js';
import type { Link, LinkRecords } from './link.js';

/** What is forgotten here is read again. */
const MAX_LINKS = 1_000;
/** Links are changed and removed: that is known everywhere after this time. */
const FRESH_MS = 5_000;
/** For looking again: far less than a reader waits for his picture. */
const LOOK_AGAIN_MS = 100;

/**
 * Links by id, from memory where they were read a moment ago. What memory holds will do for as
 * long as Redis does not answer.
 */
export function createRecentLinks(records: Pick<LinkRecords, 'get'>) {
  const kept = new Map<string, { link: Link; readAtMs: number }>();

  function keep(link: Link): void {
    kept.delete(link.id);
    kept.set(link.id, { link, readAtMs: performance.now() });
    const [oldest] = kept.keys();
    if (kept.size > MAX_LINKS && oldest !== undefined) kept.delete(oldest);
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
      // Nobody else looks meanwhile, and nobody soon if this fails.
      known.readAtMs = performance.now();
      const late = () => new Error('late');
      return withDeadline(read(id), LOOK_AGAIN_MS, late).catch(() => known.link);
    },
  };
}
