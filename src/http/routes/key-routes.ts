import { AppError } from '../../errors/app-error.js';
import type { RateLimit } from '../../keys/api-key.js';
import type { KeyService } from '../../keys/key-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentBootstrapKey, presentKey } from '../presenters/present-key.js';
import { createdKeySchema, keyListSchema, newKeySchema } from '../schemas/key.js';

function readRateLimit(given: {
  per_second?: number | undefined;
  per_minute?: number | undefined;
}): RateLimit | undefined {
  const { per_second: perSecond, per_minute: perMinute } = given;
  if (perSecond !== undefined) return { requests: perSecond, windowSeconds: 1 };
  return perMinute === undefined ? undefined : { requests: perMinute, windowSeconds: 60 };
}

/** API keys: made, listed and revoked. */
export function keyRoutes({
  keys,
}: {
  keys: Pick<KeyService, 'create' | 'list' | 'revoke'>;
}): Endpoint[] {
  const create = defineEndpoint({
    method: 'post',
    path: '/v1/keys',
    summary: 'Make an API key',
    description: 'The answer is the only place where it can be read. See docs/keys.md.',
    tag: 'Keys',
    access: 'key',
    scope: 'admin',
    body: newKeySchema,
    answers: {
      201: { description: 'The key.', content: { 'application/json': createdKeySchema } },
    },
    async handle({ body }, res) {
      const { key, apiKey } = await keys.create(body.name, {
        scopes: body.scopes,
        rateLimit: readRateLimit(body.rate_limit ?? {}),
        dailyQuota: body.daily_quota,
        expiresAt: body.expires_at,
      });
      res.status(201).json({ ...presentKey(apiKey), key });
    },
  });

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/keys',
    summary: 'List the API keys: the one of the settings, then the others, oldest first',
    tag: 'Keys',
    access: 'key',
    scope: 'admin',
    answers: {
      200: { description: 'All of them.', content: { 'application/json': keyListSchema } },
    },
    async handle(_input, res) {
      res.json({ items: [presentBootstrapKey(), ...(await keys.list()).map(presentKey)] });
    },
  });

  const revoke = defineEndpoint({
    method: 'delete',
    path: '/v1/keys/{id}',
    summary: 'Revoke an API key: the next request with it is refused',
    tag: 'Keys',
    access: 'key',
    scope: 'admin',
    params: { id: 'The id of a key, as GET /v1/keys lists it.' },
    answers: { 204: { description: 'It is revoked.' } },
    errors: ['key_not_found', 'conflict'],
    async handle({ params }, res) {
      if (!(await keys.revoke(params.id))) {
        throw new AppError('key_not_found', {
          detail: 'There is no key with this id. GET /v1/keys lists them.',
        });
      }
      res.status(204).end();
    },
  });

  return [create, list, revoke];
}
