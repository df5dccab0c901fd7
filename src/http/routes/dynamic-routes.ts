import { AppError } from '../../errors/app-error.js';
import { imageExtensions } from '../../formats/image-formats.js';
import type { DynamicImage } from '../../links/dynamic-images.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { fallbackAnswers } from '../fallback-answers.js';
import { readerOf } from '../reader-of.js';
import { sendImage } from '../send-image.js';

/** Signed addresses: public, always a picture. */
export function dynamicRoutes({ dynamicImage }: { dynamicImage: DynamicImage }): Endpoint[] {
  return [
    defineEndpoint({
      method: 'get',
      path: '/i/{address*}',
      summary: 'The picture of a signed address',
      description: `\`/i/{template}.{${imageExtensions}}?{fields}&sig=…\`. Drawn when it is first asked for; if that takes too long, a card stands in and the drawing goes on. HEAD works too.`,
      tag: 'Delivery',
      access: 'public',
      params: { address: `\`{template}.{${imageExtensions}}\`, as POST /v1/urls gives it.` },
      answers: fallbackAnswers,
      errors: ['bad_signature', 'not_found'],
      async handle(_input, res, req) {
        const answer = await dynamicImage(req.originalUrl, readerOf(res).signal);
        if (!answer) {
          throw new AppError('not_found', {
            detail: 'There is no such address. Signed addresses come from POST /v1/urls.',
          });
        }
        sendImage(req, res, answer);
      },
    }),
  ];
}
