import type { Link, LinkRecords } from './link.js';

/** Links never change; what is forgotten here is read again. */
const MAX_LINKS = 1_000;

/** Links by id, from memory where they were read before: then they work without Redis. */
export function createRecentLinks(records: Pick<LinkRecords, 'get'>) {
  const kept = new Map<string, Link>();

  function keep(link: Link): void {
    kept.set(link.id, link);
    const [oldest] = kept.keys();
    if (kept.size > MAX_LINKS && oldest !== undefined) kept.delete(oldest);
  }

  return {
    keep,
    /** @throws AppError `redis_unavailable` */
    async get(id: string): Promise<Link | undefined> {
      const known = kept.get(id);
      if (known) return known;
      const link = await records.get(id);
      if (link) keep(link);
      return link;
    },
  };
}
