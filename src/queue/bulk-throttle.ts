/** A bulk job waits for others at most this long, so that bulk makes progress under any load. */
const MAX_WAIT_MS = 1_000;

/** Delays bulk jobs: while a job that someone waits for is in flight, no bulk job starts. */
export function createBulkThrottle(maxWaitMs = MAX_WAIT_MS) {
  let inFlight = 0;
  const waiting = new Set<() => void>();

  function end(): void {
    inFlight -= 1;
    if (inFlight === 0) for (const resume of waiting) resume();
  }

  return {
    /** Wraps a job that someone waits for. */
    async prioritize<T>(work: () => Promise<T>): Promise<T> {
      inFlight += 1;
      try {
        return await work();
      } finally {
        end();
      }
    },

    /**
     * Inside `prioritize`: the job now waits for something external itself and does not delay bulk,
     * until the returned function is called.
     */
    park(): () => void {
      end();
      return () => {
        inFlight += 1;
      };
    },

    /**
     * Call it before a bulk job. Resolves when no job that someone waits for is in flight, or after
     * `maxWaitMs`.
     */
    async waitForTurn(): Promise<void> {
      if (inFlight === 0) return;
      await new Promise<void>((resolve) => {
        const goOn = () => {
          clearTimeout(timer);
          waiting.delete(goOn);
          resolve();
        };
        const timer = setTimeout(goOn, maxWaitMs);
        waiting.add(goOn);
      });
    },
  };
}
