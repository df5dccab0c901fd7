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
  const kept = new Map<string, Kept>();
  let bytes = 0;

  function forget(key: string): void {
    bytes -= kept.get(key)?.image.body.length ?? 0;
    kept.delete(key);
  }

  return {
    put(key: string, image: ServedImage): void {
      forget(key);
      if (image.body.length > options.maxBytes) return;
      kept.set(key, { image: image, readAt: now() });
      bytes += image.body.length;
      for (const oldest of kept.keys()) {
        if (bytes <= options.maxBytes) break;
        forget(oldest);
      }
    },
    get(key: string): { image: ServedImage; isFresh: boolean } | undefined {
      const found = kept.get(key);
      if (!found) return undefined;
      // Moved to the end: most recently used.
      kept.delete(key);
      kept.set(key, found);
      return { image: found.image, isFresh: now() - found.readAt < options.freshMs };
    },
    forget,
  };
}

export type ImageMemory = ReturnType<typeof createImageMemory>;
