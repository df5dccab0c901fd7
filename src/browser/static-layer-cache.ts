import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Asset } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import type { CachedLayer } from './template-page.js';
import { MAX_TRIED_PAGES, MIN_RENDERS_BEFORE_TRIAL } from './trial-limits.js';

/** Cached layers may use as much memory as a few hundred images. */
const MAX_BYTES = 64 * 1024 * 1024;

interface Entry {
  renders: number;
  /** Absent: not tried yet. Null: tried, and not cacheable. */
  layer?: CachedLayer | null;
  bytes: number;
  release(): void;
}

export interface StaticLayerCacheOptions {
  /** Renders of one template page after which its static layer is tried. */
  minRenders?: number;
}

/**
 * Keeps the image of a static layer by the name of its template page (template, version, size and
 * scale): one trial serves every browser page. The entry unused for longest is evicted first.
 */
export function createStaticLayerCache(
  origin: Pick<InternalOrigin, 'serveAsset'>,
  { minRenders = MIN_RENDERS_BEFORE_TRIAL }: StaticLayerCacheOptions = {},
) {
  const entries = new LRUCache<string, Entry>({
    max: MAX_TRIED_PAGES,
    maxSize: MAX_BYTES,
    sizeCalculation: ({ bytes }) => Math.max(1, bytes),
    dispose: (entry) => entry.release(),
  });

  function entryOf(name: string): Entry {
    const known = entries.get(name);
    if (known) return known;
    const entry: Entry = { renders: 0, bytes: 0, release: () => undefined };
    entries.set(name, entry);
    return entry;
  }

  return {
    /** The cached layer of this template page, if there is one. */
    layer: (name: string): CachedLayer | undefined => entries.peek(name)?.layer ?? undefined,

    /** Counts a render. True once: that caller is to try the layer now. */
    isDue(name: string): boolean {
      const entry = entryOf(name);
      entry.renders += 1;
      if (entry.layer !== undefined || entry.renders < minRenders) return false;
      // Set already: jobs that come during the trial draw without a cached layer.
      entry.layer = null;
      return true;
    },

    /** Serves the image of a layer to pages. */
    offer(png: Buffer, widthPx: number, heightPx: number): { address: string; release(): void } {
      const image: Asset = {
        hash: createHash('sha256').update(png).digest('hex'),
        contentType: 'image/png',
        body: png,
        widthPx,
        heightPx,
      };
      return origin.serveAsset(image);
    },

    /** The trial succeeded. `release` stops serving the image. */
    keep(name: string, layer: CachedLayer, bytes: number, release: () => void): void {
      const { renders } = entryOf(name);
      // What is larger than the cache is not taken, and so never disposed of.
      if (bytes > MAX_BYTES) release();
      else entries.set(name, { renders, layer, bytes, release });
    },
  };
}

export type StaticLayerCache = ReturnType<typeof createStaticLayerCache>;
