import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Caller } from '../images/caller.js';
import type { ImageSpec } from '../images/image.js';
import type { Preview, Previewer } from '../images/ports.js';
import { priorityOf } from './render-jobs.js';
import { type RequestQueue, requestFromWorker } from './request-from-worker.js';
import { replyToRequest } from './worker-reply.js';

/** A job that draws for one requester, who reads the image from Redis. */
export interface PreviewJobData {
  kind: 'preview';
  spec: ImageSpec;
  caller?: Caller;
}

/** Sends preview requests to workers. `connect` as for `requestFromWorker`. */
export function createPreviewer(
  queue: RequestQueue<PreviewJobData>,
  connect: () => Redis,
): Previewer {
  return {
    async preview(spec, timeoutMs, caller) {
      const { head, body } = await requestFromWorker<PreviewJobData, Omit<Preview, 'body'>>(
        queue,
        connect,
        {
          name: 'preview',
          data: { kind: 'preview', spec, ...(caller ? { caller } : {}) },
          priority: priorityOf('waiting'),
          timeoutMs,
          action: 'drew the preview',
        },
      );
      const { contentType, widthPx, heightPx, warnings } = head;
      return { contentType, widthPx, heightPx, warnings, body };
    },
  };
}

/** The worker's side of a preview request; see `replyToRequest`. */
export function handlePreview(
  job: Job<PreviewJobData>,
  redis: Redis,
  preview: (spec: ImageSpec) => Promise<Preview>,
): Promise<void> {
  return replyToRequest(job, redis, async () => {
    const { body, ...head } = await preview(job.data.spec);
    return { head, body };
  });
}
