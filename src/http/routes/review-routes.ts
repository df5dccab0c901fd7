import type { ImageRecord } from '../../images/image.js';
import type { ImageService } from '../../images/image-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { imageContent } from '../image-content.js';
import { presentImage } from '../presenters/present-image.js';
import { sendPreview } from '../presenters/send-preview.js';
import { imageSchema } from '../schemas/image.js';
import { assertImageId, idParam, renderErrors } from './image-routes.js';

/** Images that were asked for with `on_missing: review`: looked at, then approved or rejected. */
export function reviewRoutes({ images }: { images: ImageService }): Endpoint[] {
  const json = { 'application/json': imageSchema };
  const present = (record: ImageRecord) =>
    presentImage(record, { url: images.publicUrl(record), reused: false });

  const preview = defineEndpoint({
    method: 'get',
    path: '/v1/images/{id}/preview',
    summary: 'See what an image would look like, drawn anew and not stored',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: {
      200: {
        description: 'The picture itself.',
        content: imageContent,
        headers: { 'X-Cardpress-Warnings': 'A JSON list of the warnings.' },
      },
    },
    errors: ['image_not_found', ...renderErrors, 'preview_timeout'],
    async handle({ params }, res) {
      assertImageId(params.id);
      sendPreview(res, await images.previewOf(params.id));
    },
  });

  const approve = defineEndpoint({
    method: 'post',
    path: '/v1/images/{id}/approve',
    summary: 'Draw an image that waited for a review',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: { 202: { description: 'The image is on its way.', content: json } },
    errors: ['image_not_found', 'conflict', 'queue_full'],
    async handle({ params }, res) {
      assertImageId(params.id);
      res.status(202).json(present(await images.approve(params.id)));
    },
  });

  const reject = defineEndpoint({
    method: 'post',
    path: '/v1/images/{id}/reject',
    summary: 'Refuse an image that waited for a review; it ends as failed',
    tag: 'Images',
    access: 'key',
    scope: 'images',
    params: idParam,
    answers: { 200: { description: 'The image as it ended.', content: json } },
    errors: ['image_not_found', 'conflict'],
    async handle({ params }, res) {
      assertImageId(params.id);
      res.json(present(await images.reject(params.id)));
    },
  });

  return [preview, approve, reject];
}
