import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** The chunk size of Node's file streams. */
const CHUNK_BYTES = 64 * 1024;
/** A reader that takes nothing for this long is slow, and its file is closed meanwhile. */
const IDLE_CLOSE_MS = 1_000;

export interface BodySource {
  /** The file, opened. */
  handle: FileHandle;
  /** Opens the same object again; undefined if it is gone or was replaced. */
  reopen(): Promise<FileHandle | undefined>;
  /** First and last byte, both included. */
  start: number;
  end: number;
}

/**
 * A stream of a file's bytes. For a fast reader the file stays open; for a slow one it is closed
 * between chunks, so that slow readers cannot use up all file descriptors.
 */
export function createBodyStream({ handle, reopen, start, end }: BodySource): Readable {
  let open: FileHandle | undefined = handle;
  let position = start;
  let timer: NodeJS.Timeout | undefined;

  /** An error at closing does not matter, because the file was only read. */
  async function closeFile(): Promise<void> {
    clearTimeout(timer);
    const held = open;
    open = undefined;
    await held?.close().catch(() => undefined);
  }

  async function readPiece(): Promise<Buffer> {
    clearTimeout(timer);
    open ??= await reopen();
    if (!open) throw new Error('the file was replaced or deleted while it was read');
    const piece = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, end + 1 - position));
    const { bytesRead } = await open.read(piece, 0, piece.length, position);
    if (bytesRead === 0) throw new Error('the file ended before its time');
    return piece.subarray(0, bytesRead);
  }

  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      readPiece().then(
        (piece) => {
          // Opened again for a reader who disconnected meanwhile.
          if (this.destroyed) {
            void closeFile();
            return;
          }
          position += piece.length;
          if (position > end) {
            void closeFile().then(() => {
              this.push(piece);
              this.push(null);
            });
            return;
          }
          timer = setTimeout(() => void closeFile(), IDLE_CLOSE_MS);
          timer.unref();
          this.push(piece);
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      void closeFile().then(() => callback(error));
    },
  });
}
