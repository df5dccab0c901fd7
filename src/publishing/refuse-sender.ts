import { randomBytes } from 'node:crypto';
import { AppError } from '../errors/app-error.js';
import type { HookRequest, Source } from './source-ports.js';

/*
 * The response for a sender that has not proved a secret. It follows from the sender's request
 * alone: whether a source of this name exists, its kind, and its signature header are not
 * disclosed. The reason is in the log.
 */

/** Headers that any request may have; any other header may be meant as a signature. */
const ORDINARY =
  /^(?:host|accept|accept-.+|cache-control|connection|content-.+|cookie|date|dnt|expect|forwarded|from|if-.+|keep-alive|origin|pragma|priority|range|referer|sec-.+|te|trace-?.*|traceparent|tracestate|transfer-encoding|upgrade.*|user-agent|via|x-forwarded-.+|x-real-ip|x-request-id)$/;

const isSigned = ({ headers }: Pick<HookRequest, 'headers'>) =>
  Object.keys(headers).some((name) => headers[name]?.trim() && !ORDINARY.test(name));

/** The same error for an unknown source and for every kind of failed verification. */
export function senderRefusal(request: Pick<HookRequest, 'headers'>, cause: unknown): AppError {
  if (!isSigned(request)) {
    return new AppError('sender_unverified', {
      detail:
        'The request has no header that could verify its sender, such as X-Ghost-Signature, sanity-webhook-signature, X-Cardpress-Signature, X-Contentful-Signature, or the one that was chosen for the source. Set the secret of the source at the sender too.',
      cause,
    });
  }
  return new AppError('bad_signature', {
    detail:
      'The signature or token does not match a source of this name and this body. Check the address of the hook, and set the same secret at the sender; nothing on the way may change the body. The log of the service tells more.',
    cause,
  });
}

/** Replaces a source that does not exist, so that refusing it takes as long. */
export function createDecoySource(): Source {
  return {
    name: '',
    kind: 'generic',
    secret: randomBytes(32).toString('hex'),
    signature: { scheme: 'hmac', header: 'X-Signature' },
    template: '',
    page: '',
    map: {},
    createdAt: '',
    updatedAt: '',
  };
}
