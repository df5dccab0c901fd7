import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { MeasuredWarning, Measurer } from '../images/check-ports.js';
import type { ImageSpec } from '../images/image.js';
import { type AskedQueue, answerRequest, askWorker } from './ask-worker.js';

/** A job that lays images out for one requester, who reads the warnings from Redis. */
export interface MeasureJobData {
  kind: 'measure';
  specs: ImageSpec[];
  caller?: Caller;
}

export interface MeasurerOptions {
  /** Limit for one answer, including the wait for a worker. */
  timeoutMs: number;
}

/** Sends measure requests to workers. `connect` as for `askWorker`. */
export function createMeasurer(
  queue: AskedQueue<MeasureJobData>,
  connect: () => Redis,
  options: MeasurerOptions,
): Measurer {
  return {
    async measure(specs, signal) {
      const { head } = await askWorker<MeasureJobData, { warnings: MeasuredWarning[][] }>(
        queue,
        connect,
        {
          name: 'measure',
          data: { kind: 'measure', specs },
          timeoutMs: options.timeoutMs,
          wanted: 'measured the rows',
          signal,
        },
      );
      return head.warnings;
    },
  };
}

/** The worker's side. Throws only errors that another attempt may solve. */
export function handleMeasure(
  job: Job<MeasureJobData>,
  redis: Redis,
  measure: (specs: ImageSpec[], signal: AbortSignal) => Promise<MeasuredWarning[][]>,
  signal: AbortSignal,
): Promise<void> {
  return answerRequest(job, redis, async () => ({
    head: { warnings: await measure(job.data.specs, signal) },
  }));
}
