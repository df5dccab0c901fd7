import { LRUCache } from 'lru-cache';

export interface OutcomeCacheOptions {
  /** Limit of all entries together; the least recently used are evicted first. */
  maxBytes: number;
  /** Milliseconds on any steady clock. */
  now: () => number;
}

export interface OutcomeCache<T> {
  get(key: string): T | undefined;
  /** Keeps `value` for `ttlMs`, unless it alone is larger than the whole cache. */
  set(key: string, value: T, bytes: number, ttlMs: number): void;
  readonly bytes: number;
  clear(): void;
}

/** Overhead of an entry, so that a flood of tiny entries is bounded as well. */
const ENTRY_BYTES = 512;

/** A cache bounded by bytes, with a time to live for each entry. */
export function createOutcomeCache<T>(options: OutcomeCacheOptions): OutcomeCache<T> {
  const entries = new LRUCache<string, { value: T; expiresAt: number }>({
    maxSize: options.maxBytes,
  });
  return {
    get(key) {
      const entry = entries.get(key);
      if (entry && entry.expiresAt > options.now()) return entry.value;
      entries.delete(key);
      return undefined;
    },
    set(key, value, bytes, ttlMs) {
      const entry = { value, expiresAt: options.now() + ttlMs };
      entries.set(key, entry, { size: bytes + ENTRY_BYTES });
    },
    get bytes() {
      return entries.calculatedSize;
    },
    clear: () => entries.clear(),
  };
}
