import { createHash } from 'node:crypto';
import type { Asset } from '../images/ports.js';
import type { InternalOrigin } from './internal-origin.js';
import type { CachedLayer } from './template-page.js';

/** A picture that is made now and then is not worth the trial, which costs as much as ten. */
const DEFAULT_MIN_RENDERS = 4;
/** Pictures of layers take what a few hundred cards take. */
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_TEMPLATE_PAGES = 2_000;

interface Entry {
  renders: number;
  /** Absent: not tried yet. Null: tried, and not to be cached. */
  layer?: CachedLayer | null;
  bytes: number;
  release(): void;
}

export interface StaticLayerCacheOptions {
  /** Renders of one shell after which its static layer is tried. */
  minRenders?: number;
}

/**
 * Remembers, by the name of a shell (template, version, size and scale), the picture of its static
 * layer: one trial serves every page. What was used longest ago is forgotten first.
 */
export function createStaticLayerCache(
  origin: Pick<InternalOrigin, 'lend'>,
  { minRenders = DEFAULT_MIN_RENDERS }: StaticLayerCacheOptions = {},
) {
  const entries = new Map<string, Entry>();

  function entryOf(name: string): Entry {
    const entry = entries.get(name) ?? { renders: 0, bytes: 0, release: () => undefined };
    entries.delete(name);
    entries.set(name, entry);
    return entry;
  }

  function forgetOldest(): void {
    const total = () => [...entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    while (entries.size > MAX_TEMPLATE_PAGES || (entries.size > 1 && total() > MAX_BYTES)) {
      const [oldest] = entries;
      if (!oldest) return;
      oldest[1].release();
      entries.delete(oldest[0]);
    }
  }

  return {
    /** The cached layer of this shell, if there is one. */
    layer: (name: string): CachedLayer | undefined => entries.get(name)?.layer ?? undefined,

    /** Counts a render. True once, for the one who is to try the layer now. */
    isDue(name: string): boolean {
      const entry = entryOf(name);
      entry.renders += 1;
      if (entry.layer !== undefined || entry.renders < minRenders) return false;
      // Whoever comes while it is being tried draws as ever.
      entry.layer = null;
      forgetOldest();
      return true;
    },

    /** Makes the picture of a layer known to pages. */
    offer(png: Buffer, widthPx: number, heightPx: number): { address: string; release(): void } {
      const picture: Asset = {
        hash: createHash('sha256').update(png).digest('hex'),
        contentType: 'image/png',
        body: png,
        widthPx,
        heightPx,
      };
      return origin.lend(picture);
    },

    /** The trial went well. `release` takes the picture's address back. */
    keep(name: string, layer: CachedLayer, bytes: number, release: () => void): void {
      Object.assign(entryOf(name), { layer, bytes, release });
      forgetOldest();
    },
  };
}

export type StaticLayerCache = ReturnType<typeof createStaticLayerCache>;
