import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';

export interface RetryingStoreOptions {
  /** How long a failing `put` is repeated, in ms from its first failure. */
  retryForMs: number;
  /** Once aborted, no `put` waits any more. */
  ended: AbortSignal;
  /** Called once for every `put` that begins to wait. */
  onWaiting?: (error: AppError) => void;
  firstPauseMs?: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

function isTransient(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'storage_unavailable' && error.retryable;
}

/**
 * The same store for workers with a finished image: a `put` is repeated while the storage is
 * unavailable or full, so that an outage delays work instead of spending its attempts and drawing
 * images again. Permanent errors (an invalid key, a read-only disk) fail at once.
 */
export function createRetryingStore<S extends ObjectStore>(
  store: S,
  options: RetryingStoreOptions,
): S {
  const { retryForMs, ended, onWaiting, firstPauseMs = FIRST_PAUSE_MS } = options;
  return {
    ...store,
    async put(key, body, info) {
      let waitsSince: number | undefined;
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        try {
          return await store.put(key, body, info);
        } catch (error) {
          if (!isTransient(error) || ended.aborted) throw error;
          if (waitsSince === undefined) onWaiting?.(error);
          waitsSince ??= performance.now();
          if (performance.now() - waitsSince + pauseMs > retryForMs) throw error;
          await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
        }
      }
    },
  };
}
