import { catalogue, type ErrorCode } from './catalogue.js';

/** One mistake in the input: where it is (`data.title`), and what is wrong with the remedy. */
export interface FieldError {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  /** What went wrong, with the remedy, in plain words. Safe to show: never holds field values of others. */
  detail: string;
  errors?: FieldError[];
  retryAfterSeconds?: number;
  /** The underlying error, for the log alone. */
  cause?: unknown;
  /** Overrides the catalogue's opinion on whether a retry can help. */
  retryable?: boolean;
}

/** An error with a code of the catalogue. Everything that reaches a user is one of these. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors: FieldError[] | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, options: AppErrorOptions) {
    super(`${code}: ${options.detail}`, { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.errors = options.errors;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.retryable = options.retryable ?? catalogue[code].retryable;
  }

  get status(): number {
    return catalogue[this.code].status;
  }

  get title(): string {
    return catalogue[this.code].title;
  }
}

/** Any thrown value as an AppError; what is not one already becomes `fallback`. */
export function toAppError(thrown: unknown, fallback: ErrorCode = 'internal'): AppError {
  if (thrown instanceof AppError) return thrown;
  return new AppError(fallback, { detail: catalogue[fallback].title, cause: thrown });
}

/**
 * A copy to be kept for others: without stack and cause. V8 keeps alive what the frames of an error's
 * stack refer to, such as the file that was rejected.
 */
export function withoutStack(error: AppError): AppError {
  const { code, detail, errors, retryAfterSeconds, retryable } = error;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return new AppError(code, {
      ...{ detail, retryable },
      ...(errors ? { errors } : {}),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  } finally {
    Error.stackTraceLimit = limit;
  }
}
