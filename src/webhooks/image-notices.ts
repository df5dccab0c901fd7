import type { ImageRecord } from '../images/image.js';
import type { SettledEvent } from '../images/ports.js';
import { deliveryId } from './delivery-id.js';
import type { Notice } from './webhook-service.js';

/** One request to be told of an image. */
export interface ImageNotice {
  url: string;
  /** Of this request: two requests for one image are told apart, one asked twice is told once. */
  subject: string;
  metadata?: Record<string, string>;
}

export interface ImageNoticesDeps {
  image(id: string): Promise<ImageRecord | undefined>;
  /** The image as the API shows it. */
  present(record: ImageRecord, metadata: Record<string, string> | undefined): unknown;
  notify(notice: Notice): Promise<unknown>;
}

const MARK = 'notice ';

/** Tells those who gave a `webhook_url` with an image, once each. */
export function createImageNotices(deps: ImageNoticesDeps) {
  async function send(notice: ImageNotice, failed: boolean, data: unknown): Promise<void> {
    const type = failed ? 'image.failed' : 'image.completed';
    const { url, subject } = notice;
    await deps.notify({ id: deliveryId({ type, subject, url }), url, type, data });
  }

  async function tell(notice: ImageNotice, record: ImageRecord): Promise<void> {
    if (record.status !== 'completed' && record.status !== 'failed') return;
    await send(notice, record.status === 'failed', deps.present(record, notice.metadata));
  }

  return {
    /** What the image's record keeps until it is settled. */
    watcher: (notice: ImageNotice) => MARK + JSON.stringify(notice),

    /** Of an image that is settled already; of others nothing is told here. Idempotent. */
    tell,

    /** Tells the watchers of an image that are notices; others are left alone. */
    async onSettled({ imageId, watchers }: SettledEvent): Promise<void> {
      const notices = watchers.filter((watcher) => watcher.startsWith(MARK));
      if (notices.length === 0) return;
      const record = await deps.image(imageId);
      await Promise.all(
        notices.map((text) => {
          const notice = JSON.parse(text.slice(MARK.length)) as ImageNotice;
          if (record) return tell(notice, record);
          const message = 'The image was deleted before it was drawn.';
          const error = { code: 'image_not_found', message };
          return send(notice, true, { id: imageId, status: 'failed', error });
        }),
      );
    },
  };
}

export type ImageNotices = ReturnType<typeof createImageNotices>;
