import { AppError } from '../errors/app-error.js';

const MAX_KEY_LENGTH = 200;
const SEGMENT = /^[A-Za-z0-9._~-]+$/;
const VERSION = /^v[a-z2-7]{32}$/;
/** Reserved by `POST /v1/pages/check`. */
const RESERVED = 'check';

function keyFault(key: string): string | undefined {
  if (key.length === 0 || key.length > MAX_KEY_LENGTH) {
    return `must have between 1 and ${MAX_KEY_LENGTH} characters`;
  }
  const segments = key.split('/');
  if (segments.some((segment) => segment === '')) {
    return 'must not begin or end with a slash, nor hold two in a row';
  }
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    return 'must not hold "." or ".." between slashes: browsers would resolve them';
  }
  if (!segments.every((segment) => SEGMENT.test(segment))) {
    return 'must be made of A-Z a-z 0-9 . _ ~ - and slashes, such as "blog/hello-world"';
  }
  if (VERSION.test(segments.at(-1) ?? '')) {
    return 'must not end in "v" and 32 letters or digits, which names a version of a picture';
  }
  return key === RESERVED ? `must not be "${RESERVED}", which is taken` : undefined;
}

/**
 * Checks a key: 1–200 characters of `[A-Za-z0-9._~-]` in segments divided by slashes, which need no
 * encoding in a path.
 * @throws AppError `invalid_request` with path `key`
 */
export function assertPageKey(key: string): void {
  const message = keyFault(key);
  if (message === undefined) return;
  throw new AppError('invalid_request', {
    detail: `key: ${message}.`,
    errors: [{ path: 'key', message }],
  });
}

export const isPageKey = (key: string) => keyFault(key) === undefined;
