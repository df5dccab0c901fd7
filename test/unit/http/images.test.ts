import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import {
  generatedImageSchema,
  imageListSchema,
  imageSchema,
  traceSchema,
} from '../../../src/http/schemas/image.js';
import { problemSchema } from '../../../src/http/schemas/problem.js';
import { PUBLIC_URL, startTestApp, type TestApp } from './test-app.js';

const article = { template: 'article', data: { title: 'Hello' } };
const exactImage = imageSchema.strict();

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  const problem = problemSchema.strict().parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.request_id).toBe(response.headers.get('x-request-id'));
  expect(problem.type).toBe(`/docs/errors#${problem.code}`);
  return problem;
}

describe('POST /v1/images', () => {
  it('answers 201 with the whole image when it is ready', async () => {
    const response = await app.ask('POST', '/v1/images', {
      ...article,
      size: 'square',
      output: { format: 'jpeg', scale: 2 },
      metadata: { ref: 'A-1' },
    });
    expect(response.status).toBe(201);
    const image = exactImage.parse(await response.json());
    expect(image).toEqual({
      id: expect.stringMatching(/^[a-z2-7]{32}$/),
      status: 'completed',
      url: `${PUBLIC_URL}/images/article/${image.id.slice(0, 2)}/${image.id}.jpg`,
      template: 'article',
      template_version: '0123456789abcdef',
      size: 'square',
      width: 2160,
      height: 2160,
      format: 'jpeg',
      bytes: 4321,
      reused: false,
      warnings: [],
      timings_ms: { queue: 1, assets: 2, compile: 3, render: 4, encode: 5, store: 6, total: 21 },
      metadata: { ref: 'A-1' },
      created_at: '2026-11-21T10:00:00.000Z',
    });
    expect(response.headers.get('location')).toBe(`/v1/images/${image.id}`);
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  it('passes on what was asked, with 10 seconds of patience', async () => {
    await app.ask('POST', '/v1/images', {
      ...article,
      size: 'og',
      output: { format: 'webp', quality: 50, max_bytes: 90_000 },
      on_missing: 'reject',
      refresh: true,
      metadata: { a: 'b' },
    });
    await app.ask('POST', '/v1/images', { ...article, wait: 2.5 });
    expect(app.images.submitted).toEqual([
      {
        request: {
          ...article,
          size: 'og',
          output: { format: 'webp', quality: 50, max_bytes: 90_000 },
          onMissing: 'reject',
        },
        options: {
          priority: 'waiting',
          waitMs: 10_000,
          refresh: true,
          metadata: { a: 'b' },
          caller: 'key:bootstrap',
        },
      },
      {
        request: article,
        options: {
          priority: 'waiting',
          waitMs: 2_500,
          refresh: false,
          caller: 'key:bootstrap',
        },
      },
    ]);
  });

  it('tells a reused image, and never the metadata of whoever asked first', async () => {
    app.images.reused = true;
    const response = await app.ask('POST', '/v1/images', article);
    expect(response.status).toBe(201);
    expect(await response.json()).toMatchObject({ reused: true, metadata: {} });
  });

  it.each(['queued', 'active', 'review'] as const)(
    'answers 202 with the final url while %s',
    async (status) => {
      app.images.outcome = { status, bytes: 0 };
      const response = await app.ask('POST', '/v1/images', { ...article, wait: 0 });
      expect(response.status).toBe(202);
      const image = exactImage.parse(await response.json());
      expect(image.status).toBe(status);
      expect(image.url).toContain(`${image.id}.png`);
      expect(response.headers.get('location')).toBe(`/v1/images/${image.id}`);
    },
  );

  it.each([
    ['asset_not_found', 422],
    ['render_timeout', 504],
    ['render_crashed', 500],
    ['storage_unavailable', 503],
  ] as const)(
    'answers a render that failed with %s as that problem, with the image',
    async (code, status) => {
      app.images.outcome = { status: 'failed', error: { code, message: 'Why, and what to do.' } };
      const response = await app.ask('POST', '/v1/images', article);
      expect(response.status).toBe(status);
      const [id] = [...app.images.records.keys()];
      expect(await problemOf(response)).toMatchObject({
        code,
        detail: 'Why, and what to do.',
        image_id: id,
      });
      expect(response.headers.get('retry-after')).toBe(status === 503 ? '5' : null);
    },
  );

  it('answers data that breaks the template with 422, by field', async () => {
    const response = await app.ask('POST', '/v1/images', {
      ...article,
      data: { title: 'x', acent: '#fff' },
    });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 422, code: 'invalid_data' });
    expect(problem.errors?.[0]?.path).toBe('data.acent');
    expect(problem.errors?.[0]?.message).toContain('accent');
  });

  it('answers an unknown size with 422 and the sizes there are', async () => {
    const problem = await problemOf(
      await app.ask('POST', '/v1/images', { ...article, size: 'ogg' }),
    );
    expect(problem).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(problem.errors?.[0]).toMatchObject({ path: 'size' });
    expect(problem.errors?.[0]?.message).toContain('og, square');
  });

  it('answers an unknown template with 404 and the nearest name', async () => {
    const problem = await problemOf(
      await app.ask('POST', '/v1/images', { ...article, template: 'artcle' }),
    );
    expect(problem).toMatchObject({ status: 404, code: 'template_not_found' });
    expect(problem.detail).toContain('"article"');
  });

  it('answers mistakes in the request with 422, all at once', async () => {
    const problem = await problemOf(
      await app.ask('POST', '/v1/images', {
        template: 'article',
        output: { scale: 4 },
        webhok_url: 'x',
      }),
    );
    expect(problem).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual([
      'data',
      'output.scale',
      'webhok_url',
    ]);
    expect(problem.errors).toContainEqual({ path: 'output.scale', message: 'must be 1, 2 or 3' });
    expect(app.images.submitted).toEqual([]);
  });

  it('answers a full queue with 429 and when to come back', async () => {
    app.images.throws = new AppError('queue_full', { detail: 'Try again.', retryAfterSeconds: 10 });
    const response = await app.ask('POST', '/v1/images', article);
    expect(response.headers.get('retry-after')).toBe('10');
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'queue_full' });
  });

  it.each(['redis_unavailable', 'storage_unavailable'] as const)(
    'answers 503 and Retry-After for %s, and logs the cause',
    async (code) => {
      app.images.throws = new AppError(code, {
        detail: 'Away.',
        cause: new Error('ECONNREFUSED 10.1.2.3'),
      });
      const response = await app.ask('POST', '/v1/images', article);
      expect(response.headers.get('retry-after')).toBe('5');
      const problem = await problemOf(response);
      expect(problem).toMatchObject({ status: 503, code, detail: 'Away.' });
      expect(JSON.stringify(problem)).not.toContain('10.1.2.3');
      expect(JSON.stringify(app.log)).toContain('ECONNREFUSED 10.1.2.3');
    },
  );

  it('shows nothing of an unexpected error but where to look', async () => {
    app.images.throws = new Error('password of the database is hunter2');
    const problem = await problemOf(await app.ask('POST', '/v1/images', article));
    expect(problem).toMatchObject({ status: 500, code: 'internal' });
    expect(problem.detail).toContain(problem.request_id);
    expect(JSON.stringify(problem)).not.toContain('hunter2');
    expect(JSON.stringify(app.log)).toContain('hunter2');
  });
});

