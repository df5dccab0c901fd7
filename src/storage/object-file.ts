import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { z } from 'zod';
import type { ObjectInfo } from '../images/image.js';
import type { StoredObject } from '../images/ports.js';

/*
 * Format of an object's file: the body, then its info as JSON, then a footer of 12 bytes (length of
 * the JSON, uint32 big-endian; 8 bytes of magic). Body and info are written by one rename, so that
 * no crash can make them disagree, as two files could. The info follows the body, because readers
 * of all image formats stop at the end of the image (a test holds it): the files open in any viewer.
 */

const MAGIC = Buffer.from('CARDPRS1', 'latin1');
const FOOTER_BYTES = 4 + MAGIC.length;
/** Enough for every info that `assertObjectInfo` accepts, in its longest JSON form. */
const MAX_TRAILER_BYTES = 16 * 1024;

const trailerSchema = z.object({
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  contentType: z.string(),
  attributes: z.record(z.string(), z.string()),
});

type Trailer = z.infer<typeof trailerSchema>;

/** The bytes that are written after `body`. */
export function makeTrailer(body: Buffer, info: ObjectInfo): Buffer {
  const trailer: Trailer = {
    bytes: body.length,
    sha256: createHash('sha256').update(body).digest('hex'),
    contentType: info.contentType,
    attributes: info.attributes,
  };
  const json = Buffer.from(JSON.stringify(trailer), 'utf8');
  const footer = Buffer.alloc(FOOTER_BYTES);
  footer.writeUInt32BE(json.length, 0);
  MAGIC.copy(footer, 4);
  return Buffer.concat([json, footer]);
}

/**
 * Parses the info at the end of `tail`, the last bytes of a file of `fileBytes`; undefined if the
 * object is incomplete.
 */
function parseTrailer(tail: Buffer, fileBytes: number): Trailer | undefined {
  const footerAt = tail.length - FOOTER_BYTES;
  if (footerAt < 0 || !tail.subarray(footerAt + 4).equals(MAGIC)) return undefined;
  const jsonBytes = tail.readUInt32BE(footerAt);
  if (jsonBytes > footerAt) return undefined;
  let json: unknown;
  try {
    json = JSON.parse(tail.toString('utf8', footerAt - jsonBytes, footerAt));
  } catch {
    return undefined;
  }
  const trailer = trailerSchema.safeParse(json);
  if (!trailer.success) return undefined;
  const isWhole = trailer.data.bytes + jsonBytes + FOOTER_BYTES === fileBytes;
  return isWhole ? trailer.data : undefined;
}

/** Reads only the end of the file. Undefined for a file that is not a complete object. */
export async function readObject(
  key: string,
  handle: FileHandle,
): Promise<StoredObject | undefined> {
  const stat = await handle.stat();
  if (!stat.isFile()) return undefined;
  const tailBytes = Math.min(stat.size, MAX_TRAILER_BYTES);
  const tail = await readExactly(handle, stat.size - tailBytes, tailBytes);
  const trailer = tail && parseTrailer(tail, stat.size);
  if (!trailer) return undefined;
  return {
    key,
    bytes: trailer.bytes,
    etag: trailer.sha256,
    modifiedAt: stat.mtime,
    info: { contentType: trailer.contentType, attributes: trailer.attributes },
  };
}

/** Undefined if the file is too short. */
export async function readExactly(
  handle: FileHandle,
  position: number,
  length: number,
): Promise<Buffer | undefined> {
  const buffer = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) return undefined;
    done += bytesRead;
  }
  return buffer;
}
