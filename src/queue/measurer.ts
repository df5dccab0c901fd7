import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { MeasuredWarning, Measurer } from '../images/check-ports.js';
import type { ImageSpec } from '../images/image.js';
import { type RequestQueue, requestFromWorker } from './request-from-worker.js';
import { replyToRequest } from './worker-reply.js';

/** A job that lays images out for one requester, who reads the warnings from Redis. */
export interface MeasureJobData {
  kind: 'measure';
  specs: ImageSpec[];
  caller?: Caller;
}

/** Sends measure requests to workers. `connect` and `timeoutMs` as for `requestFromWorker`. */
export function createMeasurer(
  queue: RequestQueue<MeasureJobData>,
  connect: () => Redis,
  { timeoutMs }: { timeoutMs: number },
): Measurer {
  return {
    async measure(specs, signal) {
      const { head } = await requestFromWorker<MeasureJobData, { warnings: MeasuredWarning[][] }>(
        queue,
        connect,
        {
          name: 'measure',
          data: { kind: 'measure', specs },
          timeoutMs,
          action: 'measured the rows',
          signal,
        },
      );
      return head.warnings;
    },
  };
}

/** The worker's side of a measure request; see `replyToRequest`. */
export function handleMeasure(
  job: Job<MeasureJobData>,
  redis: Redis,
  measure: (specs: ImageSpec[], signal: AbortSignal) => Promise<MeasuredWarning[][]>,
  signal: AbortSignal,
): Promise<void> {
  return replyToRequest(job, redis, async () => ({
    head: { warnings: await measure(job.data.specs, signal) },
  }));
}
