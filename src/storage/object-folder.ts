import { randomUUID } from 'node:crypto';
import { constants, type Dir } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  opendir,
  realpath,
  rename,
  rm,
  unlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../errors/app-error.js';
import { errnoOf } from './file-errors.js';
import { assertObjectKey, isObjectKey } from './object-key.js';

/**
 * Folder for temporary files. No key begins with a dot, so it contains no object. It is in the same
 * file system, for `rename`.
 */
const TEMPORARY = '.tmp';
/**
 * Writing takes seconds: an older file was left by a crash, and is not in use by another process.
 */
const LEFTOVER_AFTER_MS = 15 * 60_000;

/**
 * Files by object key below one folder, with durable, atomic writes, and never outside of the
 * folder. A symbolic link below it is never followed. The checks protect against existing links,
 * not against somebody who replaces folders by links at the same time: that person has full access
 * to the store anyway.
 */
export interface ObjectFolder {
  /** Undefined unless it is a regular file reached through real folders. The caller closes it. */
  openFile(key: string): Promise<FileHandle | undefined>;
  /** Durable once it resolves: file and folder entries are synced to disk. */
  replaceFile(key: string, parts: Buffer[]): Promise<void>;
  removeFile(key: string): Promise<void>;
  /**
   * Keys that begin with `prefix`, in the order of the file system; holds few names in memory at a
   * time.
   */
  keys(prefix: string): AsyncIterable<string>;
}

/** Creates the folder if it is missing and removes files left by crashes. */
export async function openObjectFolder(directory: string): Promise<ObjectFolder> {
  await mkdir(directory, { recursive: true });
  const root = await realpath(directory);
  const temporary = join(root, TEMPORARY);
  await makeFolder(temporary);
  await removeLeftovers(temporary);

  const pathOf = (key: string) => {
    assertObjectKey(key);
    return join(root, key);
  };

  return {
    async openFile(key) {
      const path = pathOf(key);
      try {
        // O_NONBLOCK: opening a FIFO that someone put there must not hang.
        const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
        const handle = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
        // Checked only now: most absent keys are invented, and need no check of their folders.
        const isReal = await isRealFolder(dirname(path)).catch(() => false);
        if (isReal) return handle;
        await handle.close();
        return undefined;
      } catch (error) {
        if (isAbsence(error)) return undefined;
        throw error;
      }
    },

    async replaceFile(key, parts) {
      const path = pathOf(key);
      const draft = join(temporary, randomUUID());
      try {
        // First, so that a missing volume is noticed and nothing is written in its place.
        await writeDurably(draft, parts);
        await ensureFolder(root, dirname(path));
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true }).catch(() => undefined); // report the first error
        throw error;
      }
      await syncFolder(dirname(path));
    },

    async removeFile(key) {
      const path = pathOf(key);
      try {
        if (!(await isRealFolder(dirname(path)))) return;
        await unlink(path);
      } catch (error) {
        if (isAbsence(error)) return;
        throw error;
      }
      await syncFolder(dirname(path));
    },

    keys: (prefix) => walk(root, '', prefix),
  };
}

async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  let entries: Dir;
  try {
    entries = await opendir(join(root, folder));
  } catch (error) {
    if (folder !== '' && isAbsence(error)) return; // removed while we walked
    throw error;
  }
  for await (const entry of entries) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    // A link is neither a folder nor a file here, so links are not followed.
    if (entry.isDirectory()) {
      if (path === TEMPORARY) continue;
      if (`${path}/`.startsWith(prefix) || prefix.startsWith(`${path}/`)) {
        yield* walk(root, path, prefix);
      }
    } else if (entry.isFile() && path.startsWith(prefix) && isObjectKey(path)) {
      yield path;
    }
  }
}

/** Writes all parts in one call; a full disk or a signal may end it early, then writes the rest. */
async function writeAll(handle: FileHandle, parts: Buffer[]): Promise<void> {
  const { bytesWritten } = await handle.writev(parts);
  let written = bytesWritten;
  for (const part of parts) {
    const done = Math.min(written, part.length);
    written -= done;
    if (done < part.length) await handle.writeFile(part.subarray(done));
  }
}

async function writeDurably(path: string, parts: Buffer[]): Promise<void> {
  const handle = await open(path, 'wx', 0o644);
  try {
    await writeAll(handle, parts);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Creates a folder below `root` with its parents, one at a time: `mkdir -p` would follow a link out
 * of the root.
 */
async function ensureFolder(root: string, folder: string): Promise<void> {
  if (folder === root || (await isRealFolder(folder).catch(() => false))) return;
  await ensureFolder(root, dirname(folder));
  await makeFolder(folder);
}

async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
    await syncFolder(dirname(path));
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if ((await lstat(path)).isDirectory()) return;
    throw new AppError('storage_unavailable', {
      detail:
        'A link or file stands where the storage below DATA_DIR needs a folder: move it away. ' +
        'To keep pictures elsewhere, mount the volume or change DATA_DIR.',
      retryable: false,
      cause: error,
    });
  }
}

/** Whether a path below a root without links contains no link: then it is its own real path. */
async function isRealFolder(path: string): Promise<boolean> {
  return (await realpath(path)) === path;
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } catch (error) {
    // Some network file systems cannot sync a folder; the entry is then as durable as they make it.
    if (!['EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

async function removeLeftovers(temporary: string): Promise<void> {
  const before = Date.now() - LEFTOVER_AFTER_MS;
  for await (const entry of await opendir(temporary)) {
    const path = join(temporary, entry.name);
    const stat = await lstat(path).catch(() => undefined); // another process may be cleaning too
    if (stat && stat.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}

function isAbsence(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(errnoOf(error) ?? '');
}
