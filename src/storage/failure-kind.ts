import { errnoOf } from './file-errors.js';
import { nameOf, statusOf } from './s3-errors.js';

export type FailureKind =
  | 'full'
  | 'read_only'
  | 'denied'
  | 'missing'
  | 'slow_down'
  | 'timeout'
  | 'server_fault'
  | 'unreachable'
  | 'too_many_files'
  | 'other';

const BY_NAME: Record<string, FailureKind> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EROFS: 'read_only',
  EACCES: 'denied',
  EPERM: 'denied',
  ENOENT: 'missing',
  ENOTDIR: 'missing',
  EMFILE: 'too_many_files',
  ENFILE: 'too_many_files',
  NoSuchBucket: 'missing',
  SignatureDoesNotMatch: 'denied',
  InvalidAccessKeyId: 'denied',
  InvalidToken: 'denied',
  ExpiredToken: 'denied',
  ExpiredTokenException: 'denied',
  CredentialsProviderError: 'denied',
  SlowDown: 'slow_down',
  TooManyRequests: 'slow_down',
  TimeoutError: 'timeout',
  AbortError: 'timeout',
  RequestTimeout: 'timeout',
  ETIMEDOUT: 'timeout',
  ECONNREFUSED: 'unreachable',
  ECONNRESET: 'unreachable',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  ENOTFOUND: 'unreachable',
  EAI_AGAIN: 'unreachable',
  EPIPE: 'unreachable',
};

/** The kind of a storage failure, for counting. `cause` is the error of its client. */
export function failureKind(cause: unknown): FailureKind {
  const status = statusOf(cause);
  const known = BY_NAME[errnoOf(cause) ?? nameOf(cause)];
  if (known) return known;
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'missing';
  if (status === 429) return 'slow_down';
  return status !== undefined && status >= 500 ? 'server_fault' : 'other';
}
