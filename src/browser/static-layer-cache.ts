import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Asset } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import type { CachedLayer } from './template-page.js';
import { MAX_TRIED_PAGES, MIN_RENDERS_BEFORE_TRIAL } from './trial-limits.js';

/** Memory for the images of cached layers, which is some hundred of them. */
const MAX_BYTES = 64 * 1024 * 1024;

interface Entry {
  renders: number;
  /** Absent: not tried yet. Null: a trial is in progress, or the layer cannot be cached. */
  layer?: CachedLayer | null;
  /** Size of the layer's image; 0 without one. */
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

  function entryOf(pageName: string): Entry {
    const known = entries.get(pageName);
    if (known) return known;
    const entry: Entry = { renders: 0, bytes: 0, release: () => undefined };
    entries.set(pageName, entry);
    return entry;
  }

  return {
    /** The cached layer of this template page, if there is one. */
    layer: (pageName: string): CachedLayer | undefined =>
      entries.peek(pageName)?.layer ?? undefined,

    /** Counts a render. True once: this caller is to make the trial now. */
    isDue(pageName: string): boolean {
      const entry = entryOf(pageName);
      entry.renders += 1;
      if (entry.layer !== undefined || entry.renders < minRenders) return false;
      // Set before the trial: jobs meanwhile draw without a cached layer and start no second trial.
      entry.layer = null;
      return true;
    },

    /** Serves the image of a layer to browser pages until `release` is called. */
    serve(png: Buffer, widthPx: number, heightPx: number): { address: string; release(): void } {
      const image: Asset = {
        hash: createHash('sha256').update(png).digest('hex'),
        contentType: 'image/png',
        body: png,
        widthPx,
        heightPx,
      };
      return origin.serveAsset(image);
    },

    /** Call it after a trial that succeeded. `release` is called when the entry is evicted. */
    keep(pageName: string, layer: CachedLayer, bytes: number, release: () => void): void {
      const { renders } = entryOf(pageName);
      // The cache refuses an entry that is larger than itself, and never calls `dispose` for it.
      if (bytes > MAX_BYTES) release();
      else entries.set(pageName, { renders, layer, bytes, release });
    },
  };
}

export type StaticLayerCache = ReturnType<typeof createStaticLayerCache>;
