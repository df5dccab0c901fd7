import { setTimeout as sleep } from 'node:timers/promises';
import type { createReadiness, Readiness } from '../observability/readiness.js';

/** Two questions within this time are somebody who asks again and again: probes come every 2 to 30 s. */
const WATCHED_WITHIN_MS = 90_000;

/**
 * How long a process goes on answering once it says that it is not ready. HAProxy, as it comes, asks
 * every 2 s and believes the third failure (`inter` and `fall`,
 * https://docs.haproxy.org/3.0/configuration.html#5.2-fall); Kubernetes takes an ending pod out of
 * its lists by itself, and needs a few seconds for it.
 */
export const LEAVE_MS = 6_000;

export interface InstrumentedProbes extends Readiness {
  /**
   * From now on not ready. Resolves when a balancer has had time to see it; at once where none looks,
   * as on a laptop or in a script, since waiting would then help nobody.
   */
  leave(): Promise<void>;
}

/** The readiness that is told to the outside, which remembers whether anybody looks. */
export function instrumentProbes(
  readiness: ReturnType<typeof createReadiness>,
  { leaveMs = LEAVE_MS, now = () => performance.now() } = {},
): InstrumentedProbes {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let askedBeforeAtMs = Number.NEGATIVE_INFINITY;
  return {
    check() {
      // A single question is a person, or a script that waits for the start.
      askedBeforeAtMs = askedAtMs;
      askedAtMs = now();
      return readiness.check();
    },
    async leave() {
      readiness.drain();
      if (now() - askedBeforeAtMs <= WATCHED_WITHIN_MS) await sleep(leaveMs);
    },
  };
}
