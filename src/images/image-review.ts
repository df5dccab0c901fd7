import { AppError } from '../errors/app-error.js';
import type { ImageRecord } from './image.js';
import type { ImageRecords, RenderQueue } from './ports.js';

export interface ImageReviewDeps {
  records: Pick<ImageRecords, 'approve' | 'refuse'>;
  queue: Pick<RenderQueue, 'add'>;
  /** @throws AppError `image_not_found` */
  get(id: string): Promise<ImageRecord>;
  /** @throws AppError `queue_full` */
  refuseWhenFull(): Promise<void>;
}

function notInReview(record: ImageRecord): AppError {
  return new AppError('conflict', {
    detail: `The image is not in review: its status is "${record.status}".`,
  });
}

/** The decision about an image that is held for review, because its data lacks something. */
export function createImageReview(deps: ImageReviewDeps) {
  async function assertInReview(id: string): Promise<void> {
    const record = await deps.get(id);
    if (record.status !== 'review') throw notInReview(record);
  }

  return {
    /**
     * Has the image drawn.
     * @throws AppError `image_not_found`, `conflict` if it is not in review, `queue_full`
     */
    async approve(id: string): Promise<ImageRecord> {
      await assertInReview(id);
      await deps.refuseWhenFull();
      const record = await deps.records.approve(id);
      if (!record) throw notInReview(await deps.get(id));
      await deps.queue.add({ imageId: id, generation: record.generation, priority: 'waiting' });
      return record;
    },

    /**
     * The image becomes failed; a new request for it starts anew.
     * @throws AppError `image_not_found`, `conflict` if it is not in review
     */
    async reject(id: string): Promise<ImageRecord> {
      await assertInReview(id);
      const record = await deps.records.refuse(id, {
        code: 'review_refused',
        message: 'Someone looked at this image and refused it. Mend its data and ask again.',
      });
      if (!record) throw notInReview(await deps.get(id));
      return record;
    },
  };
}
