interface Waiting {
  weight: number;
  isLast: boolean;
  enter(): void;
}

export interface SemaphoreRequest {
  /** What of the capacity the work takes, such as the pixels of an image. Default 1. */
  weight?: number;
  /** Goes in behind all who are not. */
  isLast?: boolean;
}

/**
 * Bounds what is in work at once. First in, first out, so that heavy work is not starved; work that
 * weighs more than the whole capacity runs alone.
 */
export function createSemaphore(capacity: number) {
  let free = capacity;
  const waiting: Waiting[] = [];

  function admit(): void {
    for (let next = waiting[0]; next && next.weight <= free; next = waiting[0]) {
      waiting.shift();
      free -= next.weight;
      next.enter();
    }
  }

  function enter(weight: number, isLast: boolean): Promise<void> {
    return new Promise((resolve) => {
      const place = isLast ? -1 : waiting.findIndex((one) => one.isLast);
      const at = place === -1 ? waiting.length : place;
      waiting.splice(at, 0, { weight, isLast, enter: resolve });
      admit();
    });
  }

  return {
    /** Runs the work when there is room for it. */
    async within<T>(work: () => Promise<T>, request: SemaphoreRequest = {}): Promise<T> {
      const weight = Math.min(request.weight ?? 1, capacity);
      await enter(weight, request.isLast ?? false);
      try {
        return await work();
      } finally {
        free += weight;
        admit();
      }
    },
  };
}

export type Semaphore = ReturnType<typeof createSemaphore>;
