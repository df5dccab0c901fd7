/** How often the first waiter checks for a free reservation. */
const POLL_INTERVAL_MS = 40;
/** Waiters for one link: with more, a new one would not get its image in time. */
const MAX_QUEUE_LENGTH = 500;

interface Waiting {
  /** Wakes the waiter. Only the first one checks; the others wait for those before them. */
  step(): void;
}

/**
 * Readers who wait for a reservation of a link, first in first out, in this process. Disconnected
 * readers leave the queue, so that a connected one always comes to the front.
 */
export function createWaitQueue() {
  const lines = new Map<string, Set<Waiting>>();

  const firstOf = (line: Set<Waiting>) => line.values().next().value;

  return {
    /** Whether anybody waits under this name: a new reader goes behind them. */
    hasWaiters: (name: string) => lines.has(name),

    /**
     * Waits in the queue, and at its front calls `look` until it returns something, for `timeoutMs`
     * in total. Undefined if time is up, the reader disconnected, or the queue is too long.
     */
    async wait<T>(
      name: string,
      look: () => Promise<T | undefined>,
      { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
    ): Promise<T | undefined> {
      const line = lines.get(name) ?? new Set<Waiting>();
      if (line.size >= MAX_QUEUE_LENGTH) return undefined;
      let step: () => void = () => undefined;
      const self: Waiting = { step: () => step() };
      lines.set(name, line);
      line.add(self);
      const endsAt = performance.now() + timeoutMs;
      const wake = () => step();
      signal?.addEventListener('abort', wake);
      try {
        for (;;) {
          const left = endsAt - performance.now();
          if (signal?.aborted || left <= 0) return undefined;
          const isFirst = firstOf(line) === self;
          const found = isFirst ? await look() : undefined;
          if (found !== undefined) return found;
          await new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, isFirst ? Math.min(POLL_INTERVAL_MS, left) : left);
            step = () => {
              clearTimeout(timer);
              resolve();
            };
            if (signal?.aborted || (!isFirst && firstOf(line) === self)) step();
          });
        }
      } finally {
        signal?.removeEventListener('abort', wake);
        line.delete(self);
        if (line.size === 0) lines.delete(name);
        else firstOf(line)?.step();
      }
    },
  };
}
