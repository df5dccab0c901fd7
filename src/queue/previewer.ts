import type { Redis } from 'ioredis';
import type { Preview, Previewer } from '../images/ports.js';
import { type AskedQueue, askWorker } from './ask-worker.js';
import { type PreviewJobData, priorityOf } from './render-jobs.js';

/** Has a worker draw an image for one requester. `connect` as for `askWorker`. */
export function createPreviewer(
  queue: AskedQueue<PreviewJobData>,
  connect: () => Redis,
): Previewer {
  return {
    async preview(spec, timeoutMs, caller) {
      const { head, body } = await askWorker<PreviewJobData, Omit<Preview, 'body'>>(
        queue,
        connect,
        {
          name: 'preview',
          data: { kind: 'preview', spec, ...(caller ? { caller } : {}) },
          priority: priorityOf('waiting'),
          timeoutMs,
          wanted: 'drew the preview',
        },
      );
      const { contentType, widthPx, heightPx, warnings } = head;
      return { contentType, widthPx, heightPx, warnings, body };
    },
  };
}
