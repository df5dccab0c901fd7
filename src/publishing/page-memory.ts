import { LRUCache } from 'lru-cache';
import type { ImageFormat } from '../images/image.js';

/** Some 300 bytes each. */
const MAX_REMEMBERED = 10_000;

interface Shown {
  objectKey: string;
  /** The same picture in formats beside its own, by their object keys. */
  others: Partial<Record<ImageFormat, string>>;
}

/** What addresses of pages showed last, for as long as nobody else can say it. */
export function createPageMemory() {
  const shown = new LRUCache<string, Shown>({ max: MAX_REMEMBERED });

  function keep(name: string, objectKey: string): void {
    const before = shown.get(name);
    // Another picture: what its formats were is of no use any more.
    const others = before?.objectKey === objectKey ? before.others : {};
    shown.set(name, { objectKey, others });
  }

  return {
    keep,
    /** `objectKey` is that of the page's own picture, of which this is another format. */
    keepFormat(name: string, objectKey: string, format: ImageFormat, otherKey: string): void {
      keep(name, objectKey);
      const found = shown.get(name);
      if (found) found.others[format] = otherKey;
    },
    /** The object key of the picture in this format; where that is not known, in its own. */
    get(name: string, format: ImageFormat): string | undefined {
      const found = shown.get(name);
      return found?.others[format] ?? found?.objectKey;
    },
    forget: (name: string) => shown.delete(name),
  };
}
