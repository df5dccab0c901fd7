import type { Warning } from '../errors/warning.js';
import type { FieldSpec, FocusPoint } from '../templates/manifest.js';
import type { Template } from '../templates/template.js';
import type { Caller } from './caller.js';
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
import type { Pixels, TextRun } from './text-contrast.js';

/* What the domain needs from the outside. Adapters implement these; the domain knows no others. */

export interface StoredObject {
  key: string;
  bytes: number;
  /** Strong validator without quotes, the same for the same bytes. */
  etag: string;
  modifiedAt: Date;
  info: ObjectInfo;
}

/** Keeps pictures. One contract suite holds every implementation to the same behaviour. */
export interface ObjectStore {
  /** Atomic: a reader sees the old object or the new one, never a part. Overwrites. */
  put(key: string, body: Buffer, info: ObjectInfo): Promise<void>;
  head(key: string): Promise<StoredObject | undefined>;
  get(key: string): Promise<{ object: StoredObject; body: Buffer } | undefined>;
  /** Idempotent: deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  list(prefix?: string): AsyncIterable<StoredObject>;
  /** The address that the outside world reads the object at. */
  publicUrl(key: string): string;
  /** Writes, reads and deletes a small object. @throws AppError `storage_unavailable` */
  probe(): Promise<void>;
  close(): Promise<void>;
}

/** A picture that was fetched, checked and prepared for its box. */
export interface Asset {
  /** SHA-256 of `body`, hex: the same bytes have the same address in every page. */
  hash: string;
  contentType: 'image/png' | 'image/jpeg' | 'image/webp' | 'image/svg+xml';
  body: Buffer;
  widthPx: number;
  heightPx: number;
}

export interface AssetRequest {
  /** http(s): or data: URL. */
  url: string;
  /** The box in device pixels; absent where the manifest gives none. */
  boxPx?: { width: number; height: number };
  fit: 'cover' | 'contain';
  /**
   * What to keep where the picture is cropped to its box. Absent, it is not cropped: the layout
   * shows its middle, in a box of any shape.
   */
  focus?: Exclude<FocusPoint, 'center'>;
}

/** The only way to a picture from outside. */
export interface AssetSource {
  /** @throws AppError `asset_*` */
  fetch(
    request: AssetRequest,
    signal?: AbortSignal,
    caller?: Caller,
  ): Promise<{ picture: Asset; warnings: Warning[] }>;
  close(): Promise<void>;
}

/** How the pixels leave the browser: lossless, or already as the JPEG that was asked for. */
export type CaptureForm = { type: 'png' } | { type: 'jpeg'; quality: number };

export interface RenderInput {
  /** Unique to this attempt; written into the document and checked at capture. */
  nonce: string;
  template: Template;
  size: ImageSize;
  scale: number;
  /** Of the document, a tag of BCP 47; absent where the data names none. */
  lang?: string;
  /** By field path; what `Template.body` shows through their addresses. */
  pictures: ReadonlyMap<string, Asset>;
  /** Makes the body once the addresses of the pictures are known. */
  body(addresses: ReadonlyMap<string, string>): string;
  capture: CaptureForm;
  /** Nobody waits for it: it goes behind those that somebody waits for. */
  canWait?: boolean;
  /** In a browser of its own: it may be what ended the last one. */
  isolated?: boolean;
  signal?: AbortSignal;
}

export interface RenderOutput {
  pixels: Buffer;
  form: CaptureForm;
  warnings: Warning[];
  /** Where text stands, for the check against the pixels behind it. */
  texts: TextRun[];
  /** Of everything that paints but text: its boxes, as one hash. */
  background: string;
  compileMs: number;
  renderMs: number;
}

/** Turns HTML into pixels. */
export interface Renderer {
  /** @throws AppError `render_timeout`, `render_crashed`, `stamp_mismatch`, `browser_unavailable` */
  render(job: RenderInput): Promise<RenderOutput>;
  close(): Promise<void>;
}

/** Looks at captured pixels. */
export interface PixelReader {
  read(pixels: Buffer): Promise<Pixels>;
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
   * Pictures of one `scene` differ by their texts alone; without one this looks like no other.
   * @throws AppError `encode_failed`
   */
  encode(pixels: Buffer, form: CaptureForm, output: Output, scene?: string): Promise<Encoded>;
}

/** What `claim` found or made. */
export type Claim =
  /** A new generation was opened: it must be queued. */
  | { kind: 'opened'; record: ImageRecord }
  /** Someone else's generation is under way: wait with them. */
  | { kind: 'joined'; record: ImageRecord }
  /** Done already, or put by for review. */
  | { kind: 'stored'; record: ImageRecord }
  /** It was deleted, and must not come back for whoever asks; `record` is the draft. */
  | { kind: 'deleted'; record: ImageRecord };

