import type { ErrorRequestHandler, RequestHandler } from 'express';
import { AppError, toAppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import { sendProblem } from '../problem.js';

/** They were meant for the answer that did not come. */
const HEADERS_OF_THE_OTHER_ANSWER = [
  'Content-Length',
  'Content-Range',
  'Accept-Ranges',
  'ETag',
  'Last-Modified',
  'Location',
  'X-Cardpress-Source',
];

/** What no route took. */
export const notFound: RequestHandler = (req) => {
  throw new AppError('not_found', {
    detail: `There is nothing at ${req.path.slice(0, 200)}. GET /docs lists what there is.`,
  });
};

function asAppError(thrown: unknown): AppError {
  // Express's own, for an address with a broken % escape.
  if (thrown instanceof URIError) {
    return new AppError('not_found', {
      detail: 'The address is not valid: a "%" in it is not followed by two hex digits.',
    });
  }
  return toAppError(thrown);
}

/** The one place where an error becomes an answer. Causes go to the log and nowhere else. */
export function handleErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, _req, res, _next) => {
    const error = asAppError(thrown);
    if (error.status >= 500) {
      const { requestId, route } = res.locals;
      logger.error(
        { request_id: requestId, route, code: error.code, err: error.cause ?? error },
        'request failed',
      );
    }
    if (res.headersSent) {
      // Half an answer is out: cutting the connection is the only way to say so.
      res.destroy();
      return;
    }
    for (const name of HEADERS_OF_THE_OTHER_ANSWER) res.removeHeader(name);
    res.setHeader('Cache-Control', 'no-store');
    sendProblem(res, error);
  };
}
