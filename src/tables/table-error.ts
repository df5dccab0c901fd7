import { AppError } from '../errors/app-error.js';

/**
 * `invalid_request` at the path `file`: what is wrong with the spreadsheet as a whole, and what to
 * do about it, as whole sentences.
 */
export function tableError(message: string, cause?: unknown): AppError {
  return new AppError('invalid_request', {
    detail: message,
    errors: [{ path: 'file', message }],
    cause,
  });
}
