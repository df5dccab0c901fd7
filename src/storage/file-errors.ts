import { AppError } from '../errors/app-error.js';

const FOLDER = 'the storage folder below DATA_DIR';

/** By errno: the remedy, and whether a retry can succeed without a change of the set-up. */
const remedies: Record<string, { detail: string; retryable: boolean }> = {
  ENOSPC: { detail: `The disk of ${FOLDER} is full: free some space.`, retryable: true },
  EDQUOT: { detail: `The quota of ${FOLDER} is used up: raise it.`, retryable: true },
  EFBIG: {
    detail: `The limit on the size of files is too small for ${FOLDER}: raise it (ulimit -f, LimitFSIZE).`,
    retryable: true,
  },
  EROFS: {
    detail: `The disk of ${FOLDER} is mounted read-only: mount it read-write.`,
    retryable: false,
  },
  EACCES: {
    detail: `Cardpress may not read and write ${FOLDER}: give it to the user it runs as.`,
    retryable: false,
  },
  EPERM: {
    detail: `Cardpress may not read and write ${FOLDER}: give it to the user it runs as.`,
    retryable: false,
  },
  ENOENT: {
    detail: `A part of ${FOLDER} has disappeared: mount its volume again and restart.`,
    retryable: true,
  },
  ENOTDIR: {
    detail: `A file stands where ${FOLDER} needs a folder: move it away.`,
    retryable: false,
  },
  EXDEV: {
    detail: `A part of ${FOLDER} is another file system: keep the whole of it on one.`,
    retryable: false,
  },
  EMFILE: {
    detail: 'Too many files are open: raise the limit (ulimit -n, LimitNOFILE).',
    retryable: true,
  },
  ENFILE: { detail: 'The machine has too many files open.', retryable: true },
};

/**
 * Turns an error of the file system into `storage_unavailable` with its remedy; returns any other
 * error as it is.
 */
export function fromFileError(thrown: unknown): unknown {
  const code = errnoOf(thrown);
  if (thrown instanceof AppError || code === undefined) return thrown;
  const known = remedies[code];
  return new AppError('storage_unavailable', {
    detail: known?.detail ?? `The disk of ${FOLDER} answers ${code}: check its health.`,
    retryable: known?.retryable ?? true,
    cause: thrown,
  });
}

/**
 * The error code (`ENOENT`), or undefined for other errors. Detected by shape: an error of another
 * realm is no `instanceof Error` here.
 */
export function errnoOf(thrown: unknown): string | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('errno' in thrown)) return undefined;
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
}
