import { randomUUID } from 'node:crypto';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../errors/app-error.js';
import { tableError } from './table-error.js';

export interface SpooledUpload {
  path: string;
  bytes: number;
  /** Whoever spooled it removes it. Idempotent. */
  remove(): Promise<void>;
}

export interface SpoolOptions {
  /** Made where it is missing, for the owner alone. */
  directory: string;
  maxBytes: number;
}

const MEGABYTE = 1024 * 1024;

function tooLarge(maxBytes: number): AppError {
  const limit =
    maxBytes >= MEGABYTE
      ? `${Math.floor(maxBytes / MEGABYTE)} MB (${maxBytes} bytes)`
      : `${maxBytes} bytes`;
  const message = `The file is larger than ${limit}. Split it into several files and send each as a batch of its own.`;
  return new AppError('body_too_large', { detail: message, errors: [{ path: 'file', message }] });
}

function spoolError(thrown: unknown): unknown {
  if (thrown instanceof AppError) return thrown;
  const { code } = thrown as NodeJS.ErrnoException;
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') {
    return tableError('The upload broke off before its end. Send the file again.', thrown);
  }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new AppError('storage_unavailable', {
      detail: 'The disk of the service has no room for the file. Try again later.',
      cause: thrown,
    });
  }
  return thrown;
}

/**
 * Writes an upload to a file of its own that only this user can read; holds no more of it in memory
 * than the streams' buffers. An upload that breaks off or is refused leaves nothing behind.
 * @throws AppError `body_too_large` naming the limit, `invalid_request` where the upload breaks off,
 * `storage_unavailable` where the disk is full
 */
export async function spoolUpload(source: Readable, options: SpoolOptions): Promise<SpooledUpload> {
  const { directory, maxBytes } = options;
  const path = join(directory, `upload-${randomUUID()}.csv`);
  const remove = () => rm(path, { force: true });
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(maxBytes));
      else done(null, chunk);
    },
  });
  // Until the pipeline listens; it finds a source that has failed meanwhile.
  source.on('error', () => undefined);
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    // Opened first, so that no file can appear after it was removed.
    const file = await open(path, 'wx', 0o600);
    await pipeline(source, limit, file.createWriteStream());
  } catch (error) {
    await remove();
    throw spoolError(error);
  }
  return { path, bytes, remove };
}
