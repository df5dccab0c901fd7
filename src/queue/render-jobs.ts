import type { JobsOptions } from 'bullmq';
import type { Caller } from '../images/caller.js';
import type { ImageSpec, Priority } from '../images/image.js';
import type { MeasureJobData } from './measurer.js';
import type { ProbeJobData } from './prober.js';

export const RENDER_QUEUE = 'renders';

/** Rows of batches: a queue of their own, in the order in which they were fed. */
export const BULK_QUEUE = 'renders-bulk';

/**
 * Readers of links, whose values anybody can invent: a queue of their own, of which workers take
 * only so much that hands and pages stay free for those with a key.
 */
export const LINK_QUEUE = 'renders-links';

/** Jobs whose browser died or hung: each is drawn in a browser of its own. */
export const ISOLATED_QUEUE = 'renders-alone';

/** Turns within a rank, and in the queue of links, where the turn is all of the priority. */
export const MAX_TURN = 32;

/** In the queue of those who wait: lower goes first, and within one the lower turn. */
const RANKS: Record<Exclude<Priority, 'link' | 'bulk'>, number> = {
  waiting: 0,
  reader: 1,
  publish: 2,
};

/** BullMQ: a smaller number goes first; of equal ones the first that came. */
export const priorityOf = (rank: keyof typeof RANKS, turn = 1): number =>
  RANKS[rank] * MAX_TURN + Math.min(Math.max(1, turn), MAX_TURN);

/** The largest of these. */
export const MAX_PRIORITY = priorityOf('publish', MAX_TURN);

/** Draws an image into the storage. The record holds everything else. */
export interface RenderJobData {
  kind: 'render';
  imageId: string;
  generation: number;
  /** Made before it came to be drawn alone. */
  earlierAttempts?: number;
  caller?: Caller;
}

/** Draws for one asker, who reads the answer from Redis. */
export interface PreviewJobData {
  kind: 'preview';
  spec: ImageSpec;
  caller?: Caller;
}

export type JobData = RenderJobData | PreviewJobData | MeasureJobData | ProbeJobData;

/** Job ids of BullMQ hold no `:` and are no integers; ours are an image's id and its generation. */
export function renderJobId(imageId: string, generation: number): string {
  return `${imageId}.${generation}`;
}

/** Five attempts, with jitter. Done jobs leave at once: the record has what they were. */
export const RENDER_JOB: JobsOptions = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 250, jitter: 0.5 },
  removeOnComplete: true,
  removeOnFail: { age: 7 * 24 * 3600, count: 1_000 },
};

/** Someone is looking at a screen: one more try at once, then the truth. */
export const PREVIEW_JOB: JobsOptions = {
  attempts: 2,
  backoff: { type: 'fixed', delay: 100 },
  removeOnComplete: true,
  removeOnFail: true,
};

/** Where a worker leaves the answer to a preview. */
export const replyKey = (jobId: string) => `cp:reply:${jobId}`;
export const REPLY_TTL_MS = 60_000;
export const REPLY_CHANNEL = 'cp:replies';
