import { AppError } from '../errors/app-error.js';
import type { ObjectInfo } from '../images/image.js';

/**
 * S3 allows 2 KB of user metadata an object: names and values added up, as sent.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 * The rest is kept for the hash that the S3 store adds of its own.
 */
const MAX_ATTRIBUTE_BYTES = 2048 - 128;

/** Names that pass through every S3 server unchanged (Swift, for one, rewrites `_`). */
const NAME_PATTERN = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const CONTENT_TYPE_PATTERN =
  /^[a-z0-9][a-z0-9.+-]*\/[a-z0-9][a-z0-9.+-]*(?:; ?[a-z0-9-]+=[a-z0-9.-]+)*$/i;

/** Added by the S3 store to what it is given, and taken away again when read. */
export const HASH_ATTRIBUTE = 'cardpress-sha256';

/**
 * Values as they can stand in an HTTP header. S3 gives back anything but ASCII in a form that
 * differs from server to server, trims the ends and may fold runs of spaces, which breaks the
 * signature; some servers drop empty values. So everything outside `!`..`~`, and `%`, becomes
 * percent-escaped UTF-8, and the empty value a lone `%`.
 */
export function encodeAttributes(attributes: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [name, encodeValue(value)]),
  );
}

/** The reverse of `encodeAttributes`. A value that it did not make comes back as it is. */
export function decodeAttributes(encoded: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(encoded).map(([name, value]) => [name, decodeValue(value)]),
  );
}

/**
 * Holds every store to what the narrowest can keep, so that a change of storage loses nothing.
 * @throws AppError `internal`, not retryable: over 1920 bytes of encoded attributes, a name that
 * is not lower-case words with `-`, or a content type that cannot be a header
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
