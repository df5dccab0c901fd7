import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ObjectStore, StoredObject } from '../images/ports.js';
import { createBodyStream } from './body-stream.js';
import { fromFileError } from './file-errors.js';
import { assertObjectInfo } from './object-attributes.js';
import { makeTrailer, readExactly, readObject } from './object-file.js';
import { type ObjectFolder, openObjectFolder } from './object-folder.js';
import { assertObjectKey } from './object-key.js';
import { probeStore } from './probe.js';

export interface FileStoreOptions {
  /** Created if missing. Several processes may share it. */
  directory: string;
  /** Public base address of the service, e.g. `https://cards.example.com`. */
  publicUrl: string;
}

/** First and last byte, inclusive, within the object. */
interface ByteRange {
  start: number;
  end: number;
}

/**
 * An open object: the bytes read are those of `object`, even if it is replaced meanwhile. The
 * stream of a slow reader closes the file, and fails if the object was replaced by then.
 */
interface OpenObject {
  object: StoredObject;
  /** Call it once. Closes the object at its end or when destroyed. @throws RangeError */
  stream(range?: ByteRange): Readable;
  /** For responses without a body (HEAD, 304). Idempotent. */
  close(): Promise<void>;
}

export interface FileStore extends ObjectStore {
  /** Opens an object for serving. The caller must use `stream` or `close`, or a file stays open. */
  open(key: string): Promise<OpenObject | undefined>;
}

/**
 * Stores images as files `<directory>/<key>`, which Cardpress itself serves under `/images/`.
 * @throws AppError `storage_unavailable` if the folder cannot be created or read
 */
export async function createFileStore(options: FileStoreOptions): Promise<FileStore> {
  const base = options.publicUrl.replace(/\/+$/, '');
  const folder = await guarded(() => openObjectFolder(options.directory));

  const store: Omit<FileStore, 'probe'> = {
    async put(key, body, info) {
      assertObjectInfo(info);
      await guarded(() => folder.replaceFile(key, [body, makeTrailer(body, info)]));
    },

    head: (key) => guarded(() => headObject(folder, key)),

    get: (key) =>
      guarded(async () => {
        const found = await openWhole(folder, key);
        if (!found) return undefined;
        try {
          const body = await readExactly(found.handle, 0, found.object.bytes);
          return body && { object: found.object, body };
        } finally {
          await found.handle.close();
        }
      }),

    delete: (key) => guarded(() => folder.removeFile(key)),

    async *list(prefix = '') {
      try {
        for await (const key of folder.keys(prefix)) {
          const object = await headObject(folder, key);
          if (object) yield object;
        }
      } catch (error) {
        throw fromFileError(error);
      }
    },

    publicUrl(key) {
      assertObjectKey(key);
      return `${base}/images/${key}`;
    },

    async close() {},

    open: (key) =>
      guarded(async () => {
        const found = await openWhole(folder, key);
        return (
          found && {
            object: found.object,
            stream: (range) => streamBody(folder, found, range),
            close: () => found.handle.close(),
          }
        );
      }),
  };
  return { ...store, probe: () => probeStore(store) };
}

interface Whole {
  handle: FileHandle;
  object: StoredObject;
}

/** A file that is not a complete object counts as absent; the image is then drawn again. */
async function openWhole(folder: ObjectFolder, key: string): Promise<Whole | undefined> {
  const handle = await folder.openFile(key);
  if (!handle) return undefined;
  let object: StoredObject | undefined;
  try {
    object = await readObject(key, handle);
  } finally {
    if (!object) await handle.close();
  }
  return object && { handle, object };
}

async function headObject(folder: ObjectFolder, key: string): Promise<StoredObject | undefined> {
  const found = await openWhole(folder, key);
  await found?.handle.close();
  return found?.object;
}

async function openAgain(folder: ObjectFolder, same: StoredObject) {
  const found = await openWhole(folder, same.key);
  if (found?.object.etag === same.etag) return found.handle;
  await found?.handle.close();
  return undefined;
}

function streamBody(folder: ObjectFolder, { handle, object }: Whole, range?: ByteRange): Readable {
  const { bytes } = object;
  if (bytes === 0 && !range) {
    const empty = Readable.from([]);
    empty.once('close', () => void handle.close());
    return empty;
  }
  const { start, end } = range ?? { start: 0, end: bytes - 1 };
  if (!(start >= 0 && start <= end && end < bytes)) {
    // The object's info follows the body and must not be served.
    throw new RangeError(`bytes ${start}-${end} are not within an object of ${bytes} bytes`);
  }
  return createBodyStream({ handle, reopen: () => openAgain(folder, object), start, end });
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw fromFileError(error);
  }
}
