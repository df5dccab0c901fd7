import type { DynamicUrls } from '../../links/dynamic-url.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { newUrlSchema, urlSchema } from '../schemas/url.js';

/** Signs addresses of pictures that are drawn when they are first asked for. */
export function urlRoutes({ urls }: { urls: Pick<DynamicUrls, 'make' | 'load'> }): Endpoint[] {
  return [
    defineEndpoint({
      method: 'post',
      path: '/v1/urls',
      summary: 'Sign the address of a picture',
      description:
        'Draws nothing: the picture is drawn when the address is first asked for. With a key that has a daily quota the address names the key (`_key`), and its picture is taken from that quota when it is drawn. docs/signed-urls.md shows how to sign without asking.',
      tag: 'Delivery',
      access: 'key',
      scope: 'images',
      body: newUrlSchema,
      answers: {
        200: { description: 'The address.', content: { 'application/json': urlSchema } },
      },
      errors: ['template_not_found', 'invalid_data'],
      async handle({ body }, res) {
        // A caller without a quota signs as before: the address stays the same text.
        const keyId = res.locals.quota ? res.locals.keyId : undefined;
        const { expires_in: expiresInSeconds, ...request } = body;
        await urls.load(body.template);
        const { url, expiresAt } = urls.make({ ...request, expiresInSeconds, keyId });
        res.json({ url, expires_at: expiresAt?.toISOString() ?? null });
      },
    }),
  ];
}