/** An image was deleted, and no call with a key asked for it since. */
export interface Deletion {
  /** Of its picture. */
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

/** An image was settled, or deleted before it was; `watchers` are those who wanted to know. */
export interface SettledEvent {
  imageId: string;
  generation: number;
  status: 'completed' | 'failed' | 'deleted';
  watchers: string[];
}

/** Image records: the fast index over the stored objects. */
export interface ImageRecords {
  /**
   * Atomic. Absent or failed: opens a generation with the given draft. Under way: joins.
   * Completed: returns it, or with `refresh` opens a new generation. A draft with the status
   * `review` is put by instead of opened, unless the image is under way or done.
   * `watcher` is told through the settled stream once the image is settled, unless it is stored.
   * What was deleted comes back, and `wasDeleted` tells of it; or not, with `mayRevive: false`.
   * A `visitor` wants it only while he is there, see `Visitors`; everybody else for good.
   */
  claim(
    draft: ImageRecord,
    options: { refresh: boolean; watcher?: string; mayRevive?: boolean; visitor?: string },
  ): Promise<Claim & { wasDeleted?: boolean }>;
  /**
   * Writes a completed record as it is, replacing what is there unless that is under way; with
   * `onlyIfAbsent` (reindex) replacing nothing. What was deleted comes back, but for
   * `onlyIfAbsent` and `mayRevive: false`. Returns whether it was written.
   */
  restore(
    record: ImageRecord,
    options?: { onlyIfAbsent?: boolean; mayRevive?: boolean },
  ): Promise<boolean>;
  get(id: string): Promise<ImageRecord | undefined>;
  /** Of each id its record, undefined where there is none. */
  getMany(ids: string[]): Promise<(ImageRecord | undefined)[]>;
  /** For each whether it is being drawn. */
  areActive(ids: string[]): Promise<boolean[]>;
  list(query: ImageQuery): Promise<{ records: ImageRecord[]; nextCursor: string | undefined }>;
  /**
   * The three below take effect, and note the event in the trace, only while `generation` is the
   * record's own and not settled. They return the record as it then stands, or undefined where it
   * is gone.
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
  /** Opens what was put by for review; undefined where the record is not in review. */
  approve(id: string): Promise<ImageRecord | undefined>;
  /** Ends a review with a refusal; undefined where the record is not in review. */
  refuse(id: string, error: ImageError): Promise<ImageRecord | undefined>;
  /** In one step the record goes and the deletion is noted. False where there is no record. */
  delete(id: string): Promise<boolean>;
  deletionOf(id: string): Promise<Deletion | undefined>;
  /** Notes a deletion that Redis lost, unless there is a record. Returns whether it stands noted. */
  noteDeletion(id: string, deletion: Deletion): Promise<boolean>;
  addTrace(id: string, event: TraceEvent): Promise<void>;
  trace(id: string): Promise<TraceEvent[]>;
  /**
   * Resolves with the record once this generation is settled, or undefined after `timeoutMs`.
   * Subscribes before it looks, so that nothing is missed between.
   */
  waitForSettled(
    id: string,
    generation: number,
    timeoutMs: number,
  ): Promise<ImageRecord | undefined>;
  /** Ids that were opened at least `olderThanMs` ago and are not settled yet. */
  unsettled(olderThanMs: number, limit: number): Promise<{ id: string; generation: number }[]>;
}

export interface RenderTicket {
  imageId: string;
  generation: number;
  priority: Priority;
  /** Someone else asked for this generation before, perhaps with less hurry. */
  joined?: boolean;
  caller?: Caller | undefined;
  /** Of priority `link`: lower turns go first. Default 1. */
  turn?: number;
}

/** The queue of renders. One job per image and generation, whatever is asked how often. */
export interface RenderQueue {
  /** Idempotent per (imageId, generation); raises the priority of a job that still waits. */
  add(ticket: RenderTicket): Promise<void>;
  /** `absent` once the job is done or was never there; `failed` where the queue gave it up. */
  state(
    ticket: Pick<RenderTicket, 'imageId' | 'generation'>,
  ): Promise<'pending' | 'failed' | 'absent'>;
  remove(ticket: Pick<RenderTicket, 'imageId' | 'generation'>): Promise<void>;
  /** Takes a job of a reader back. False where it has begun, or is there no more. */
  withdraw(ticket: Pick<RenderTicket, 'imageId' | 'generation'>): Promise<boolean>;
  /** Jobs that wait to be started, whoever wants them. */
  waiting(): Promise<number>;
  /** Those of them that belong to batches. */
  bulkWaiting(): Promise<number>;
  /** Those of these that were put off: their caller has his share under way. */
  bulkPutOff(): Promise<number>;
}

export interface Preview {
  body: Buffer;
  contentType: string;
  widthPx: number;
  heightPx: number;
  warnings: Warning[];
}

/** A picture that is drawn by a worker for one asker and kept nowhere. */
export interface Previewer {
  /** @throws AppError `preview_timeout`, or what the rendering failed with */
  preview(spec: ImageSpec, timeoutMs: number, caller?: Caller): Promise<Preview>;
}

/** Prepares a picture that stands in for one that failed; drawn, never fetched. */
export interface PlaceholderSource {
  placeholder(field: FieldSpec, initialsOf: string | undefined): Asset;
}
