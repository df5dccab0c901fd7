import { AppError } from './app-error.js';

/** `invalid_request` because of one field: `message` says what is wrong with it, and the remedy. */
export function invalidField(path: string, message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', {
    detail: `${path}: ${message}`,
    errors: [{ path, message }],
    cause,
  });
}
