import type { Queue } from 'bullmq';

export type JobCounts = {
  /** With and without a BullMQ priority. */
  waiting: number;
  delayed: number;
  active: number;
  failed: number;
};

/** The numbers of jobs in one queue. */
export async function readJobCounts(bull: Pick<Queue, 'getJobCounts'>): Promise<JobCounts> {
  const counts = await bull.getJobCounts('waiting', 'prioritized', 'delayed', 'active', 'failed');
  return {
    waiting: (counts.waiting ?? 0) + (counts.prioritized ?? 0),
    delayed: counts.delayed ?? 0,
    active: counts.active ?? 0,
    failed: counts.failed ?? 0,
  };
}
