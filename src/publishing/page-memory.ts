import { LRUCache } from 'lru-cache';
import type { ImageFormat } from '../images/image.js';

/** About 300 bytes each. */
const MAX_REMEMBERED = 10_000;

interface Shown {
  objectKey: string;
  /** Object keys of the same image in other formats. */
  others: Partial<Record<ImageFormat, string>>;
}

/** The images that page addresses showed last, for when the records cannot be read. */
export function createPageMemory() {
  const shown = new LRUCache<string, Shown>({ max: MAX_REMEMBERED });

  function keep(name: string, objectKey: string): void {
    const before = shown.get(name);
    // Another image: the formats of the former one have no use any more.
    const others = before?.objectKey === objectKey ? before.others : {};
    shown.set(name, { objectKey, others });
  }

  return {
    keep,
    /** `objectKey`: of the page's own image, of which this is another format. */
    keepFormat(name: string, objectKey: string, format: ImageFormat, otherKey: string): void {
      keep(name, objectKey);
      const found = shown.get(name);
      if (found) found.others[format] = otherKey;
    },
    /** The object key of the image in this format; if unknown, in its own format. */
    get(name: string, format: ImageFormat): string | undefined {
      const found = shown.get(name);
      return found?.others[format] ?? found?.objectKey;
    },
    forget: (name: string) => shown.delete(name),
  };
}
