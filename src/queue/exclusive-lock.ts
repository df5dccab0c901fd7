/**
 * A lock with shared and exclusive use of this process. Before exclusive work starts, shared work
 * in flight ends, and no other work starts until it is over. One exclusive work at a time; it goes
 * first, so that shared work cannot block it for ever.
 */
export function createExclusiveLock() {
  let shared = 0;
  /** Exclusive works that wait or run. */
  let exclusive = 0;
  let last: Promise<unknown> = Promise.resolve();
  const onNoExclusive = new Set<() => void>();
  const onNoShared = new Set<() => void>();

  const wake = (waiting: Set<() => void>) => {
    for (const goOn of waiting) goOn();
    waiting.clear();
  };

  /** Waits for shared work to end. False if that takes longer than `timeoutMs`. */
  async function noSharedWork(timeoutMs: number): Promise<boolean> {
    if (shared === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const isQuiet = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
      onNoShared.add(() => resolve(true));
    });
    clearTimeout(timer);
    return isQuiet;
  }

  async function enter<T>(work: () => Promise<T>, timeoutMs: number): Promise<T | undefined> {
    try {
      return (await noSharedWork(timeoutMs)) ? await work() : undefined;
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
      const mine = last.then(() => enter(work, timeoutMs));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
