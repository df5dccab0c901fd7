import type { JobsOptions } from 'bullmq';
import type { Caller } from '../images/caller.js';
import type { ImageSpec, Priority } from '../images/image.js';
import { redisKeys } from '../lib/redis-keys.js';
import type { MeasureJobData } from './measurer.js';
import type { ProbeJobData } from './prober.js';

export const RENDER_QUEUE = 'renders';

/** Rows of batches, in the order in which they were queued. */
export const BULK_QUEUE = 'renders-bulk';

/**
 * Requests of link readers, whose values anybody can invent. Workers take few of them at a time, so
 * that slots and pages stay free for callers with a key.
 */
export const LINK_QUEUE = 'renders-links';

/** Jobs whose browser died or hung: each is drawn in a browser of its own. */
export const ISOLATED_QUEUE = 'renders-alone';

/** Number of turns within a priority. In the queue of links the turn is the whole priority. */
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

/** A job that draws for one requester, who reads the answer from Redis. */
export interface PreviewJobData {
  kind: 'preview';
  spec: ImageSpec;
  caller?: Caller;
}

export type JobData = RenderJobData | PreviewJobData | MeasureJobData | ProbeJobData;

/**
 * BullMQ job ids may not contain `:` nor be integers. Ours are the image's id and its generation.
 */
export function renderJobId(imageId: string, generation: number): string {
  return `${imageId}.${generation}`;
}

/**
 * Five attempts, with jitter. Completed jobs are removed at once: the image record holds the
 * result.
 */
export const RENDER_JOB: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 250, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
};

/** Someone is looking at a screen: one quick retry, then the error. */
export const PREVIEW_JOB: JobsOptions = {
  attempts: 2,
  backoff: { type: 'fixed', delay: 100 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Redis key under which a worker stores the answer to a preview. */
export const replyKey = redisKeys.workers.reply;
export const REPLY_TTL_MS = 60_000;
