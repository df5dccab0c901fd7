/**
 * Runs `work` once at a time. A call during a run gets the next run, which all calls of that time
 * share: the run under way may have passed what the caller wants it to see.
 */
export function createSharedRun(work: () => Promise<void>) {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  function run(): Promise<void> {
    if (!running) {
      running = work().finally(() => {
        running = undefined;
      });
      return running;
    }
    next ??= running
      .catch(() => undefined)
      .then(() => {
        next = undefined;
        return run();
      });
    return next;
  }

  return {
    /** Resolves or rejects as a run of `work` that began at or after the call. */
    run,
    isRunning: () => running !== undefined,
    /** Resolves once the runs that were asked for have ended, whatever came of them. */
    async ended(): Promise<void> {
      await Promise.allSettled([running, next]);
    },
  };
}
