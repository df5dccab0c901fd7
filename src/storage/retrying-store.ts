import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';

export interface RetryingStoreOptions {
  /** How long after the first failure of a `put` it is begun again, in ms. */
  patienceMs: number;
  /** Once aborted nothing waits any more. */
  ended: AbortSignal;
  /** Told once for every `put` that begins to wait. */
  onWaiting?: (error: AppError) => void;
  firstPauseMs?: number;
}

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 2_000;

function mayPass(error: unknown): error is AppError {
  return error instanceof AppError && error.code === 'storage_unavailable' && error.retryable;
}

/**
 * The same store for who has a picture in hand: a `put` is tried again while the storage is away or
 * full, so that an outage holds work up instead of spending its attempts and drawing it anew.
 * What no waiting mends (a wrong key, a read-only disk) fails at once.
 */
export function createRetryingStore<S extends ObjectStore>(
  store: S,
  options: RetryingStoreOptions,
): S {
  const { patienceMs, ended, onWaiting, firstPauseMs = FIRST_PAUSE_MS } = options;
  return {
    ...store,
    async put(key, body, info) {
      let waitsSince: number | undefined;
      for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
        try {
          return await store.put(key, body, info);
        } catch (error) {
          if (!mayPass(error) || ended.aborted) throw error;
          if (waitsSince === undefined) onWaiting?.(error);
          waitsSince ??= performance.now();
          if (performance.now() - waitsSince + pauseMs > patienceMs) throw error;
          await sleep(pauseMs, undefined, { signal: ended }).catch(() => undefined);
        }
      }
    },
  };
}
