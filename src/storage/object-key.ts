import { AppError } from '../errors/app-error.js';

/** Well below S3's 1024 bytes, and short enough for any path on any file system. */
const MAX_KEY_LENGTH = 512;
/** File systems allow 255 bytes for a name; the rest is left for temporary names and tools. */
const MAX_SEGMENT_LENGTH = 200;

/**
 * Lower-case segments, and one dot, before the extension. No such key has a special meaning to a
 * file system, a URL or S3: no `..`, no hidden names, no `\`, `%`, NUL or `//`; and no two keys are
 * equal on a case-insensitive disk. A folder can never have a file's name.
 */
const KEY_PATTERN = /^[a-z0-9][a-z0-9_-]*(?:\/[a-z0-9][a-z0-9_-]*)*\.[a-z0-9]+$/;

/** Whether `key` is valid: `<segment>/<segment>.<extension>`, at most 512 characters. */
export function isObjectKey(key: string): boolean {
  return (
    key.length <= MAX_KEY_LENGTH &&
    KEY_PATTERN.test(key) &&
    key.split('/').every((segment) => segment.length <= MAX_SEGMENT_LENGTH)
  );
}

/**
 * Checked by every store: no invalid key reaches a disk or a bucket.
 * @throws AppError `image_not_found`: no image can have such an address
 */
export function assertObjectKey(key: string): void {
  if (isObjectKey(key)) return;
  throw new AppError('image_not_found', {
    detail:
      'No picture can have this address: use lower-case letters, digits, "-" and "_" in parts ' +
      `divided by "/", with one file ending, at most ${MAX_KEY_LENGTH} characters.`,
  });
}
