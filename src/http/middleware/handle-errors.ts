import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { AppError, toAppError } from '../../errors/app-error.js';
import type { Logger } from '../../observability/logger.js';
import { sendProblem } from '../problem.js';

/** Headers that were meant for the response that failed. */
const HEADERS_OF_THE_OTHER_ANSWER = [
  'Content-Length',
  'Content-Range',
  'Accept-Ranges',
  'ETag',
  'Last-Modified',
  'Location',
  'X-Cardpress-Source',
];

/** Requests that no route matched. */
export const notFound: RequestHandler = (req) => {
  throw new AppError('not_found', {
    detail: `There is nothing at ${req.path.slice(0, 200)}. GET /docs lists what there is.`,
  });
};

const BROKEN_ESCAPE =
  'The address is not valid: a "%" in it does not begin the escape of a UTF-8 character.';
/** Under it every address is signed as it stands: one that cannot be read was changed. */
const SIGNED_PATH = /^\/i\//;

function asAppError(thrown: unknown, url: string): AppError {
  // The router's own, before any route is asked: the path has a broken % escape.
  if (thrown instanceof URIError) {
    const code = SIGNED_PATH.test(url) ? 'bad_signature' : 'not_found';
    return new AppError(code, { detail: BROKEN_ESCAPE });
  }
  return toAppError(thrown);
}

/** HTTP wants every 401 to name its scheme; an API key's guard has done so already. */
function nameScheme(res: Response, error: AppError): void {
  if (error.status !== 401 || res.hasHeader('WWW-Authenticate')) return;
  res.setHeader('WWW-Authenticate', 'Signature realm="cardpress hooks"');
}

/** The one place where an error becomes an answer. Causes go to the log and nowhere else. */
export function handleErrors(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const error = asAppError(thrown, req.originalUrl);
    if (error.status >= 500) {
      const { requestId, route } = res.locals;
      logger.error(
        { request_id: requestId, route, code: error.code, err: error.cause ?? error },
        'request failed',
      );
    }
    if (res.headersSent) {
      // Half of the response is sent: only cutting the connection shows the error.
      res.destroy();
      return;
    }
    for (const name of HEADERS_OF_THE_OTHER_ANSWER) res.removeHeader(name);
    res.setHeader('Cache-Control', 'no-store');
    nameScheme(res, error);
    sendProblem(res, error);
  };
}
