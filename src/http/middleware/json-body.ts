import express, { type RequestHandler } from 'express';
import { AppError } from '../../errors/app-error.js';
import { findJsonError, type JsonError } from '../json-error.js';

/** What body-parser's errors carry. */
interface ParserError {
  type?: string;
  body?: unknown;
  status?: number;
}

/** `found`: where it is wrong; absent for what cannot even be read as text. */
export function jsonSyntaxError(found: JsonError | undefined, cause?: unknown): AppError {
  const where = found
    ? `at line ${found.line}, column ${found.column}: expected ${found.expected}.`
    : 'or is damaged on the way.';
  return new AppError('bad_json', { detail: `The body is not valid JSON ${where}`, cause });
}

function syntaxError(body: unknown, cause: unknown): AppError {
  return jsonSyntaxError(typeof body === 'string' ? findJsonError(body) : undefined, cause);
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

/** Checks that there is a body of JSON, and reads it with `parse`. */
function reader(parse: RequestHandler, limitBytes: number): RequestHandler {
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

/**
 * Reads a JSON body of at most `limitBytes` (decompressed) into `req.body`.
 * @throws AppError `unsupported_media_type`, `bad_json`, `body_too_large`
 */
export function jsonBody(limitBytes: number): RequestHandler {
  // Any value is let through: the schema says better what is wrong with `null` or `5`.
  const parse = express.json({ limit: limitBytes, strict: false, type: () => true });
  return reader(parse, limitBytes);
}

const UTF8 = /^(?:utf-?8|us-ascii)$/;
const UTF16 = /^utf-?16(?:le|be)?$/;

/** As UTF-8, without a byte order mark. */
function toUtf8(body: Buffer, contentType: string): Buffer {
  const charset =
    /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(contentType)?.[1]?.toLowerCase() ?? 'utf-8';
  if (!UTF8.test(charset) && !UTF16.test(charset)) {
    throw bodyError({ type: 'charset.unsupported' }, 0);
  }
  const bytes = UTF8.test(charset) ? body : Buffer.from(new TextDecoder(charset).decode(body));
  return bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? bytes.subarray(3) : bytes;
}

/**
 * A body of known length into memory of that size, as it comes: putting pieces of 32 MB together at
 * the end takes longer than others should wait.
 */
function readKnownLength(limitBytes: number): RequestHandler {
  const inPieces = express.raw({ limit: limitBytes, type: () => true });
  return (req, res, next) => {
    const length = Number(req.headers['content-length']);
    const encoding = req.headers['content-encoding'] ?? 'identity';
    if (!Number.isSafeInteger(length) || length > limitBytes || encoding !== 'identity') {
      inPieces(req, res, next);
      return;
    }
    const body = Buffer.allocUnsafe(length);
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.copy(body, bytes);
    });
    req.once('end', () => {
      req.body = body.subarray(0, bytes);
      next();
    });
    req.once('close', () => {
      if (!req.readableEnded) next(Object.assign(new Error('cut off'), { status: 400 }));
    });
  };
}

/** As `jsonBody`, for bodies that are too long to be parsed at once: UTF-8 bytes, not parsed yet. */
export function jsonBytes(limitBytes: number): RequestHandler {
  const read = reader(readKnownLength(limitBytes), limitBytes);
  return (req, res, next) =>
    read(req, res, (error?: unknown) => {
      if (error) return next(error);
      try {
        req.body = toUtf8(req.body as Buffer, req.headers['content-type'] ?? '');
        next();
      } catch (thrown) {
        next(thrown);
      }
    });
}
