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
  // A Map keeps the order of insertion: the first key is the least recently used one.
  const entries = new Map<string, { value: T; bytes: number; expiresAt: number }>();
  let bytes = 0;

  function remove(key: string): void {
    bytes -= entries.get(key)?.bytes ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      if (entry.expiresAt <= options.now()) {
        remove(key);
        return undefined;
      }
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, valueBytes, ttlMs) {
      remove(key);
      const cost = valueBytes + ENTRY_BYTES;
      if (cost > options.maxBytes) return;
      entries.set(key, { value, bytes: cost, expiresAt: options.now() + ttlMs });
      bytes += cost;
      for (const oldest of entries.keys()) {
        if (bytes <= options.maxBytes) break;
        remove(oldest);
      }
    },
    get bytes() {
      return bytes;
    },
    clear() {
      entries.clear();
      bytes = 0;
    },
  };
}
