import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Express } from 'express';
import { imageFormatNames } from '../../../src/formats/image-formats.js';
import { createApp } from '../../../src/http/app.js';
import { defineEndpoint } from '../../../src/http/endpoint.js';
import { mountEndpoints } from '../../../src/http/mount-endpoints.js';
import { appDeps, KEY, startTestApp, type TestApp } from './test-app.js';

interface Operation {
  operationId: string;
  summary: string;
  tags: string[];
  security: Record<string, unknown>[];
  parameters?: { name: string; in: string; required?: boolean; schema: unknown }[];
  requestBody?: { required: boolean; content: Record<string, { schema: unknown }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}
interface Document {
  openapi: string;
  info: { title: string; version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

const files = { open: async () => undefined };
let app: TestApp;
let document: Document;
let operations: { name: string; path: string; method: string; operation: Operation }[];

beforeAll(async () => {
  app = await startTestApp({ imageFiles: files });
  document = (await (await fetch(`${app.url}/openapi.json`)).json()) as Document;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      path,
      method,
      operation,
    })),
  );
});
afterAll(() => app.close());

interface Layer {
  handle: { stack?: Layer[] };
  route?: { path: string; stack: { method?: string }[] };
}

/** `get /v1/images/{id}` for everything that Express would route. */
function mounted(express: Express): string[] {
  const walk = (layers: Layer[]): string[] =>
    layers.flatMap(({ route, handle }) => {
      if (!route) return handle.stack ? walk(handle.stack) : [];
      const path = route.path.replace(/[:*](\w+)/g, '{$1}');
      return route.stack.flatMap(({ method }) => (method ? [`${method} ${path}`] : []));
    });
  const found = walk((express as unknown as { router: { stack: Layer[] } }).router.stack);
  return [...new Set(found)].sort();
}

describe('the OpenAPI document', () => {
  it('describes every mounted route, and nothing else', () => {
    const { deps } = appDeps({ imageFiles: files });
    const names = operations.map(({ name }) => name).sort();
    expect(names).toEqual(mounted(createApp(deps)));
    expect(names).toEqual(
      expect.arrayContaining(['post /v1/images', 'get /images/{key}', 'get /metrics']),
    );
  });

  it('describes endpoints of further capabilities as well', async () => {
    const extra = defineEndpoint({
      method: 'get',
      path: '/v1/links/{id}',
      summary: 'Read a link',
      tag: 'Links',
      access: 'key',
      scope: 'pages',
      params: { id: 'The id.' },
      answers: { 200: { description: 'The link.' } },
      handle: ({ params }, res) => void res.json(params),
    });
    const more = await startTestApp({ endpoints: [extra] });
    try {
      const { paths } = (await (await more.ask('GET', '/openapi.json')).json()) as Document;
      expect(paths['/v1/links/{id}']?.get?.summary).toBe('Read a link');
      expect(await (await more.ask('GET', '/v1/links/a%2Fb')).json()).toEqual({ id: 'a/b' });
      expect((await fetch(`${more.url}/v1/links/x`)).status).toBe(401);
    } finally {
      await more.close();
    }
  });

  it('is OpenAPI 3.1 with title, version, server and the key', () => {
    expect(document).toMatchObject({
      openapi: '3.1.0',
      info: { title: 'Cardpress', version: expect.any(String) },
      servers: [{ url: 'https://cards.example.com' }],
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    });
  });

  it('has whole operations: unique ids, described answers, all path parameters', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const described = (operation.parameters ?? []).filter((p) => p.in === 'path');
      expect([name, described.map((p) => p.name)]).toEqual([name, inPath]);
      expect(described.every((p) => p.required)).toBe(true);
      expect(operation.summary).not.toBe('');
      const statuses = Object.keys(operation.responses);
      expect([name, statuses.some((status) => status.startsWith('2'))]).toEqual([name, true]);
      for (const response of Object.values(operation.responses)) {
        expect(response.description).not.toBe('');
      }
    }
  });

  it('has no reference that leads nowhere', () => {
    const refs = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)];
    expect(refs.length).toBeGreaterThan(10);
    for (const [, name] of refs) expect(document.components.schemas).toHaveProperty(String(name));
  });

  it('describes errors as problems', () => {
    const responses = document.paths['/v1/images']?.post?.responses ?? {};
    expect(Object.keys(responses).sort()).toEqual([
      '201',
      '202',
      '400',
      '401',
      '403',
      '404',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
      '504',
    ]);
    expect(responses['422']?.content?.['application/problem+json']?.schema).toEqual({
      $ref: '#/components/schemas/Problem',
    });
    expect(responses['422']?.description).toContain('`invalid_data`');
  });

  it('shows the limits of the request as they are checked', () => {
    expect(document.components.schemas.Output).toMatchObject({
      type: 'object',
      additionalProperties: false,
      properties: {
        format: { enum: imageFormatNames },
        scale: { type: 'integer', minimum: 1, maximum: 3 },
        quality: { type: 'integer', minimum: 1, maximum: 100 },
        max_bytes: { type: 'integer', minimum: 1000 },
      },
    });
    expect(document.components.schemas.NewImage).toMatchObject({
      required: ['template', 'data'],
      additionalProperties: false,
      properties: {
        data: { type: 'object', additionalProperties: true },
        wait: { type: 'number', minimum: 0, maximum: 30, default: 10 },
      },
    });
    const limit = document.paths['/v1/images']?.get?.parameters?.find((p) => p.name === 'limit');
    expect(limit).toMatchObject({
      in: 'query',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
    });
  });
});

