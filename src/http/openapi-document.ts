import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { type ZodType, z } from 'zod';
import { catalogue, type ErrorCode } from '../errors/catalogue.js';
import { type Endpoint, type EndpointAnswer, scopesOf } from './endpoint.js';
import { problemSchema } from './schemas/problem.js';

const REQUEST_ID = { 'X-Request-Id': 'Names this request in the log; taken over if you send one.' };

function headers(described: Record<string, string>) {
  return Object.fromEntries(
    Object.entries(described).map(([name, description]) => [
      name,
      { description, schema: { type: 'string' as const } },
    ]),
  );
}

function answer({ description, content, headers: more }: EndpointAnswer): ResponseConfig {
  const media = Object.entries(content ?? {}).map(([type, schema]) => [
    type,
    { schema: schema ?? {} },
  ]);
  return {
    description,
    headers: headers({ ...REQUEST_ID, ...more }),
    ...(media.length > 0 ? { content: Object.fromEntries(media) } : {}),
  };
}

/** Media type → schema of the bodies that an endpoint takes. */
function bodies(endpoint: Endpoint): Record<string, { schema: ZodType }> {
  const all = {
    ...(endpoint.body ? { 'application/json': endpoint.body } : {}),
    ...endpoint.rawBodies,
  };
  return Object.fromEntries(Object.entries(all).map(([type, schema]) => [type, { schema }]));
}

/** What follows from an endpoint's shape, before what it adds itself. */
function errorCodes(endpoint: Endpoint): ErrorCode[] {
  const codes: ErrorCode[] = [];
  if (endpoint.access === 'key') {
    codes.push('unauthorized', 'forbidden', 'rate_limited', 'redis_unavailable');
  }
  const hasBody = Object.keys(bodies(endpoint)).length > 0;
  if (hasBody) codes.push('bad_json', 'unsupported_media_type', 'body_too_large');
  if (hasBody || endpoint.query) codes.push('invalid_request');
  return [...new Set([...codes, ...(endpoint.errors ?? []), 'internal' as const])];
}

function errorAnswers(endpoint: Endpoint): Record<string, ResponseConfig> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodes(endpoint)) {
    const { status } = catalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const answers: Record<string, ResponseConfig> = {};
  for (const [status, codes] of byStatus) {
    // An endpoint may give a status a meaning of its own, as /readyz does with 503.
    if (endpoint.answers[status]) continue;
    const titles = codes.map((code) => `\`${code}\`: ${catalogue[code].title}.`);
    const more: Record<string, string> = {};
    if (status === 429 || status === 503) more['Retry-After'] = 'Seconds to wait.';
    if (status === 401) more['WWW-Authenticate'] = 'The scheme to use.';
    answers[status] = answer({
      description: titles.join('\n'),
      content: { 'application/problem+json': problemSchema },
      headers: more,
    });
  }
  return answers;
}

function operationId(endpoint: Endpoint): string {
  const words = endpoint.path.replace(/^\/v1/, '').split(/[^A-Za-z0-9]+/);
  return [endpoint.method, ...words.filter((word) => word !== '')].join('_');
}

function scopeSentence(endpoint: Endpoint): string | undefined {
  const scopes = scopesOf(endpoint).map((scope) => `\`${scope}\``);
  return scopes.length > 0 ? `Scope of the key: ${scopes.join(' or ')}.` : undefined;
}

function route(endpoint: Endpoint): RouteConfig {
  const names = Object.entries(endpoint.params);
  const params = z.object(
    Object.fromEntries(
      names.map(([name, description]) => [name, z.string().meta({ description })]),
    ),
  );
  const answers = Object.entries(endpoint.answers).map(([status, a]) => [status, answer(a)]);
  const description = [endpoint.description, scopeSentence(endpoint)].filter(Boolean).join('\n\n');
  return {
    method: endpoint.method,
    path: endpoint.path.replace('*}', '}'),
    operationId: operationId(endpoint),
    summary: endpoint.summary,
    tags: [endpoint.tag],
    // Any one of them suffices. For keys the specification takes the list as names of roles.
    security: scopesOf(endpoint).map((scope) => ({ key: [scope] })),
    ...(description ? { description } : {}),
    request: {
      ...(names.length > 0 ? { params } : {}),
      ...(endpoint.query ? { query: endpoint.query as z.ZodObject } : {}),
      ...(Object.keys(bodies(endpoint)).length > 0
        ? { body: { required: true, content: bodies(endpoint) } }
        : {}),
    },
    responses: { ...Object.fromEntries(answers), ...errorAnswers(endpoint) },
  };
}

/** The OpenAPI 3.1 document of exactly these endpoints. */
export function openapiDocument(endpoints: Endpoint[], publicUrl: string) {
  const registry = new OpenAPIRegistry();
  registry.registerComponent('securitySchemes', 'key', {
    type: 'http',
    scheme: 'bearer',
    description:
      'An API key with one of the scopes that the operation names; `admin` and `*` stand for all. Answers to keys with limits carry `RateLimit-Policy` and `RateLimit`. See docs/keys.md.',
  });
  for (const endpoint of endpoints) registry.registerPath(route(endpoint));
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'Cardpress',
      version: '1',
      description:
        'Templates and data in, pictures out. Errors are `application/problem+json`; their codes are described at /docs/errors. The queues can be looked at under /admin/queues, with an API key.',
    },
    servers: [{ url: publicUrl }],
  });
}
