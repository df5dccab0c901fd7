import { z } from 'zod';
import type { HookService } from '../../publishing/hook-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { readBytes } from '../read-bytes.js';
import { hookAnswerSchema } from '../schemas/source.js';

const REMEDIES = {
  tooLarge: 'Have the sender leave out what the picture does not need.',
  compressed: 'Send the body as it was signed, without compression.',
};

export interface HookRoutesDeps {
  hooks: HookService;
  /** Of the body, in bytes. */
  maxBodyBytes: number;
  /** What the public address has before the paths of this service, for signatures over the path. */
  pathPrefix: string;
}

/** What a CMS calls. No API key: each source's own signature or token guards it. */
export function hookRoutes({ hooks, maxBodyBytes, pathPrefix }: HookRoutesDeps): Endpoint[] {
  const receive = defineEndpoint({
    method: 'post',
    path: '/v1/hooks/{source}',
    summary: 'Tell of an entry that was published, updated or taken back',
    description:
      'Verified as the CMS of the source signs, then mapped. An unknown source is refused as a wrong signature is. Where the sender signs no time, a body that was taken already changes nothing for an hour, or with a token for five minutes. The picture is drawn in the background, before those of pages that nobody publishes right now.',
    tag: 'Publishing',
    access: 'public',
    params: { source: 'The name of the source.' },
    rawBodies: {
      'application/json': z.record(z.string(), z.unknown()).meta({
        description: 'As the CMS sends it.',
      }),
    },
    answers: {
      202: {
        description: 'Understood; what has to be drawn is on its way.',
        content: { 'application/json': hookAnswerSchema },
      },
    },
    errors: [
      ...(['sender_unverified', 'bad_signature', 'bad_json'] as const),
      ...(['body_too_large'] as const),
      ...(['unsupported_media_type', 'invalid_data', 'invalid_request'] as const),
      ...(['template_not_found', 'queue_full'] as const),
    ],
    async handle({ params }, res, req) {
      const headers = Object.fromEntries(
        Object.entries(req.headers).map(([name, value]) => [
          name,
          Array.isArray(value) ? value.join(', ') : value,
        ]),
      );
      const outcome = await hooks.receive(
        params.source,
        { path: pathPrefix + req.originalUrl, headers },
        () => readBytes(req, maxBodyBytes, REMEDIES),
      );
      res.status(202).json(outcome);
    },
  });
  return [receive];
}