describe('the key', () => {
  it('is required exactly where the document says so, which is everywhere under /v1', async () => {
    expect(operations.length).toBeGreaterThan(12);
    for (const { name, path, method, operation } of operations) {
      const needsKey = operation.security.length > 0;
      expect([name, needsKey]).toEqual([name, path.startsWith('/v1/')]);
      const response = await fetch(app.url + path.replace(/\{\w+\}/g, 'x'), {
        method: method.toUpperCase(),
      });
      expect([name, response.status === 401]).toEqual([name, needsKey]);
    }
  });
});

describe('mountEndpoints', () => {
  it('refuses an endpoint that does not describe its path parameters', () => {
    const wrong = defineEndpoint({
      method: 'get',
      path: '/v1/links/{id}',
      summary: 'x',
      tag: 'x',
      access: 'key',
      scope: 'pages',
      answers: {},
      handle: () => undefined,
    });
    const pass = () => undefined;
    expect(() => mountEndpoints([wrong], { authenticate: pass, jsonBody: pass })).toThrow(
      'get /v1/links/{id}: describe exactly its path parameters',
    );
  });
});

describe('/docs', () => {
  it('is a page whose every part comes from here', async () => {
    const response = await fetch(`${app.url}/docs`);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
    expect(response.headers.get('content-security-policy')).not.toContain('unsafe');
    const html = await response.text();
    expect(html).not.toMatch(/https?:\/\/|<script>|<style>|style="/);
    const parts = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => String(match[1]));
    expect(parts).toHaveLength(4);
    for (const part of parts) {
      const { status, headers } = await fetch(app.url + part);
      expect([part, status]).toEqual([part, 200]);
      const kinds = { js: 'text/javascript', css: 'text/css', png: 'image/png' };
      const kind = kinds[part.split('.').at(-1) as keyof typeof kinds];
      expect(headers.get('content-type')).toContain(kind);
    }
    const start = await (await fetch(`${app.url}/docs/start.js`)).text();
    expect(start).toContain('"url":"/openapi.json"');
    expect(start).toContain('"validatorUrl":null');
  });

  it('keeps the path that the service is published under', async () => {
    const below = await startTestApp({ publicUrl: 'https://example.com/cards/' });
    try {
      const html = await (await fetch(`${below.url}/docs`)).text();
      expect(html).toContain('src="/cards/docs/start.js"');
    } finally {
      await below.close();
    }
  });

  it('explains every error under the address that problems point to', async () => {
    const problem = await (await fetch(`${app.url}/v1/images`)).json();
    const [path, anchor] = String(problem.type).split('#');
    const html = await (await fetch(app.url + path)).text();
    expect(html).toContain(`<dt id="${anchor}">`);
    expect(html).toContain('id="render_timeout"');
  });

  it.each(['package.json', '..%2fpackage.json', 'index.html', 'toString', 'swagger-ui.js'])(
    'gives out nothing else: %s is 404',
    async (file) => {
      const response = await app.ask('GET', `/docs/${file}`, undefined, { authorization: KEY });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: 'not_found' });
    },
  );
});
