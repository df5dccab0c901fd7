import type { ServedImage } from './image-answer.js';

interface Kept {
  image: ServedImage;
  readAt: number;
}

/**
 * Pictures that were served lately, by object key, up to `maxBytes` in all; the ones that were not
 * asked for longest go first. Fresh for `freshMs`: so long a deleted picture may still be served.
 * Older ones are kept for when the storage does not answer. `now` gives milliseconds.
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
    put(key: string, picture: ServedImage): void {
      forget(key);
      if (picture.body.length > options.maxBytes) return;
      kept.set(key, { image: picture, readAt: now() });
      bytes += picture.body.length;
      for (const oldest of kept.keys()) {
        if (bytes <= options.maxBytes) break;
        forget(oldest);
      }
    },
    get(key: string): { picture: ServedImage; isFresh: boolean } | undefined {
      const found = kept.get(key);
      if (!found) return undefined;
      // Again at the end of the row.
      kept.delete(key);
      kept.set(key, found);
      return { picture: found.image, isFresh: now() - found.readAt < options.freshMs };
    },
    forget,
  };
}

export type ImageMemory = ReturnType<typeof createImageMemory>;
