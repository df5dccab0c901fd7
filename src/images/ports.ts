import type { Warning } from '../errors/warning.js';
import type { CapturedFormat, MediaTypeOf } from '../formats/image-formats.js';
import type { FocusPoint } from '../templates/field-types/image-field.js';
import type { FieldSpec } from '../templates/manifest.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
import type { Rgb } from './color.js';
import type { DrawOptions } from './draw-options.js';
import type {
  ImageError,
  ImageRecord,
  ImageSize,
  ImageSpec,
  ImageStatus,
  ObjectInfo,
  Output,
  Priority,
  Timings,
} from './image.js';
import type { Pixels } from './pixels.js';
import type { TextRun } from './text-contrast.js';

/*
 * The ports of the domain. Adapters implement these; the domain knows no adapter.
 */

export interface StoredObject {
  key: string;
  bytes: number;
  /** Strong validator without quotes, the same for the same bytes. */
  etag: string;
  modifiedAt: Date;
  info: ObjectInfo;
}

/** Stores images. One contract test suite holds every implementation to the same behaviour. */
export interface ObjectStore {
  /** Atomic: a reader sees the old object or the new one, never a part. Overwrites. */
  put(key: string, body: Buffer, info: ObjectInfo): Promise<void>;
  head(key: string): Promise<StoredObject | undefined>;
  get(key: string): Promise<{ object: StoredObject; body: Buffer } | undefined>;
  /** Idempotent: deleting an absent object is no error. */
  delete(key: string): Promise<void>;
  list(prefix?: string): AsyncIterable<StoredObject>;
  /** The public address of the object. */
  publicUrl(key: string): string;
  /** Writes, reads and deletes a small object. @throws AppError `storage_unavailable` */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** An image from outside that was fetched, checked and prepared for its box. */
export interface Asset {
  /** SHA-256 of `body`, hex: equal bytes have the same address in every browser page. */
  hash: string;
  contentType: MediaTypeOf<'png' | 'jpeg' | 'webp' | 'svg'>;
  body: Buffer;
  /** 0, as `heightPx`, for a file of the template, whose size is not read. */
  widthPx: number;
  heightPx: number;
  /** The colour of a drawing in one colour on a transparent background, such as a logo. */
  ink?: Rgb;
}

/** Where an `<img>` element shows an asset, in CSS pixels from the top left corner of the image. */
export interface AssetBox {
  field: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface AssetRequest {
  /** http(s): or data: URL. */
  url: string;
  /** The box in device pixels; absent if the manifest gives none. */
  boxPx?: { width: number; height: number };
  fit: 'cover' | 'contain';
  /**
   * What to keep when the asset is cropped to its box. Absent: it is not cropped, and the layout
   * shows its middle in a box of any shape.
   */
  focus?: Exclude<FocusPoint, 'center'>;
}

/** The only way to an asset from outside. */
export interface AssetSource {
  /** @throws AppError `asset_*` */
  fetch(
    request: AssetRequest,
    signal?: AbortSignal,
    caller?: Caller,
  ): Promise<{ asset: Asset; warnings: Warning[] }>;
  close(): Promise<void>;
}

/** Captured pixels: an image file, or decoded pixels. */
export type CapturedPixels = Buffer | Pixels;

/** How the pixels leave the browser: `png` for lossless, or already as the requested file. */
export type CaptureForm = { type: 'png' } | { type: CapturedFormat; quality: number };

export interface RenderInput extends Pick<DrawOptions, 'canWait' | 'isolated'> {
  /** Unique to this attempt; written into the document and checked at capture. */
  nonce: string;
  template: Template;
  size: ImageSize;
  scale: number;
  /** Language of the document, a BCP 47 tag; absent if the data names none. */
  lang?: string;
  /** By the name of the field. */
  assets: ReadonlyMap<string, Asset>;
  /** Renders the body's HTML, given the addresses of the assets by the name of the field. */
  body(addresses: ReadonlyMap<string, string>): string;
  capture: CaptureForm;
  signal?: AbortSignal;
}

export interface RenderOutput {
  pixels: CapturedPixels;
  form: CaptureForm;
  warnings: Warning[];
  /** Positions of text, for the contrast check. */
  texts: TextRun[];
  /** Of the assets that an `<img>` element shows. */
  assetBoxes: AssetBox[];
  /** A hash of the boxes of everything that is painted, except text. */
  backgroundHash: string;
  /** Until the template page is ready. */
  compileMs: number;
  /** From then until the pixels are captured. */
  renderMs: number;
}

/** Turns HTML into pixels. */
export interface Renderer {
  /** @throws AppError `render_timeout`, `render_crashed`, `stamp_mismatch`, `browser_unavailable` */
  render(job: RenderInput): Promise<RenderOutput>;
  close(): Promise<void>;
}

/** Decodes captured pixels. */
export interface PixelReader {
  read(pixels: CapturedPixels): Promise<Pixels>;
}

export interface Encoded {
  body: Buffer;
  contentType: string;
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
}

export interface Encoder {
  captureForm(output: Output): CaptureForm;
  /**
   * @param sceneKey Images of one scene differ only by their texts; absent if it is not known.
   * @throws AppError `encode_failed`
   */
  encode(
    pixels: CapturedPixels,
    form: CaptureForm,
    output: Output,
    sceneKey?: string,
  ): Promise<Encoded>;
}

/** The result of `claim`. */
type Claim =
  /** A new generation was opened: it must be queued. */
  | { kind: 'opened'; record: ImageRecord }
  /** The generation of another request is queued or active: wait for it. */
  | { kind: 'joined'; record: ImageRecord }
  /** Completed already, or held for review. */
  | { kind: 'stored'; record: ImageRecord }
  /** It was deleted and must stay so for this request; `record` is the draft. */
  | { kind: 'deleted'; record: ImageRecord };

/** An image was deleted and not requested with a key since. */
export interface Deletion {
  /** Object key of the image. */
  key: string;
  /** ISO 8601 UTC. */
  at: string;
}

export interface ImageQuery {
  template?: string | undefined;
  status?: ImageStatus | undefined;
  cursor?: string | undefined;
  limit: number;
}

export interface CompletedImage {
  widthPx: number;
  heightPx: number;
  bytes: number;
  warnings: Warning[];
  timings: Timings;
}

export interface TraceEvent {
  /** ISO 8601 UTC. */
  at: string;
  event: string;
  [detail: string]: unknown;
}

/** An image was settled, or deleted before it was settled; `watchers` are to be notified. */
export interface SettledEvent {
  imageId: string;
  generation: number;
  status: 'completed' | 'failed' | 'deleted';
  watchers: string[];
}

/** Image records: the fast index over the stored objects. */
export interface ImageRecords {
  /**
   * Atomic. Absent or failed: opens a generation with the given draft. Queued or active: joins it.
   * Completed: returns it, or with `refresh` opens a new generation. A draft with the status
   * `review` is held for review instead, unless the image is queued, active or completed. `watcher`
   * is notified through the settled stream once the image is settled, unless it is stored. A
   * deleted image is drawn again and `wasDeleted` is set; with `mayRevive: false` it stays deleted.
   * A `waiter` wants it only while it is connected, see `Waiters`; every other request wants it for
   * good.
   */
  claim(
    draft: ImageRecord,
    options: { refresh: boolean; watcher?: string; mayRevive?: boolean; waiter?: string },
  ): Promise<Claim & { wasDeleted?: boolean }>;
  /**
   * Writes a completed record as it is. It replaces an existing one unless that is queued or
   * active; with `onlyIfAbsent` (reindex) it replaces nothing. A deleted image comes back, except
   * with `onlyIfAbsent` or `mayRevive: false`. Returns whether it was written.
   */
  restore(
    record: ImageRecord,
    options?: { onlyIfAbsent?: boolean; mayRevive?: boolean },
  ): Promise<boolean>;
  get(id: string): Promise<ImageRecord | undefined>;
  /** The record of each id, undefined if there is none. */
  getMany(ids: string[]): Promise<(ImageRecord | undefined)[]>;
  /** For each id whether it is being drawn. */
  areActive(ids: string[]): Promise<boolean[]>;
  list(query: ImageQuery): Promise<{ records: ImageRecord[]; nextCursor: string | undefined }>;
  /**
   * `start`, `complete` and `fail` take effect, and add the event to the trace, only while
   * `generation` is the record's current one and not settled. They return the record as it then is,
   * or undefined if it is gone.
   */
  start(id: string, generation: number, event?: TraceEvent): Promise<ImageRecord | undefined>;
  complete(
    id: string,
    generation: number,
    result: CompletedImage,
    event?: TraceEvent,
  ): Promise<ImageRecord | undefined>;
  fail(
    id: string,
    generation: number,
    error: ImageError,
    event?: TraceEvent,
  ): Promise<ImageRecord | undefined>;
  /** Opens a generation for a record in review; undefined if it is not in review. */
  approve(id: string): Promise<ImageRecord | undefined>;
  /** Ends a review with a refusal; undefined if the record is not in review. */
  refuse(id: string, error: ImageError): Promise<ImageRecord | undefined>;
  /** Deletes the record and notes the deletion, atomically. False if there is no record. */
  delete(id: string): Promise<boolean>;
  deletionOf(id: string): Promise<Deletion | undefined>;
  /** Notes a deletion that Redis lost, unless there is a record. Returns whether it is noted. */
  noteDeletion(id: string, deletion: Deletion): Promise<boolean>;
  addTrace(id: string, event: TraceEvent): Promise<void>;
  trace(id: string): Promise<TraceEvent[]>;
  /**
   * Resolves with the record once this generation is settled, or undefined after `timeoutMs`.
   * Subscribes before it reads, so that no event is missed.
   */
  waitForSettled(
    id: string,
    generation: number,
    timeoutMs: number,
  ): Promise<ImageRecord | undefined>;
  /** Generations that were opened at least `olderThanMs` ago and are not settled yet. */
  unsettled(olderThanMs: number, limit: number): Promise<{ id: string; generation: number }[]>;
}

export interface RenderTicket {
  imageId: string;
  generation: number;
  priority: Priority;
  /** Another request opened this generation, perhaps with a lower priority. */
  joined?: boolean;
  caller?: Caller | undefined;
  /** For priority `link`: lower turns go first. Default 1. */
  turn?: number;
}

/** The render queue. One job for each image and generation, however often it is requested. */
export interface RenderQueue {
  /** Idempotent for (imageId, generation); raises the priority of a waiting job. */
  add(ticket: RenderTicket): Promise<void>;
  /** `absent` if the job is done or never existed; `failed` if the queue gave it up. */
  state(
    ticket: Pick<RenderTicket, 'imageId' | 'generation'>,
  ): Promise<'pending' | 'failed' | 'absent'>;
  remove(ticket: Pick<RenderTicket, 'imageId' | 'generation'>): Promise<void>;
  /** Removes a waiting job of a reader. False if it has begun or is absent. */
  withdraw(ticket: Pick<RenderTicket, 'imageId' | 'generation'>): Promise<boolean>;
  /** Number of waiting jobs, of all callers. */
  waiting(): Promise<number>;
  /** Number of waiting jobs of batches. */
  bulkWaiting(): Promise<number>;
  /** Number of delayed jobs of batches, whose caller has its share in flight. */
  bulkDelayed(): Promise<number>;
}

export interface Preview {
  body: Buffer;
  contentType: string;
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
}

/** Draws an image for one requester; it is not stored. */
export interface Previewer {
  /** @throws AppError `preview_timeout`, or what the rendering failed with */
  preview(spec: ImageSpec, timeoutMs: number, caller?: Caller): Promise<Preview>;
}

/** Makes a placeholder for an asset that failed. It is drawn, never fetched. */
export interface PlaceholderSource {
  placeholder(field: FieldSpec, initialsOf: string | undefined): Asset;
}
