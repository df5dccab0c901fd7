import type { JobsOptions } from 'bullmq';
import type { Caller } from '../images/caller.js';
import type { Priority } from '../images/image.js';
import { redisKeys } from '../lib/redis-keys.js';
import type { MeasureJobData } from './measurer.js';
import type { PreviewJobData } from './previewer.js';
import type { ProbeJobData } from './prober.js';

/** Jobs of callers with a key, of readers of signed addresses, and of publishing. */
export const RENDER_QUEUE = 'renders';

/** Rows of batches, and the checks of their data, in the order in which they were queued. */
export const BULK_QUEUE = 'renders-bulk';

/**
 * Requests of link readers, whose values anybody can invent. Workers take few of them at a time, so
 * that slots and browser pages stay free for callers with a key.
 */
export const LINK_QUEUE = 'renders-links';

/** Jobs whose browser died or hung: each is drawn in a browser of its own. */
export const ISOLATED_QUEUE = 'renders-alone';

/**
 * Number of turns within a rank; later turns count as the last. In the queue of links the turn is
 * the whole BullMQ priority.
 */
export const MAX_TURN = 32;

/** In the main queue: lower ranks go first, and within a rank lower turns. */
const RANKS: Record<Exclude<Priority, 'link' | 'bulk'>, number> = {
  waiting: 0,
  reader: 1,
  publish: 2,
};

/** The BullMQ priority: a smaller number goes first; of equal ones the older job. */
export const priorityOf = (rank: keyof typeof RANKS, turn = 1): number =>
  RANKS[rank] * MAX_TURN + Math.min(Math.max(1, turn), MAX_TURN);

/** The largest value of `priorityOf`. */
export const MAX_PRIORITY = priorityOf('publish', MAX_TURN);

/** A job that draws an image and stores it. All other data is in the image record. */
export interface RenderJobData {
  kind: 'render';
  imageId: string;
  generation: number;
  /** Attempts before the isolated retry. */
  earlierAttempts?: number;
  caller?: Caller;
}

export type JobData = RenderJobData | PreviewJobData | MeasureJobData | ProbeJobData;

/** BullMQ job ids may not contain `:` nor be integers, so the separator is a dot. */
export function renderJobId(imageId: string, generation: number): string {
  return `${imageId}.${generation}`;
}

/**
 * Completed jobs are removed at once: the image record holds the result. Failed ones stay for the
 * operator. `delay` is in milliseconds, `age` in seconds.
 */
export const RENDER_JOB: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 250, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
};

/**
 * For previews, measure and probe requests, whose requester is connected and waits: one retry after
 * 100 ms, then the error.
 */
export const REQUEST_JOB: JobsOptions = {
  attempts: 2,
  backoff: { type: 'fixed', delay: 100 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Redis key under which a worker stores the reply to the request of a job. */
export const replyKey = redisKeys.workers.reply;
