import type { Worker } from 'bullmq';

/**
 * Changes the concurrency of a worker. BullMQ applies it when the next job ends; pausing and
 * resuming applies it at once.
 */
export function setConcurrency(worker: Worker, concurrency: number): void {
  const isMore = concurrency > worker.concurrency;
  worker.concurrency = concurrency;
  if (!isMore || worker.isPaused() || !worker.isRunning()) return;
  worker.pause(true).catch(() => undefined);
  worker.resume().catch(() => undefined);
}
