import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { ProbeOutcome, Prober } from '../images/check-ports.js';
import { type AskedQueue, answerRequest, askWorker } from './ask-worker.js';

/** A job that probes addresses of assets for one requester, who reads the outcomes from Redis. */
export interface ProbeJobData {
  kind: 'probe';
  urls: string[];
  caller?: Caller;
}

export interface ProberOptions {
  /** Limit for one answer, including the wait for a worker. */
  timeoutMs: number;
}

/** Sends probe requests to workers. `connect` as for `askWorker`. */
export function createProber(
  queue: AskedQueue<ProbeJobData>,
  connect: () => Redis,
  options: ProberOptions,
): Prober {
  return {
    async probe(urls, signal, caller) {
      const { head } = await askWorker<ProbeJobData, { outcomes: ProbeOutcome[] }>(queue, connect, {
        name: 'probe',
        data: { kind: 'probe', urls, ...(caller ? { caller } : {}) },
        timeoutMs: options.timeoutMs,
        wanted: 'looked at the pictures',
        signal,
      });
      return head.outcomes;
    },
  };
}

/** The worker's side. `probe` bounds its own concurrency. */
export function handleProbe(
  job: Job<ProbeJobData>,
  redis: Redis,
  probe: (url: string, signal: AbortSignal, caller?: Caller) => Promise<ProbeOutcome>,
  signal: AbortSignal,
): Promise<void> {
  const { urls, caller } = job.data;
  return answerRequest(job, redis, async () => ({
    head: { outcomes: await Promise.all(urls.map((url) => probe(url, signal, caller))) },
  }));
}