describe('an image', () => {
  async function makeOne(): Promise<string> {
    const response = await app.ask('POST', '/v1/images', { ...article, metadata: { a: 'b' } });
    return exactImage.parse(await response.json()).id;
  }

  it('is read, whatever its status', async () => {
    app.images.outcome = {
      status: 'failed',
      error: { code: 'render_timeout', message: 'Too slow.' },
    };
    await app.ask('POST', '/v1/images', article);
    const [id] = [...app.images.records.keys()];
    const response = await app.ask('GET', `/v1/images/${id}`);
    expect(response.status).toBe(200);
    expect(exactImage.parse(await response.json())).toMatchObject({
      id,
      status: 'failed',
      error: { code: 'render_timeout', message: 'Too slow.' },
      metadata: { first: 'asker' },
    });
  });

  it('is traced from template to delivery', async () => {
    const id = await makeOne();
    const response = await app.ask('GET', `/v1/images/${id}/trace`);
    expect(traceSchema.strict().parse(await response.json())).toEqual({
      id,
      template: {
        id: 'article',
        version: '0123456789abcdef',
        size: { name: 'og', width: 1200, height: 630 },
      },
      data: {
        fields: { title: 'Hello', accent: '#123456' },
        warnings: [],
        metadata: { first: 'asker' },
      },
      generation: {
        number: 2,
        status: 'completed',
        output: { format: 'png', scale: 1, quality: null, max_bytes: null },
        created_at: '2026-11-21T10:00:00.000Z',
        completed_at: '2026-11-21T10:00:01.000Z',
        timings_ms: { queue: 1, assets: 2, compile: 3, render: 4, encode: 5, store: 6, total: 21 },
        events: [{ at: '2026-11-21T10:00:00.500Z', event: 'started', attempt: 1 }],
      },
      url: {
        canonical: `${PUBLIC_URL}/images/article/${id.slice(0, 2)}/${id}.png`,
        key: `article/${id.slice(0, 2)}/${id}.png`,
      },
      delivery: { stored: true, content_type: 'image/png', bytes: 4321, width: 1200, height: 630 },
    });
  });

  it('is deleted, and then unknown', async () => {
    const id = await makeOne();
    const response = await app.ask('DELETE', `/v1/images/${id}`);
    expect(response.status).toBe(204);
    expect(await response.text()).toBe('');
    for (const [method, path] of [
      ['GET', ''],
      ['DELETE', ''],
      ['GET', '/trace'],
    ] as const) {
      const problem = await problemOf(await app.ask(method, `/v1/images/${id}${path}`));
      expect(problem).toMatchObject({ status: 404, code: 'image_not_found' });
    }
  });

  it.each(['x', 'A'.repeat(32), '..%2f..%2fetc', `${'a'.repeat(32)}%00`])(
    'is not looked for under %s',
    async (id) => {
      app.images.throws = new Error('must not be asked');
      const problem = await problemOf(await app.ask('GET', `/v1/images/${id}`));
      expect(problem).toMatchObject({ status: 404, code: 'image_not_found' });
      expect(problem.detail).toContain('32 characters');
    },
  );
});

