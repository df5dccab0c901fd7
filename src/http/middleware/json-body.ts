import express, { type RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import { findJsonError } from '../json-error.js';

/** What body-parser's errors carry. */
interface ParserError {
  type?: string;
  body?: unknown;
  status?: number;
}

function syntaxError(body: unknown, cause: unknown): AppError {
  const found = typeof body === 'string' ? findJsonError(body) : undefined;
  const where = found
    ? `at line ${found.line}, column ${found.column}: expected ${found.expected}.`
    : 'or is damaged on the way.';
  return new AppError('bad_json', { detail: `The body is not valid JSON ${where}`, cause });
}

function bodyError(thrown: unknown, limitBytes: number): unknown {
  const error = thrown as ParserError;
  switch (error.type) {
    case 'entity.parse.failed':
      return syntaxError(error.body, thrown);
    case 'entity.too.large':
      return new AppError('body_too_large', {
        detail: `The body is larger than ${limitBytes} bytes. Refer to pictures by URL instead of sending them.`,
        cause: thrown,
      });
    case 'encoding.unsupported':
    case 'charset.unsupported':
      return new AppError('unsupported_media_type', {
        detail: 'Send the body in UTF-8, plain or compressed with gzip, deflate or br.',
        cause: thrown,
      });
    default:
      // Cut off, of another length than announced, or not decompressible: the sender's mistake.
      return error.status === 400 ? syntaxError(undefined, thrown) : thrown;
  }
}

/**
 * Reads a JSON body of at most `limitBytes` (decompressed) into `req.body`.
 * @throws AppError `unsupported_media_type`, `bad_json`, `body_too_large`
 */
export function jsonBody(limitBytes: number): RequestHandler {
  // Any value is let through: the schema says better what is wrong with `null` or `5`.
  const parse = express.json({ limit: limitBytes, strict: false, type: () => true });
  return (req, res, next) => {
    const hasBody =
      req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length']) > 0;
    if (!hasBody) {
      next(new AppError('bad_json', { detail: 'The body is empty. Send a JSON object.' }));
      return;
    }
    if (!req.is(['application/json', '+json'])) {
      next(
        new AppError('unsupported_media_type', {
          detail: 'Send JSON, with the header "Content-Type: application/json".',
        }),
      );
      return;
    }
    parse(req, res, (error?: unknown) => next(error ? bodyError(error, limitBytes) : undefined));
  };
}
