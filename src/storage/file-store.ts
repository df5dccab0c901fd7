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
  /** Made where it is missing. Several processes may share it. */
  directory: string;
  /** Base of the service as the outside sees it, e.g. `https://cards.example.com`. */
  publicUrl: string;
}

/** First and last byte, both included and both within the object. */
interface ByteRange {
  start: number;
  end: number;
}

/**
 * One object held open: what is read is what `object` says, even if it is replaced meanwhile. A
 * stream whose reader is slow holds no file, and breaks off where the object is another by then.
 */
interface OpenObject {
  object: StoredObject;
  /** Once. Closes the object at its end or when destroyed. @throws RangeError */
  stream(range?: ByteRange): Readable;
  /** For whoever needs no stream (HEAD, 304). Idempotent. */
  close(): Promise<void>;
}

export interface FileStore extends ObjectStore {
  /** For serving. The caller must use `stream` or `close`, else a file stays open. */
  open(key: string): Promise<OpenObject | undefined>;
}

/**
 * Pictures as files: `<directory>/<key>`, served by Cardpress itself under `/images/`.
 * @throws AppError `storage_unavailable` where the folder cannot be made or read
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

/** A file that is not a whole object counts as absent: the picture is then drawn again. */
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
    // Beyond the body stands the info of the object, which is not for readers.
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
