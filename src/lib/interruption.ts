/**
 * An event that ends waiting for other work, at most once. Not a promise in `Promise.race`: one that
 * stays pending keeps the result of every race that it took part in (nodejs/node#17469).
 */
export interface Interruption {
  /** Work that is waited for rejects with this error, and so does all later work. */
  interrupt(error: Error): void;
  /** Settles as `work`, or rejects as soon as `interrupt` is called. Nothing of `work` is kept. */
  unlessInterrupted<T>(work: Promise<T>): Promise<T>;
}

export function createInterruption(): Interruption {
  const waiting = new Set<(error: Error) => void>();
  let reason: Error | undefined;

  return {
    interrupt(error) {
      if (reason) return;
      reason = error;
      for (const reject of waiting) reject(error);
      waiting.clear();
    },

    unlessInterrupted<T>(work: Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        if (reason) reject(reason);
        else waiting.add(reject);
        const settle = (end: () => void) => {
          waiting.delete(reject);
          end();
        };
        work.then(
          (value) => settle(() => resolve(value)),
          (error: unknown) => settle(() => reject(error)),
        );
      });
    },
  };
}
