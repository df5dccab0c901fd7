import { AppError } from '../errors/app-error.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { Caller } from './caller.js';
import { DeletedImage } from './deleted-image.js';
import { createDeletions } from './deletions.js';
import { dataWarnings, drawnWarnings } from './drawn-warnings.js';
import type { ImageRecord, Priority } from './image.js';
import { createImageReview } from './image-review.js';
import { isWorthRedrawing } from './is-worth-redrawing.js';
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
import { countNew, type Quota } from './quota.js';
import { recordFromObject } from './stored-record.js';
import { NO_TIMINGS } from './timings.js';

export interface EnsureOptions {
  priority: Priority;
  refresh?: boolean | undefined;
  metadata?: Record<string, string> | undefined;
  /** To be notified through the settled stream, unless the image is stored already. */
  watcher?: string | undefined;
  /** Wants the image only while it is connected, see `createWithdrawImage`. */
  waiter?: string | undefined;
  /** With priority `link`: lower turns go first. Default 1. */
  turn?: number | undefined;
  /** Daily quota of the key: a new image is counted in it. */
  quota?: Quota | undefined;
  /** For sharing the queue fairly among callers. */
  caller?: Caller | undefined;
  /** Requested by address, without a key: a deleted image stays deleted. */
  byReader?: boolean | undefined;
}

export interface EnsuredImage {
  record: ImageRecord;
  /**
   * `stored`: completed already; `review`: held until somebody decides; `opened`: to be drawn for
   * this request; `joined`: being drawn for an earlier request.
   */
  kind: 'stored' | 'review' | 'opened' | 'joined';
}

export interface SubmitOptions extends EnsureOptions {
  /** How long to wait for the image; 0 returns at once. */
  waitMs: number;
}

export interface Submission {
  record: ImageRecord;
  /** True when nothing had to be drawn for this request. */
  reused: boolean;
}