describe('GET /v1/images', () => {
  it('lists a page with the filters given and the way on', async () => {
    await app.ask('POST', '/v1/images', article);
    app.images.nextCursor = 'b3BhcXVl';
    const response = await app.ask(
      'GET',
      '/v1/images?template=article&status=completed&cursor=YQ&limit=7',
    );
    const list = imageListSchema.strict().parse(await response.json());
    expect(list.items).toHaveLength(1);
    expect(list.next_cursor).toBe('b3BhcXVl');
    expect(app.images.listed).toEqual([
      { template: 'article', status: 'completed', cursor: 'YQ', limit: 7 },
    ]);
  });

  it('ends with a cursor of null', async () => {
    const response = await app.ask('GET', '/v1/images');
    expect(await response.json()).toEqual({ items: [], next_cursor: null });
    expect(app.images.listed).toEqual([{ limit: 50 }]);
  });

  it('names every wrong parameter', async () => {
    const problem = await problemOf(
      await app.ask('GET', '/v1/images?limit=500&stat=x&cursor=a&cursor=b'),
    );
    expect(problem).toMatchObject({ status: 422, code: 'invalid_request' });
    expect(problem.errors?.map(({ path }) => path).sort()).toEqual(['cursor', 'limit', 'stat']);
  });
});

describe('POST /v1/generate', () => {
  it('answers 200 with the address in front, after up to 30 seconds', async () => {
    const response = await app.ask('POST', '/v1/generate', {
      design_id: 'article',
      layers: { title: 'Hello' },
    });
    expect(response.status).toBe(200);
    const image = generatedImageSchema.strict().parse(await response.json());
    expect(image.image_url).toBe(image.url);
    expect(app.images.submitted[0]).toEqual({
      request: article,
      options: { priority: 'waiting', waitMs: 30_000, caller: 'key:bootstrap' },
    });
  });

  it('gives the same image as POST /v1/images', async () => {
    const [a, b] = await Promise.all([
      app.ask('POST', '/v1/generate', { design_id: 'article', layers: { title: 'Hello' } }),
      app.ask('POST', '/v1/images', article),
    ]);
    expect((await a.json()).id).toBe((await b.json()).id);
  });

  it('answers 202 with the address when it takes longer', async () => {
    app.images.outcome = { status: 'active' };
    const response = await app.ask('POST', '/v1/generate', {
      design_id: 'article',
      layers: { title: 'x' },
    });
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      status: 'active',
      image_url: expect.stringContaining('/images/'),
    });
  });

  it('names mistakes in the words of its own request', async () => {
    const problem = await problemOf(
      await app.ask('POST', '/v1/generate', {
        design_id: 'article',
        layers: { title: 'x', acent: '#fff' },
      }),
    );
    expect(problem).toMatchObject({ status: 422, code: 'invalid_data' });
    expect(problem.errors?.[0]?.path).toBe('layers.acent');
    expect(problem.detail).toMatch(/^layers\.acent: /);
  });

  it('answers a failed render as a problem', async () => {
    app.images.outcome = { status: 'failed', error: { code: 'encode_failed', message: 'No.' } };
    const response = await app.ask('POST', '/v1/generate', {
      design_id: 'article',
      layers: { title: 'x' },
    });
    expect(await problemOf(response)).toMatchObject({
      status: 500,
      code: 'encode_failed',
      image_id: expect.any(String),
    });
  });
});
