import type { Response } from 'express';
import type { AppError } from '../errors/app-error.js';
import type { ErrorCode } from '../errors/catalogue.js';

/** When a backend is unavailable, clients should retry soon, but not at once. */
const UNAVAILABLE_RETRY_SECONDS = 5;

/** The page that describes every code; the reference is stable, also for machines. */
const problemType = (code: ErrorCode) => `/docs/errors#${code}`;

function retryAfter(error: AppError): number | undefined {
  return error.retryAfterSeconds ?? (error.status === 503 ? UNAVAILABLE_RETRY_SECONDS : undefined);
}

/** Answers with RFC 9457 problem details. `members` are extensions such as `image_id`. */
export function sendProblem(
  res: Response,
  error: AppError,
  members: Record<string, unknown> = {},
): void {
  const requestId = res.locals.requestId;
  const after = retryAfter(error);
  if (after !== undefined) res.setHeader('Retry-After', String(after));
  res.locals.errorCode = error.code;
  const body = {
    type: problemType(error.code),
    title: error.title,
    status: error.status,
    // Internal errors are only for the log, whatever their message.
    detail:
      error.code === 'internal'
        ? `Something failed on our side. The log tells more under request ${requestId}.`
        : error.detail,
    code: error.code,
    request_id: requestId,
    ...(error.errors ? { errors: error.errors } : {}),
    ...members,
  };
  res.status(error.status).setHeader('Content-Type', 'application/problem+json; charset=utf-8');
  res.end(res.req.method === 'HEAD' ? undefined : JSON.stringify(body));
}
