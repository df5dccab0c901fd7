/**
 * Work in company, and work that has a process for itself: before it begins, what is under way ends,
 * and nothing else begins until it is over. One at a time; who wants to be alone goes first, so that
 * those in company cannot keep him waiting.
 */
export function createSolitude() {
  let inCompany = 0;
  /** Of those that want to be alone, or are. */
  let alone = 0;
  let last: Promise<unknown> = Promise.resolve();
  const mayJoin = new Set<() => void>();
  const mayBeAlone = new Set<() => void>();

  const wake = (waiting: Set<() => void>) => {
    for (const goOn of waiting) goOn();
    waiting.clear();
  };

  /** False where the others took longer than `timeoutMs` to end. */
  async function quiet(timeoutMs: number): Promise<boolean> {
    if (inCompany === 0) return true;
    let timer: NodeJS.Timeout | undefined;
    const isQuiet = await new Promise<boolean>((resolve) => {
      timer = setTimeout(() => resolve(false), timeoutMs);
      mayBeAlone.add(() => resolve(true));
    });
    clearTimeout(timer);
    return isQuiet;
  }

  async function enter<T>(work: () => Promise<T>, timeoutMs: number): Promise<T | undefined> {
    try {
      return (await quiet(timeoutMs)) ? await work() : undefined;
    } finally {
      alone -= 1;
      if (alone === 0) wake(mayJoin);
    }
  }

  return {
    async together<T>(work: () => Promise<T>): Promise<T> {
      while (alone > 0) await new Promise<void>((resolve) => mayJoin.add(resolve));
      inCompany += 1;
      try {
        return await work();
      } finally {
        inCompany -= 1;
        if (inCompany === 0) wake(mayBeAlone);
      }
    },

    /** Undefined where `work` was not begun, because the others did not end within `timeoutMs`. */
    alone<T>(work: () => Promise<T>, timeoutMs: number): Promise<T | undefined> {
      alone += 1;
      const mine = last.then(() => enter(work, timeoutMs));
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
