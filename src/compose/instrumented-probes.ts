import { setTimeout as sleep } from 'node:timers/promises';
import type { createReadiness, Readiness } from '../observability/readiness.js';

/** Two probes within this time mean a load balancer: those probe every 2 to 30 s. */
const PROBED_WITHIN_MS = 90_000;

/**
 * How long a process still answers after it reports not ready. HAProxy, by default, probes every 2
 * s and counts the third failure (`inter` and `fall`,
 * https://docs.haproxy.org/3.0/configuration.html#5.2-fall); Kubernetes removes a pod from its
 * lists by itself, and needs a few seconds for it.
 */
export const LEAVE_MS = 6_000;

export interface InstrumentedProbes extends Readiness {
  /**
   * Reports not ready from now on. Resolves when a load balancer has had time to see it; at once if
   * none probes, as on a laptop or in a script, where waiting would help nobody.
   */
  leave(): Promise<void>;
}

/** The readiness as reported to the outside, which records whether anybody probes it. */
export function instrumentProbes(
  readiness: ReturnType<typeof createReadiness>,
  { leaveMs = LEAVE_MS, now = () => performance.now() } = {},
): InstrumentedProbes {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  let askedBeforeAtMs = Number.NEGATIVE_INFINITY;
  return {
    check() {
      // A single probe is a person, or a script that waits for the start.
      askedBeforeAtMs = askedAtMs;
      askedAtMs = now();
      return readiness.check();
    },
    async leave() {
      readiness.drain();
      if (now() - askedBeforeAtMs <= PROBED_WITHIN_MS) await sleep(leaveMs);
    },
  };
}
