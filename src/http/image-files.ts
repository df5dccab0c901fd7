import type { Readable } from 'node:stream';
import type { StoredObject } from '../images/ports.js';
import type { ByteRange } from './byte-range.js';

/** One stored picture, held open: size, validator and bytes belong together. */
export interface OpenAsset {
  object: StoredObject;
  /** All of it, or a range. Once; a stream that ended or was destroyed has closed the picture. */
  stream(range?: ByteRange): Readable;
  /** For answers without a body. Harmless after `stream`. */
  close(): Promise<void>;
}

/** What `/images` needs of a storage that has no public address of its own. */
export interface ImageFiles {
  /** Undefined where there is none. @throws AppError `storage_unavailable` */
  open(key: string): Promise<OpenAsset | undefined>;
}
