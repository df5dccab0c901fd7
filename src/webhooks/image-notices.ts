import type { ImageRecord } from '../images/image.js';
import type { SettledEvent } from '../images/ports.js';
import { deliveryId } from './delivery-id.js';
import type { Notice } from './webhook-service.js';

/** One request for a webhook about an image. */
export interface ImageNotice {
  url: string;
  /**
   * Identifies the request: two requests for one image are notified separately, a repeated one
   * once.
   */
  subject: string;
  metadata?: Record<string, string>;
}

export interface ImageNoticesDeps {
  image(id: string): Promise<ImageRecord | undefined>;
  /** The image as the API presents it. */
  present(record: ImageRecord, metadata: Record<string, string> | undefined): unknown;
  notify(notice: Notice): Promise<unknown>;
}

const PREFIX = 'notice ';

/** Sends the webhooks of images that were requested with a `webhook_url`, once each. */
export function createImageNotices(deps: ImageNoticesDeps) {
  async function send(notice: ImageNotice, failed: boolean, data: unknown): Promise<void> {
    const type = failed ? 'image.failed' : 'image.completed';
    const { url, subject } = notice;
    await deps.notify({ id: deliveryId({ type, subject, url }), url, type, data });
  }

  async function notifyIfSettled(notice: ImageNotice, record: ImageRecord): Promise<void> {
    if (record.status !== 'completed' && record.status !== 'failed') return;
    await send(notice, record.status === 'failed', deps.present(record, notice.metadata));
  }

  return {
    /** The watcher that the image's record keeps until it is settled. */
    watcher: (notice: ImageNotice) => PREFIX + JSON.stringify(notice),

    /** Notifies at once if the image is settled already; otherwise does nothing. Idempotent. */
    tell: notifyIfSettled,

    /** Notifies the watchers of an image that are webhooks; ignores other kinds. */
    async onSettled({ imageId, watchers }: SettledEvent): Promise<void> {
      const notices = watchers.filter((watcher) => watcher.startsWith(PREFIX));
      if (notices.length === 0) return;
      const record = await deps.image(imageId);
      await Promise.all(
        notices.map((text) => {
          const notice = JSON.parse(text.slice(PREFIX.length)) as ImageNotice;
          if (record) return notifyIfSettled(notice, record);
          const message = 'The image was deleted before it was drawn.';
          const error = { code: 'image_not_found', message };
          return send(notice, true, { id: imageId, status: 'failed', error });
        }),
      );
    },
  };
}

export type ImageNotices = ReturnType<typeof createImageNotices>;
