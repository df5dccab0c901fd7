import { keyCaller } from '../../images/caller.js';
import type { ImageService } from '../../images/image-service.js';
import type { TemplateRegistry } from '../../templates/template.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { imageContent } from '../image-content.js';
import { presentTemplate, presentTemplateSummary } from '../presenters/present-template.js';
import { sendPreview } from '../presenters/send-preview.js';
import { newPreviewSchema } from '../schemas/image-input.js';
import { templateListSchema, templateSchema } from '../schemas/template.js';
import { renderErrors } from './image-routes.js';

export interface TemplateRoutesDeps {
  registry: TemplateRegistry;
  images: ImageService;
  /** Without a slash at its end. */
  publicUrl: string;
}

/** Callers who request images must know the templates. */
const READERS = ['templates', 'images', 'batches', 'pages'] as const;

/** The installed templates, and previews of them. */
export function templateRoutes({ registry, images, publicUrl }: TemplateRoutesDeps): Endpoint[] {
  const idParam = { id: 'The id of a template.' };

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/templates',
    summary: 'List the templates',
    tag: 'Templates',
    access: 'key',
    scope: READERS,
    answers: {
      200: { description: 'All of them.', content: { 'application/json': templateListSchema } },
    },
    handle(_input, res) {
      const items = registry.list().map((template) => presentTemplateSummary(template, publicUrl));
      res.json({ items });
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/templates/{id}',
    summary: 'Read a template: its fields, sizes and sample',
    tag: 'Templates',
    access: 'key',
    scope: READERS,
    params: idParam,
    answers: {
      200: { description: 'The template.', content: { 'application/json': templateSchema } },
    },
    errors: ['template_not_found'],
    async handle({ params }, res) {
      await registry.load(params.id);
      res.json(presentTemplate(registry.get(params.id), publicUrl));
    },
  });

  const preview = defineEndpoint({
    method: 'post',
    path: '/v1/templates/{id}/preview',
    summary: 'Draw a template once, without storing the picture',
    tag: 'Templates',
    access: 'key',
    scope: ['templates', 'images'],
    params: idParam,
    body: newPreviewSchema,
    answers: {
      200: {
        description: 'The picture itself.',
        content: imageContent,
        headers: { 'X-Cardpress-Warnings': 'A JSON list of the warnings.' },
      },
    },
    errors: [...renderErrors, 'preview_timeout'],
    async handle({ params, body }, res) {
      await registry.load(params.id);
      const request = {
        template: params.id,
        data: body.data ?? registry.get(params.id).sample,
        size: body.size,
        output: body.output,
        onMissing: body.on_missing,
      };
      const picture = await images.preview(request, keyCaller(res.locals.keyId));
      sendPreview(res, picture);
    },
  });

  return [list, read, preview];
}
