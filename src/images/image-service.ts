import { AppError } from '../errors/app-error.js';
import type { ImageRecord, Priority } from './image.js';
import type {
  ImageQuery,
  ImageRecords,
  ObjectStore,
  Preview,
  Previewer,
  RenderQueue,
  TraceEvent,
} from './ports.js';
import type { ImageRequest, Prepare, PreparedImage } from './prepare.js';
import { recordFromObject } from './stored-record.js';

export interface SubmitOptions {
  priority: Priority;
  /** How long to wait for the picture; 0 answers at once. */
  waitMs: number;
  refresh?: boolean | undefined;
  metadata?: Record<string, string> | undefined;
}

export interface Submission {
  record: ImageRecord;
  /** True when nothing had to be drawn for this request. */
  reused: boolean;
}

export interface ImageServiceDeps {
  prepare: Prepare;
  records: ImageRecords;
  queue: RenderQueue;
  store: ObjectStore;
  previewer: Previewer;
  /** Renders that may wait at once before new ones are refused. */
  queueLimit: number;
  previewTimeoutMs: number;
  now?: () => Date;
  onSubmitted?: (outcome: 'rendered' | 'joined' | 'reused') => void;
}

const NO_TIMINGS = { queue: 0, assets: 0, compile: 0, render: 0, encode: 0, store: 0, total: 0 };

/** A queue of this length takes about this long to shrink; crawlers and scripts should not hammer. */
const QUEUE_FULL_RETRY_SECONDS = 10;

function notInReview(record: ImageRecord): AppError {
  return new AppError('conflict', {
    detail: `The image is not in review: its status is "${record.status}".`,
  });
}

/** The one use case: given a template and data, there is an image at a URL. */
export function createImageService(deps: ImageServiceDeps) {
  const now = deps.now ?? (() => new Date());

  function draftRecord(prepared: PreparedImage, metadata: Record<string, string>): ImageRecord {
    const { spec } = prepared;
    return {
      id: prepared.id,
      status: prepared.needsReview ? 'review' : 'queued',
      generation: 1,
      spec,
      key: prepared.key,
      widthPx: spec.size.widthPx * spec.output.scale,
      heightPx: spec.size.heightPx * spec.output.scale,
      bytes: 0,
      warnings: prepared.warnings,
      timings: NO_TIMINGS,
      metadata,
      createdAt: now().toISOString(),
    };
  }

  /** A picture that is stored although Redis forgot it is as good as new. */
  async function restoreFromStore(prepared: PreparedImage): Promise<ImageRecord | undefined> {
    const object = await deps.store.head(prepared.key);
    const found = object && recordFromObject(object);
    if (!found) return undefined;
    const record = { ...found, spec: prepared.spec, warnings: prepared.warnings };
    await deps.records.restore(record);
    return record;
  }

  async function refuseWhenFull(): Promise<void> {
    if ((await deps.queue.waiting()) < deps.queueLimit) return;
    throw new AppError('queue_full', {
      detail: `${deps.queueLimit} renders are waiting already. Try again in ${QUEUE_FULL_RETRY_SECONDS} seconds.`,
      retryAfterSeconds: QUEUE_FULL_RETRY_SECONDS,
    });
  }

  async function waitFor(record: ImageRecord, waitMs: number): Promise<ImageRecord> {
    if (waitMs <= 0) return record;
    const settled = await deps.records.waitForSettled(record.id, record.generation, waitMs);
    return settled ?? (await deps.records.get(record.id)) ?? record;
  }

  async function submit(request: ImageRequest, options: SubmitOptions): Promise<Submission> {
    const prepared = deps.prepare(request);
    const existing = await deps.records.get(prepared.id);
    const underWay = existing?.status === 'queued' || existing?.status === 'active';

    if (!options.refresh) {
      if (existing?.status === 'completed') {
        deps.onSubmitted?.('reused');
        return { record: existing, reused: true };
      }
      const restored = existing ? undefined : await restoreFromStore(prepared);
      if (restored) {
        deps.onSubmitted?.('reused');
        return { record: restored, reused: true };
      }
    }

    if (!underWay && !prepared.needsReview) await refuseWhenFull();
    const claim = await deps.records.claim(draftRecord(prepared, options.metadata ?? {}), {
      refresh: options.refresh ?? false,
    });
    if (claim.kind === 'stored') {
      const inReview = claim.record.status === 'review';
      if (!inReview) deps.onSubmitted?.('reused');
      return { record: claim.record, reused: !inReview };
    }
    // Also when joined: whoever opened the generation may have died before queueing it.
    await deps.queue.add({
      imageId: claim.record.id,
      generation: claim.record.generation,
      priority: options.priority,
    });
    deps.onSubmitted?.(claim.kind === 'opened' ? 'rendered' : 'joined');
    const record = await waitFor(claim.record, options.waitMs);
    return { record, reused: claim.kind === 'joined' };
  }

  /** @throws AppError `image_not_found` */
  async function get(id: string): Promise<ImageRecord> {
    const record = await deps.records.get(id);
    if (!record) {
      throw new AppError('image_not_found', {
        detail: 'There is no image with this id. Ids come from POST /v1/images.',
      });
    }
    return record;
  }

  /** Deletes picture, record and waiting job; a render under way finds its record gone and stops. */
  async function remove(id: string): Promise<void> {
    const record = await get(id);
    await deps.queue.remove({ imageId: id, generation: record.generation });
    await deps.records.delete(id);
    await deps.store.delete(record.key);
  }

  async function inReview(id: string): Promise<ImageRecord> {
    const record = await get(id);
    if (record.status === 'review') return record;
    throw notInReview(record);
  }

  /** @throws AppError `image_not_found`, `conflict` where it is not in review, `queue_full` */
  async function approve(id: string): Promise<ImageRecord> {
    await inReview(id);
    await refuseWhenFull();
    const record = await deps.records.approve(id);
    if (!record) throw notInReview(await get(id));
    await deps.queue.add({ imageId: id, generation: record.generation, priority: 'waiting' });
    return record;
  }

  /** The image ends as failed; asking for it again starts anew. @throws as `approve` */
  async function reject(id: string): Promise<ImageRecord> {
    await inReview(id);
    const record = await deps.records.refuse(id, {
      code: 'review_refused',
      message: 'Someone looked at this image and refused it. Mend its data and ask again.',
    });
    if (!record) throw notInReview(await get(id));
    return record;
  }

  /** What an image in review would look like. @throws AppError `image_not_found` */
  async function previewOf(id: string): Promise<Preview> {
    const record = await get(id);
    const preview = await deps.previewer.preview(record.spec, deps.previewTimeoutMs);
    return { ...preview, warnings: [...record.warnings, ...preview.warnings] };
  }

  async function trace(id: string): Promise<{ record: ImageRecord; events: TraceEvent[] }> {
    const record = await get(id);
    return { record, events: await deps.records.trace(id) };
  }

  /** Draws for one asker, keeps nothing. */
  async function preview(request: ImageRequest): Promise<Preview> {
    const prepared = deps.prepare(request);
    await refuseWhenFull();
    const preview = await deps.previewer.preview(prepared.spec, deps.previewTimeoutMs);
    return { ...preview, warnings: [...prepared.warnings, ...preview.warnings] };
  }

  return {
    prepare: deps.prepare,
    submit,
    get,
    list: (query: ImageQuery) => deps.records.list(query),
    remove,
    trace,
    approve,
    reject,
    preview,
    previewOf,
    publicUrl: (record: ImageRecord) => deps.store.publicUrl(record.key),
  };
}

export type ImageService = ReturnType<typeof createImageService>;