export interface ImageServiceDeps {
  prepare: Prepare;
  /** Before `prepare`, which finds only what is loaded. */
  loadTemplate: TemplateRegistry['load'];
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

/** Long enough for a full queue to become shorter; crawlers and scripts should not retry sooner. */
const QUEUE_FULL_RETRY_SECONDS = 10;

/** Whether the image is held for review already. It was counted in the quota when it was held. */
function isHeldForReview(prepared: PreparedImage, existing: ImageRecord | undefined): boolean {
  return prepared.needsReview && existing?.status === 'review';
}

/** The one use case: given a template and data, there is an image at a URL. */
export function createImageService(deps: ImageServiceDeps) {
  const now = deps.now ?? (() => new Date());
  const deletions = createDeletions(deps);

  /** The record that a new generation begins with. */
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

  /**
   * Restores the record of an image that is stored but has no record in Redis. `absent`: it is not
   * stored. `vanished`: it was deleted meanwhile, so the restored record has no object.
   * @throws DeletedImage for a reader
   */
  async function restoreFromStore(
    prepared: PreparedImage,
    byReader: boolean,
  ): Promise<{ record: ImageRecord } | 'absent' | 'vanished'> {
    const { id, key, spec, warnings } = prepared;
    const reading = deps.store.head(key).then((object) => object && recordFromObject(object));
    if (byReader) {
      // Awaited below, unless `assertNotDeleted` throws.
      reading.catch(() => undefined);
      await deletions.assertNotDeleted(id, reading);
    }
    const found = await reading;
    if (!found) return 'absent';
    const record = { ...found, spec, warnings: [...warnings, ...found.warnings] };
    const deletion = await deps.records.deletionOf(id);
    const isRestored = await deps.records.restore(record, { mayRevive: !byReader });
    if (byReader && !isRestored && (await deps.records.deletionOf(id))) throw new DeletedImage();
    if (deletion && !byReader) await deletions.align(id);
    return (await deps.store.head(key)) ? { record } : 'vanished';
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

  /**
   * Ensures that the image exists or is queued, and returns without waiting for it. Bulk requests
   * are accepted however full the queue is: the batch feeder bounds them itself.
   * @throws AppError `queue_full`, `quota_exceeded`; DeletedImage for a reader
   */
  async function ensure(prepared: PreparedImage, options: EnsureOptions): Promise<EnsuredImage> {
    const byReader = options.byReader ?? false;
    const existing = await deps.records.get(prepared.id);
    let refresh = options.refresh ?? false;
    if (!refresh) {
      const completed = existing?.status === 'completed' ? { record: existing } : 'absent';
      const stored = existing ? completed : await restoreFromStore(prepared, byReader);
      const isStored = typeof stored === 'object';
      const redraw = isStored && !byReader && isWorthRedrawing(stored.record, now().getTime());
      if (isStored && !redraw) {
        deps.onSubmitted?.('reused');
        return { record: stored.record, kind: 'stored' };
      }
      // For a record of a vanished object too: without `refresh` it would count as completed.
      refresh = redraw || stored === 'vanished';
    }
    const isInFlight = existing?.status === 'queued' || existing?.status === 'active';
    if (!isInFlight && !prepared.needsReview && options.priority !== 'bulk') await refuseWhenFull();
    const claim = await countNew(
      isInFlight || isHeldForReview(prepared, existing) ? undefined : options.quota,
      async () => {
        const claimed = await deps.records.claim(draftRecord(prepared, options.metadata ?? {}), {
          refresh,
          ...(options.watcher ? { watcher: options.watcher } : {}),
          mayRevive: !byReader,
          ...(options.waiter ? { waiter: options.waiter } : {}),
        });
        if (claimed.kind === 'deleted') throw new DeletedImage();
        return claimed;
      },
      ({ kind, record: { status } }) => kind === 'opened' || status === 'review',
    );
    const { record } = claim;
    const removeTombstone = async () => {
      // If this fails, the tombstone is older than the new image and has no effect.
      if (claim.wasDeleted) await deletions.align(record.id).catch(() => undefined);
    };
    if (claim.kind === 'stored') {
      await removeTombstone();
      if (record.status === 'review') return { record, kind: 'review' };
      deps.onSubmitted?.('reused');
      return { record, kind: 'stored' };
    }
    // Also when joined: the process that opened the generation may have died before queueing it.
    await deps.queue.add({
      imageId: record.id,
      generation: record.generation,
      priority: options.priority,
      joined: claim.kind === 'joined',
      caller: options.caller,
      ...(options.turn ? { turn: options.turn } : {}),
    });
    await removeTombstone();
    deps.onSubmitted?.(claim.kind === 'opened' ? 'rendered' : 'joined');
    return { record, kind: claim.kind };
  }

  /** As `ensure`, and waits for the image. */
  async function submit(request: ImageRequest, options: SubmitOptions): Promise<Submission> {
    await deps.loadTemplate(request.template);
    const prepared = deps.prepare(request);
    const { record: ensured, kind } = await ensure(prepared, options);
    const needsNoWait = kind === 'stored' || kind === 'review';
    const record = needsNoWait ? ensured : await waitFor(ensured, options.waitMs);
    const warnings = [...prepared.warnings, ...drawnWarnings(record.warnings)];
    return { record: { ...record, warnings }, reused: kind === 'stored' || kind === 'joined' };
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

  /**
   * Deletes object, record and waiting job; a render in flight finds its record gone and stops.
   * Addresses do not bring the image back, only calls with a key do. May be repeated if the storage
   * failed.
   */
  async function remove(id: string): Promise<void> {
    const found = await deps.records.get(id);
    if (!found && (await deletions.finish(id))) return;
    const record = found ?? (await get(id));
    await deps.queue.remove({ imageId: id, generation: record.generation });
    await deps.records.delete(id);
    await deps.store.delete(record.key);
    await deletions.align(id);
    const restored = await deps.records.get(id);
    if (restored?.status !== 'completed' || (await deps.store.head(record.key))) return;
    // A concurrent request restored the record for the object that is deleted now: draw it again.
    const warnings = dataWarnings(restored.warnings);
    const draft: ImageRecord = { ...restored, status: 'queued', warnings };
    const claim = await deps.records.claim(draft, { refresh: true, mayRevive: false });
    if (claim.kind === 'deleted') return;
    const { generation } = claim.record;
    await deps.queue.add({ imageId: id, generation, priority: 'waiting' });
  }

  /**
   * Draws the image of a failed job again, on request of an operator. False if its record still
   * waits for that job: then the operator's retry runs the job itself.
   * @throws AppError `image_not_found`, `conflict` if it is in review, `queue_full`
   */
  async function redraw(ticket: { imageId: string; generation: number }): Promise<boolean> {
    const record = await get(ticket.imageId);
    if (record.status === 'review') {
      const detail = 'The image is in review. Approve it: POST /v1/images/{id}/approve.';
      throw new AppError('conflict', { detail });
    }
    const isOpen = record.status === 'queued' || record.status === 'active';
    if (isOpen && record.generation === ticket.generation) return false;
    // A newer generation is queued or active already.
    if (isOpen) return true;
    await refuseWhenFull();
    const { error: _removed, ...rest } = record;
    const draft = { ...rest, status: 'queued' as const, warnings: dataWarnings(record.warnings) };
    const { kind, record: opened } = await deps.records.claim(draft, { refresh: true });
    await deps.queue.add({
      imageId: opened.id,
      generation: opened.generation,
      priority: 'waiting',
      joined: kind === 'joined',
    });
    return true;
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

  /** Draws for one requester and stores nothing. */
  async function preview(request: ImageRequest, caller?: Caller): Promise<Preview> {
    await deps.loadTemplate(request.template);
    const prepared = deps.prepare(request);
    await refuseWhenFull();
    const preview = await deps.previewer.preview(prepared.spec, deps.previewTimeoutMs, caller);
    return { ...preview, warnings: [...prepared.warnings, ...preview.warnings] };
  }

  const { approve, reject } = createImageReview({ ...deps, get, refuseWhenFull });

  return {
    prepare: deps.prepare,
    loadTemplate: deps.loadTemplate,
    ensure,
    submit,
    get,
    list: (query: ImageQuery) => deps.records.list(query),
    remove,
    redraw,
    trace,
    approve,
    reject,
    preview,
    previewOf,
    publicUrl: (record: ImageRecord) => deps.store.publicUrl(record.key),
  };
}

export type ImageService = ReturnType<typeof createImageService>;
