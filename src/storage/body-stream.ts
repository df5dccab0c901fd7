import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';

/** As much as a stream of Node's reads at once. */
const PIECE_BYTES = 64 * 1024;
/** Who takes nothing for so long is slow, and keeps no file open meanwhile. */
const HELD_MS = 1_000;

export interface BodySource {
  /** The file, opened. */
  handle: FileHandle;
  /** The same object anew; undefined where it is gone or another. */
  reopen(): Promise<FileHandle | undefined>;
  /** First and last byte, both included. */
  start: number;
  end: number;
}

/**
 * Bytes of a file, as they are asked for. A reader that is brisk is served from the file that was
 * opened; one that makes us wait holds none, so that slow readers cannot use up all descriptors.
 */
export function createBodyStream({ handle, reopen, start, end }: BodySource): Readable {
  let open: FileHandle | undefined = handle;
  let position = start;
  let timer: NodeJS.Timeout | undefined;

  /** What was only read need not be closed without fault. */
  async function letGo(): Promise<void> {
    clearTimeout(timer);
    const held = open;
    open = undefined;
    await held?.close().catch(() => undefined);
  }

  async function readPiece(): Promise<Buffer> {
    clearTimeout(timer);
    open ??= await reopen();
    if (!open) throw new Error('the file was replaced or deleted while it was read');
    const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end + 1 - position));
    const { bytesRead } = await open.read(piece, 0, piece.length, position);
    if (bytesRead === 0) throw new Error('the file ended before its time');
    return piece.subarray(0, bytesRead);
  }

  return new Readable({
    highWaterMark: PIECE_BYTES,
    read() {
      readPiece().then(
        (piece) => {
          // Opened again for a reader who left meanwhile.
          if (this.destroyed) {
            void letGo();
            return;
          }
          position += piece.length;
          if (position > end) {
            void letGo().then(() => {
              this.push(piece);
              this.push(null);
            });
            return;
          }
          timer = setTimeout(() => void letGo(), HELD_MS);
          timer.unref();
          this.push(piece);
        },
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, callback) {
      void letGo().then(() => callback(error));
    },
  });
}
