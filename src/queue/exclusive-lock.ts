/**
 * A readers-writer lock, here for shared and exclusive work of this process. Exclusive work starts
 * when all shared work in flight has ended, and nothing else starts until it ends. Exclusive work
 * that waits goes before new shared work, so that shared work cannot block it for ever.
 */
export function createExclusiveLock() {
  let shared = 0;
  /** Number of exclusive works that wait or run. */
  let exclusive = 0;
  /** Ends with the exclusive work that was requested last. Never rejects. */
  let last: Promise<unknown> = Promise.resolve();
  const onNoExclusive = new Set<() => void>();
  const onNoShared = new Set<() => void>();

  const wake = (waiting: Set<() => void>) => {
    for (const resume of waiting) resume();
    waiting.clear();
  };

  /** Waits for shared work to end. False if that takes longer than `timeoutMs`. */
  async function waitForSharedWork(timeoutMs: number): Promise<boolean> {
    if (shared === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const hasEnded = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
      onNoShared.add(() => resolve(true));
    });
    clearTimeout(timer);
    return hasEnded;
  }

  async function runWhenFree<T>(work: () => Promise<T>, timeoutMs: number): Promise<T | undefined> {
    try {
      return (await waitForSharedWork(timeoutMs)) ? await work() : undefined;
    } finally {
      exclusive -= 1;
      if (exclusive === 0) wake(onNoExclusive);
    }
  }

  return {
    async runShared<T>(work: () => Promise<T>): Promise<T> {
      while (exclusive > 0) await new Promise<void>((resolve) => onNoExclusive.add(resolve));
      shared += 1;
      try {
        return await work();
      } finally {
        shared -= 1;
        if (shared === 0) wake(onNoShared);
      }
    },

    /** Undefined if `work` was not started, because shared work did not end within `timeoutMs`. */
    runExclusive<T>(work: () => Promise<T>, timeoutMs: number): Promise<T | undefined> {
      exclusive += 1;
      const mine = last.then(() => runWhenFree(work, timeoutMs));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
