import type { Redis } from 'ioredis';

/** Wakes requests that wait for an image. One subscription serves all of the process. */
export function createSettledSignals(subscriber: Redis, channel: string) {
  const waiters = new Map<string, Set<() => void>>();
  let subscribed: Promise<unknown> | undefined;

  function wake(name: string): void {
    for (const notify of waiters.get(name) ?? []) notify();
  }

  subscriber.on('message', (_channel, message) => wake(message));
  // Messages are lost while disconnected: every waiting request checks again.
  subscriber.on('ready', () => {
    for (const name of waiters.keys()) wake(name);
  });

  return {
    /**
     * Waits until `check` is true, checking again at each message for `<id> <generation>`; false
     * after `timeoutMs`.
     */
    async wait(name: string, timeoutMs: number, check: () => Promise<boolean>): Promise<boolean> {
      subscribed ??= subscriber.subscribe(channel);
      await subscribed;
      let notify: () => void = () => undefined;
      const set = waiters.get(name) ?? new Set();
      waiters.set(name, set);
      const endsAt = performance.now() + timeoutMs;
      try {
        for (;;) {
          const heard = new Promise<void>((resolve) => {
            notify = resolve;
          });
          set.add(notify);
          // Checked after registering, so that no message is missed in between.
          if (await check()) return true;
          const left = endsAt - performance.now();
          if (left <= 0) return false;
          let timer: NodeJS.Timeout | undefined;
          await Promise.race([
            heard,
            new Promise<void>((resolve) => {
              timer = setTimeout(resolve, left);
            }),
          ]);
          clearTimeout(timer);
          set.delete(notify);
        }
      } finally {
        set.delete(notify);
        if (set.size === 0) waiters.delete(name);
      }
    },
  };
}
