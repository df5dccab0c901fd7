/** Nobody waits longer than this for others, so that bulk goes on however many people ask. */
const MAX_WAIT_MS = 1_000;

/** Lets bulk give way: while someone's picture is in hand, no bulk job begins. */
export function createBulkThrottle(maxWaitMs = MAX_WAIT_MS) {
  let inFlight = 0;
  const waiting = new Set<() => void>();

  function leave(): void {
    inFlight -= 1;
    if (inFlight === 0) for (const goOn of waiting) goOn();
  }

  return {
    /** Around a job that someone waits for. */
    async first<T>(work: () => Promise<T>): Promise<T> {
      inFlight += 1;
      try {
        return await work();
      } finally {
        leave();
      }
    },

    /** Within `first`: the job waits for something else itself, until what is returned is called. */
    aside(): () => void {
      leave();
      return () => {
        inFlight += 1;
      };
    },

    /** Before a bulk job: resolves when nobody is waited for, or after `maxWaitMs`. */
    async turn(): Promise<void> {
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
