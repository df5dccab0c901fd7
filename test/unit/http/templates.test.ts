import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { templateListSchema, templateSchema } from '../../../src/http/schemas/template.js';
import { PUBLIC_URL, startTestApp, type TestApp, template } from './test-app.js';

const summary = {
  id: 'article',
  name: 'Article',
  description: 'A card for an article',
  sizes: { og: [1200, 630], square: [1080, 1080] },
  default_size: 'og',
  version: '0123456789abcdef',
  links: {
    self: `${PUBLIC_URL}/v1/templates/article`,
    preview: `${PUBLIC_URL}/v1/templates/article/preview`,
  },
};

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

describe('templates', () => {
  it('are listed', async () => {
    const response = await app.ask('GET', '/v1/templates');
    expect(templateListSchema.strict().parse(await response.json())).toEqual({ items: [summary] });
  });

  it('are shown with all that is needed to fill them in', async () => {
    const response = await app.ask('GET', '/v1/templates/article');
    const shown = templateSchema.strict().parse(await response.json());
    expect(shown).toMatchObject({
      ...summary,
      manifest: template.manifest,
      sample: { title: 'A sample' },
    });
    expect(shown.fields_schema).toMatchObject({
      type: 'object',
      required: ['title'],
      properties: { title: expect.objectContaining({ type: 'string' }) },
    });
  });

  it('that do not exist are 404 with the nearest name', async () => {
    for (const [method, path, body] of [
      ['GET', '/v1/templates/artcle', undefined],
      ['POST', '/v1/templates/artcle/preview', {}],
    ] as const) {
      const response = await app.ask(method, path, body);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({
        code: 'template_not_found',
        detail: expect.stringContaining('"article"'),
      });
    }
  });
});

describe('POST /v1/templates/{id}/preview', () => {
  it('answers with the picture itself, which nobody keeps', async () => {
    const response = await app.ask('POST', '/v1/templates/article/preview', {
      data: { title: 'Hello' },
      size: 'square',
      output: { format: 'png' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('image/png');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-cardpress-warnings')).toBe('[]');
    expect(await response.text()).toBe('pixels');
    expect(app.images.submitted[0]?.request).toEqual({
      template: 'article',
      data: { title: 'Hello' },
      size: 'square',
      output: { format: 'png' },
    });
  });

  it('draws the sample where there is no data', async () => {
    await app.ask('POST', '/v1/templates/article/preview', {});
    expect(app.images.submitted[0]?.request.data).toEqual({ title: 'A sample' });
  });

  it('carries warnings in any language in its header', async () => {
    const warnings = [
      { code: 'text_overflows' as const, field: 'title', message: 'Zu lang: 日本語' },
    ];
    app.images.preview = {
      body: Buffer.from('x'),
      contentType: 'image/webp',
      widthPx: 1,
      heightPx: 1,
      warnings,
    };
    const response = await app.ask('POST', '/v1/templates/article/preview', {});
    expect(JSON.parse(response.headers.get('x-cardpress-warnings') ?? '')).toEqual(warnings);
  });

  it('refuses what it does not know', async () => {
    const response = await app.ask('POST', '/v1/templates/article/preview', { wait: 1 });
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      code: 'invalid_request',
      errors: [{ path: 'wait', message: expect.stringContaining('Known: data, size, output') }],
    });
  });
});
