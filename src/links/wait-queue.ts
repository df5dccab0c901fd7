/** How often the first of a line looks whether there is a place. */
const POLL_INTERVAL_MS = 40;
/** Of one link: beyond, nobody who joins would get his picture in time. */
const MAX_QUEUE_LENGTH = 500;

interface Waiting {
  /** Who may look; the others wait for those before them. */
  step(): void;
}

/**
 * Readers who wait for a place of a link, in the order in which they came, in this process. Those
 * who hang up leave: so whoever stays comes to the front, however many come and go.
 */
export function createWaitQueue() {
  const lines = new Map<string, Set<Waiting>>();

  const firstOf = (line: Set<Waiting>) => line.values().next().value;

  return {
    /** Whether somebody of this name waits already: who comes now goes behind them. */
    hasWaiters: (name: string) => lines.has(name),

    /**
     * Asks for a place until there is one, at the front of the line, for `timeoutMs`. Undefined
     * where time is up, the reader is gone, or the line is too long.
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

export type WaitQueue = ReturnType<typeof createWaitQueue>;
