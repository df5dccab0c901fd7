import { invalidField } from '../../errors/invalid-field.js';
import type { SourceService } from '../../publishing/source-service.js';
import { defineEndpoint, type Endpoint } from '../endpoint.js';
import { presentSource, readSource } from '../presenters/present-source.js';
import {
  sourceInputSchema,
  sourceListSchema,
  sourceSchema,
  sourceTestInputSchema,
  sourceTestSchema,
} from '../schemas/source.js';

export interface SourceRoutesDeps {
  sources: SourceService;
  publicUrl: string;
}

const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,63}$/;
const nameParam = { name: 'The name of the source: small letters, digits and hyphens.' };

function assertName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  throw invalidField('name', 'must be 1 to 64 small letters, digits and hyphens, such as "blog"');
}

/** Sources: the CMSs whose publish hooks are heard. */
export function sourceRoutes({ sources, publicUrl }: SourceRoutesDeps): Endpoint[] {
  const json = { 'application/json': sourceSchema };
  const base = publicUrl.replace(/\/+$/, '');

  const list = defineEndpoint({
    method: 'get',
    path: '/v1/sources',
    summary: 'List the sources, by name',
    tag: 'Publishing',
    access: 'key',
    scope: 'pages',
    answers: {
      200: { description: 'All of them.', content: { 'application/json': sourceListSchema } },
    },
    async handle(_input, res) {
      const all = await sources.list();
      res.json({ items: all.map((source) => presentSource(source, base)) });
    },
  });

  const put = defineEndpoint({
    method: 'put',
    path: '/v1/sources/{name}',
    summary: 'Make or replace a source: a CMS whose publish hooks draw pages',
    tag: 'Publishing',
    access: 'key',
    scope: 'pages',
    params: nameParam,
    body: sourceInputSchema,
    answers: {
      200: { description: 'The source as it is now.', content: json },
      201: { description: 'The source, which is new.', content: json },
    },
    errors: ['template_not_found'],
    async handle({ params, body }, res) {
      assertName(params.name);
      const { source, isNew } = await sources.put(readSource(params.name, body));
      res.status(isNew ? 201 : 200).json(presentSource(source, base));
    },
  });

  const read = defineEndpoint({
    method: 'get',
    path: '/v1/sources/{name}',
    summary: 'See a source, without its secret',
    tag: 'Publishing',
    access: 'key',
    scope: 'pages',
    params: nameParam,
    answers: { 200: { description: 'The source.', content: json } },
    errors: ['source_not_found'],
    async handle({ params }, res) {
      res.json(presentSource(await sources.get(params.name), base));
    },
  });

  const remove = defineEndpoint({
    method: 'delete',
    path: '/v1/sources/{name}',
    summary: 'Delete a source; the pages that it published stay',
    tag: 'Publishing',
    access: 'key',
    scope: 'pages',
    params: nameParam,
    answers: { 204: { description: 'It is gone.' } },
    errors: ['source_not_found'],
    async handle({ params }, res) {
      await sources.remove(params.name);
      res.status(204).end();
    },
  });

  const test = defineEndpoint({
    method: 'post',
    path: '/v1/sources/{name}/test',
    summary: 'See what a sample body would be mapped to; nothing is drawn or kept',
    tag: 'Publishing',
    access: 'key',
    scope: 'pages',
    params: nameParam,
    body: sourceTestInputSchema,
    answers: {
      200: {
        description: 'The event, the page and its data, with what would be refused.',
        content: { 'application/json': sourceTestSchema },
      },
    },
    errors: ['source_not_found', 'template_not_found'],
    async handle({ params, body }, res) {
      const { pageUrl, ...run } = await sources.test(params.name, body);
      res.json({ ...run, page_url: pageUrl });
    },
  });

  return [list, put, read, remove, test];
}
