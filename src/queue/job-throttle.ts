/** A job is held back at most this long, so that it makes progress under any load. */
const MAX_HOLD_MS = 1_000;

/**
 * Holds back jobs of one kind, such as bulk jobs, while a more urgent job is in flight in this
 * process.
 */
export function createJobThrottle(maxHoldMs = MAX_HOLD_MS) {
  /** Urgent jobs in flight that are not parked. */
  let urgent = 0;
  const held = new Set<() => void>();

  function endUrgent(): void {
    urgent -= 1;
    if (urgent === 0) for (const resume of held) resume();
  }

  return {
    /** Wraps an urgent job. */
    async runUrgent<T>(work: () => Promise<T>): Promise<T> {
      urgent += 1;
      try {
        return await work();
      } finally {
        endUrgent();
      }
    },

    /**
     * Call it when an urgent job is parked: it holds back nothing until the returned function is
     * called, at its resumption.
     */
    park(): () => void {
      endUrgent();
      return () => {
        urgent += 1;
      };
    },

    /**
     * Call it before a job that can be held back. Resolves when no urgent job is in flight, or after
     * `maxHoldMs`.
     */
    async holdBack(): Promise<void> {
      if (urgent === 0) return;
      await new Promise<void>((resolve) => {
        const resume = () => {
          clearTimeout(timer);
          held.delete(resume);
          resolve();
        };
        const timer = setTimeout(resume, maxHoldMs);
        held.add(resume);
      });
    },
  };
}
