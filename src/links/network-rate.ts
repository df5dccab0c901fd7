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
  /** Networks that are kept; beyond this the least recently used is evicted. */
  maxNetworks?: number;
  /** Monotonic milliseconds. */
  clock?: () => number;
}

interface Bucket {
  tokens: number;
  atMs: number;
}

/**
 * A token bucket for each network of readers, in this process. Only images that have to be drawn
 * are counted. Readers behind a proxy that hides them are not counted: they would all be one.
 */
export function createNetworkRate(options: NetworkRateOptions = {}) {
  const { network = { burst: 60, perSecond: 2 }, maxNetworks = 20_000 } = options;
  const wideNetwork = options.wideNetwork ?? { burst: 240, perSecond: 8 };
  const shared = options.shared ?? { burst: 1_200, perSecond: 40 };
  const clock = options.clock ?? (() => performance.now());
  const buckets = new LRUCache<string, Bucket>({ max: maxNetworks });

  function bucketOf(name: string, { burst, perSecond }: Allowance): Bucket {
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

  return {
    allows: (reader: Reader): boolean => bucketsOf(reader).every(({ tokens }) => tokens >= 1),
    /** Counts one image. */
    take(reader: Reader): void {
      for (const bucket of bucketsOf(reader)) bucket.tokens -= 1;
    },
    size: () => buckets.size,
  };
}

export type NetworkRate = ReturnType<typeof createNetworkRate>;
