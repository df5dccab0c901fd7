import { LRUCache } from 'lru-cache';
import type { ServedImage } from './image-answer.js';

interface Kept {
  image: ServedImage;
  readAt: number;
}

/**
 * Cache of recently served images, by object key, up to `maxBytes` in total; least recently used
 * first out. Entries are fresh for `freshMs`, so a deleted image may be served that long. Older
 * entries are kept for when the storage does not answer. `now` gives milliseconds.
 */
export function createImageMemory(options: {
  maxBytes: number;
  freshMs: number;
  now?: () => number;
}) {
  const now = options.now ?? (() => performance.now());
  const kept = new LRUCache<string, Kept>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ image }) => Math.max(1, image.body.length),
  });

  return {
    put(key: string, image: ServedImage): void {
      kept.set(key, { image, readAt: now() });
    },
    get(key: string): { image: ServedImage; isFresh: boolean } | undefined {
      const found = kept.get(key);
      return found && { image: found.image, isFresh: now() - found.readAt < options.freshMs };
    },
    forget(key: string): void {
      kept.delete(key);
    },
  };
}

export type ImageMemory = ReturnType<typeof createImageMemory>;
