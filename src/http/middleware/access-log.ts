import type { RequestHandler } from 'express';
import type { Logger } from '../../observability/logger.js';
import type {} from '../request-context.js';

/**
 * One line for each request. It has the route's pattern instead of the address, because addresses
 * contain ids and fields, and fields are customers' data.
 */
export function accessLog(logger: Logger): RequestHandler {
  return (req, res, next) => {
    res.once('close', () => {
      const { requestId, startedAtMs, route, keyId, errorCode, quiet } = res.locals;
      const line = {
        request_id: requestId,
        method: req.method,
        route: route ?? 'unmatched',
        status: res.statusCode,
        ms: Math.round((performance.now() - startedAtMs) * 10) / 10,
        key_id: keyId,
        code: errorCode,
        // The client disconnected before the response was complete.
        aborted: res.writableFinished ? undefined : true,
      };
      if (quiet) logger.debug(line, 'request');
      else logger.info(line, 'request');
    });
    next();
  };
}
