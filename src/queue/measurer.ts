import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { MeasuredWarning, Measurer } from '../images/check-ports.js';
import type { ImageSpec } from '../images/image.js';
import { type AskedQueue, answerAsker, askWorker } from './ask-worker.js';

/** Lays images out for one asker, who reads the warnings from Redis. */
export interface MeasureJobData {
  kind: 'measure';
  specs: ImageSpec[];
  caller?: Caller;
}

export interface MeasurerOptions {
  /** For one answer, waiting for a worker included. */
  timeoutMs: number;
}

/** Has workers measure images. `connect` as for `askWorker`. */
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

/** The worker's side. Throws only what another attempt may mend. */
export function handleMeasure(
  job: Job<MeasureJobData>,
  redis: Redis,
  measure: (specs: ImageSpec[], signal: AbortSignal) => Promise<MeasuredWarning[][]>,
  signal: AbortSignal,
): Promise<void> {
  return answerAsker(job, redis, async () => ({
    head: { warnings: await measure(job.data.specs, signal) },
  }));
}
