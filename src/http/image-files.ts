import type { Readable } from 'node:stream';
import type { StoredObject } from '../images/ports.js';
import type { ByteRange } from './byte-range.js';

/** One open stored image: size, validator and bytes belong together. */
export interface OpenAsset {
  object: StoredObject;
  /**
   * All of it, or a range. Call it once; a stream that ended or was destroyed has closed the image.
   */
  stream(range?: ByteRange): Readable;
  /** For responses without a body. No effect after `stream`. */
  close(): Promise<void>;
}

/** What `/images` needs of a storage that has no public address of its own. */
export interface ImageFiles {
  /** Undefined if there is none. @throws AppError `storage_unavailable` */
  open(key: string): Promise<OpenAsset | undefined>;
}
