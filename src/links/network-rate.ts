import { LRUCache } from 'lru-cache';
import type { Reader } from './reader.js';

/** A token bucket of new images: `burst` at once, then `perSecond`. */
export interface Allowance {
  burst: number;
  perSecond: number;
}

export interface NetworkRateOptions {
  /**
   * For the network of one customer. Default 60 at once and 2 a second: more than a household
   * opens.
   */
  network?: Allowance;
  /** For a wider network, which may also belong to one customer. */
  wideNetwork?: Allowance;
  /** For a network that many readers share. */
  shared?: Allowance;
  /**
   * Requests of a network that are refused before it counts as flooding. Default 120 at once and 5 a
   * second: what an office opens that has used up its images.
   */
  refused?: Allowance;
  /** The same for a wider network. Default 480 at once and 10 a second. */
  wideRefused?: Allowance;
  /** Networks that are kept; beyond this the least recently used is evicted. */
  maxNetworks?: number;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
  /** Of refusals: it was emptied, and has not been refilled to `CALM_SHARE` since. */
  isFlooded?: boolean;
}

/** A bucket of refusals, and how much it holds. */
interface Refusals {
  bucket: Bucket;
  burst: number;
}

/** Share of a bucket of refusals at which a network that flooded is looked at again. */
const CALM_SHARE = 0.25;

/**
 * A token bucket for each network of readers, in this process. Only images that have to be drawn
 * are counted. Readers behind a proxy that hides them are not counted: they would all be one.
 * A second bucket counts what was refused: an empty one is the mark of a flood.
 */
export function createNetworkRate(options: NetworkRateOptions = {}) {
  const { network = { burst: 60, perSecond: 2 }, maxNetworks = 20_000 } = options;
  const wideNetwork = options.wideNetwork ?? { burst: 240, perSecond: 8 };
  const shared = options.shared ?? { burst: 1_200, perSecond: 40 };
  const refused = options.refused ?? { burst: 120, perSecond: 5 };
  const wideRefused = options.wideRefused ?? { burst: 480, perSecond: 10 };
  const clock = options.clock ?? (() => performance.now());
  const refusals = new LRUCache<string, Bucket>({ max: maxNetworks });
  const images = new LRUCache<string, Bucket>({ max: maxNetworks });

  function bucketOf(name: string, { burst, perSecond }: Allowance, buckets = images): Bucket {
    const nowMs = clock();
    const known = buckets.get(name) ?? { tokens: burst, atMs: nowMs };
    known.tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) / 1_000) * perSecond);
    known.atMs = nowMs;
    buckets.set(name, known);
    return known;
  }

  function bucketsOf(reader: Reader): Bucket[] {
    if (reader.kind === 'unknown') return [];
    if (reader.kind === 'shared') return [bucketOf(reader.network, shared)];
    return [bucketOf(reader.network, network), bucketOf(reader.wideNetwork, wideNetwork)];
  }

  /** Of a network that is not shared: what others share is never cut off for one of them. */
  function refusalsOf({ kind, network: name, wideNetwork: wideName }: Reader): Refusals[] {
    if (kind !== 'network') return [];
    return [
      { bucket: bucketOf(name, refused, refusals), burst: refused.burst },
      { bucket: bucketOf(wideName, wideRefused, refusals), burst: wideRefused.burst },
    ];
  }

  function isFlooded({ bucket, burst }: Refusals): boolean {
    if (bucket.tokens >= burst * CALM_SHARE) bucket.isFlooded = false;
    return bucket.isFlooded ?? false;
  }

  return {
    allows: (reader: Reader): boolean => bucketsOf(reader).every(({ tokens }) => tokens >= 1),
    /** Counts one image. */
    take(reader: Reader): void {
      for (const bucket of bucketsOf(reader)) bucket.tokens -= 1;
    },
    /** Counts one request that was refused because of limits of its network. */
    refuse(reader: Reader): void {
      for (const { bucket } of refusalsOf(reader)) {
        bucket.tokens = Math.max(0, bucket.tokens - 1);
        if (bucket.tokens < 1) bucket.isFlooded = true;
      }
    },
    /** Whether so much of the reader's network was refused lately that nothing is looked up for it. */
    floods: (reader: Reader): boolean => refusalsOf(reader).some(isFlooded),
    size: () => images.size,
  };
}

export type NetworkRate = ReturnType<typeof createNetworkRate>;
