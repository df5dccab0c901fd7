import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { ProbeOutcome, Prober } from '../images/check-ports.js';
import { type RequestQueue, requestFromWorker } from './request-from-worker.js';
import { replyToRequest } from './worker-reply.js';

/** A job that probes addresses of assets for one requester, who reads the outcomes from Redis. */
export interface ProbeJobData {
  kind: 'probe';
  urls: string[];
  caller?: Caller;
}

/** Sends probe requests to workers. `connect` and `timeoutMs` as for `requestFromWorker`. */
export function createProber(
  queue: RequestQueue<ProbeJobData>,
  connect: () => Redis,
  { timeoutMs }: { timeoutMs: number },
): Prober {
  return {
    async probe(urls, signal, caller) {
      const { head } = await requestFromWorker<ProbeJobData, { outcomes: ProbeOutcome[] }>(
        queue,
        connect,
        {
          name: 'probe',
          data: { kind: 'probe', urls, ...(caller ? { caller } : {}) },
          timeoutMs,
          action: 'looked at the pictures',
          signal,
        },
      );
      return head.outcomes;
    },
  };
}

/** The worker's side of a probe request. `probe` bounds its own concurrency. */
export function handleProbe(
  job: Job<ProbeJobData>,
  redis: Redis,
  probe: (url: string, signal: AbortSignal, caller?: Caller) => Promise<ProbeOutcome>,
  signal: AbortSignal,
): Promise<void> {
  const { urls, caller } = job.data;
  return replyToRequest(job, redis, async () => ({
    head: { outcomes: await Promise.all(urls.map((url) => probe(url, signal, caller))) },
  }));
}
