import { AppError } from '../errors/app-error.js';
import type { ObjectInfo } from '../images/image.js';

/**
 * S3 allows 2 KB of user metadata for an object: names and values together, as sent.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html The rest is reserved for
 * the hash that the S3 store adds.
 */
const MAX_ATTRIBUTE_BYTES = 2048 - 128;

/** Names that every S3 server keeps unchanged (Swift, for one, rewrites `_`). */
const NAME_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const CONTENT_TYPE_PATTERN =
  /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*(?:; ?[a-z0-9-]+=[a-z0-9.-]+)*$/i;

/** Added by the S3 store when writing, and removed when reading. */
export const HASH_ATTRIBUTE = 'cardpress-sha256';

/**
 * Encodes values for HTTP headers. S3 servers return non-ASCII characters in different forms, trim
 * the ends, may fold runs of spaces (which breaks the signature), and some drop empty values. So
 * everything outside `!`..`~`, and `%`, becomes percent-encoded UTF-8, and the empty value becomes
 * a single `%`.
 */
export function encodeAttributes(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, encodeValue(value)]),
  );
}

/**
 * The reverse of `encodeAttributes`. Values that were not encoded by it are returned as they are.
 */
export function decodeAttributes(encoded: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(encoded).map(([name, value]) => [name, decodeValue(value)]),
  );
}

/**
 * Limits every store to what the most limited one can keep, so that a change of storage loses
 * nothing.
 * @throws AppError `internal`, not retryable: over 1920 bytes of encoded attributes, a name that is
 *   not lower-case words with `-`, or an invalid content type
 */
export function assertObjectInfo(info: ObjectInfo): void {
  if (!CONTENT_TYPE_PATTERN.test(info.contentType)) {
    throw refuse('The content type of an object is not one.');
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(encodeAttributes(info.attributes))) {
    if (!NAME_PATTERN.test(name) || name === HASH_ATTRIBUTE) {
      throw refuse(`An object cannot have an attribute "${name}".`);
    }
    bytes += name.length + value.length;
  }
  if (bytes > MAX_ATTRIBUTE_BYTES) {
    throw refuse(
      `The attributes of an object take ${bytes} bytes; S3 keeps ${MAX_ATTRIBUTE_BYTES} at most.`,
    );
  }
}

function refuse(detail: string): AppError {
  return new AppError('internal', { detail, retryable: false });
}

function encodeValue(value: string): string {
  if (value === '') return '%';
  let encoded = '';
  for (const byte of Buffer.from(value, 'utf8')) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    encoded += plain
      ? String.fromCharCode(byte)
      : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

function decodeValue(encoded: string): string {
  if (encoded === '%') return '';
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}
