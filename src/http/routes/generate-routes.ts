import { AppError } from '../../errors/app-error.js';
import { keyCaller } from '../../images/caller.js';
import type { ImageService } from '../../images/image-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentImage } from '../presenters/present-image.js';
import { generatedImageSchema } from '../schemas/image.js';
import { generateSchema } from '../schemas/image-input.js';
import { renderErrors, sendFailedImage } from './image-routes.js';

/** As long as a caller without a way to ask again can reasonably be kept. */
const WAIT_MS = 30_000;

/** The fields of a template are called `data` everywhere but in this request. */
function inCallersWords(error: unknown): unknown {
  if (!(error instanceof AppError) || !error.errors) return error;
  const rename = (text: string) => text.replace(/^data(?=[.:]|$)/, 'layers');
  return new AppError(error.code, {
    detail: rename(error.detail),
    errors: error.errors.map(({ path, message }) => ({ path: rename(path), message })),
    cause: error.cause,
  });
}

/** The synchronous short form: a design and its layers in, the address of a picture out. */
export function generateRoutes({ images }: { images: ImageService }): Endpoint[] {
  const json = { 'application/json': generatedImageSchema };
  return [
    defineEndpoint({
      method: 'post',
      path: '/v1/generate',
      summary: 'Make an image and wait for it',
      description:
        'The short form of POST /v1/images: `layers` are the fields of the template `design_id`, as an object of names and values.',
      tag: 'Images',
      access: 'key',
      scope: 'images',
      body: generateSchema,
      answers: {
        200: { description: 'The image is ready.', content: json },
        202: {
          description: 'It takes longer than 30 seconds; `image_url` is final already.',
          content: json,
        },
      },
      errors: [...renderErrors, 'quota_exceeded'],
      async handle({ body }, res) {
        const { record, reused } = await images
          .submit(
            {
              template: body.design_id,
              data: body.layers,
              size: body.size,
              output: body.output,
              onMissing: body.on_missing,
            },
            {
              priority: 'waiting',
              waitMs: WAIT_MS,
              metadata: body.metadata,
              quota: res.locals.quota,
              caller: keyCaller(res.locals.keyId),
            },
          )
          .catch((error: unknown) => {
            throw inCallersWords(error);
          });
        if (record.status === 'failed') {
          sendFailedImage(res, record);
          return;
        }
        const url = images.publicUrl(record);
        const metadata = body.metadata ?? {};
        res
          .status(record.status === 'completed' ? 200 : 202)
          .setHeader('Location', `/v1/images/${record.id}`)
          .json({ image_url: url, ...presentImage(record, { url, reused, metadata }) });
      },
    }),
  ];
}
