import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import express from 'express';
import { AppError } from '../../../src/errors/app-error.js';
import { until } from '../../support/until.js';
import { KEY, startTestApp, type TestApp } from './test-app.js';

const article = { template: 'article', data: { title: 'Hello' } };

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp();
});
afterEach(() => app.close());

describe('the API key', () => {
  it.each([
    ['none', undefined, 'This needs an API key.'],
    ['a wrong one', 'Bearer wrong', 'The API key is not valid'],
    ['an empty one', 'Bearer ', 'This needs an API key.'],
    [
      'another scheme',
      `Basic ${Buffer.from(`x:${KEY}`).toString('base64')}`,
      'This needs an API key.',
    ],
    ['the bare key', KEY, 'This needs an API key.'],
  ])('is required: with %s the answer is 401', async (_name, authorization, detail) => {
    const response = await fetch(`${app.url}/v1/images`, {
      headers: authorization === undefined ? {} : { authorization },
    });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer realm="cardpress"');
    const problem = await response.json();
    expect(problem.code).toBe('unauthorized');
    expect(problem.detail).toContain(detail);
    expect(problem.detail).toContain('"Authorization: Bearer KEY"');
  });

  it('is checked before the body is read', async () => {
    const response = await fetch(`${app.url}/v1/images`, { method: 'POST', body: '{' });
    expect(response.status).toBe(401);
  });

  it('is taken whatever the case of the scheme', async () => {
    const response = await app.ask('GET', '/v1/images', undefined, {
      authorization: `bearer ${KEY}`,
    });
    expect(response.status).toBe(200);
  });

  it('is 503 where nobody can tell whether it is valid', async () => {
    await app.close();
    app = await startTestApp({
      keys: {
        verify: async () => {
          throw new AppError('redis_unavailable', { detail: 'Redis cannot be reached.' });
        },
      },
    });
    const response = await app.ask('GET', '/v1/images');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
  });
});

describe('the body', () => {
  it('that is no JSON is 400, with line and column', async () => {
    const response = await app.ask('POST', '/v1/images', '{\n  "template": "article",\n}');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'bad_json',
      detail: 'The body is not valid JSON at line 3, column 1: expected a key in double quotes.',
    });
  });

  it('that is missing is 400', async () => {
    const response = await app.ask('POST', '/v1/images');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: 'bad_json',
      detail: 'The body is empty. Send a JSON object.',
    });
  });

  it.each([
    ['text/plain', {}],
    ['application/x-www-form-urlencoded', {}],
    ['application/json; charset=latin1', {}],
    ['application/json', { 'content-encoding': 'zip' }],
  ])('as %s %j is 415', async (type, headers) => {
    const response = await app.ask('POST', '/v1/images', article, {
      'content-type': type,
      ...headers,
    });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      code: 'unsupported_media_type',
      detail: expect.stringContaining('Send'),
    });
  });

  it('over 1 MB is 413 and names the limit, also when only its content is', async () => {
    const large = JSON.stringify({ ...article, data: { title: 'x'.repeat(1024 * 1024) } });
    const plain = await app.ask('POST', '/v1/images', large);
    const packed = await fetch(`${app.url}/v1/images`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(large),
    });
    for (const response of [plain, packed]) {
      expect(response.status).toBe(413);
      expect(await response.json()).toMatchObject({
        code: 'body_too_large',
        detail: expect.stringContaining('1048576 bytes'),
      });
    }
  });

  it('may be compressed', async () => {
    const response = await fetch(`${app.url}/v1/images`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${KEY}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
      },
      body: gzipSync(JSON.stringify(article)),
    });
    expect(response.status).toBe(201);
  });
});

describe('an address', () => {
  it('that does not exist is 404', async () => {
    const response = await app.ask('GET', '/v1/imagse?q=1');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'not_found',
      detail: 'There is nothing at /v1/imagse. GET /docs lists what there is.',
    });
  });

  it.each([
    ['/v1/images/%E0%A4%A', 404, 'not_found'],
    ['/v1/templates/%zz/preview', 404, 'not_found'],
    ['/docs/%', 404, 'not_found'],
    ['/%ff', 404, 'not_found'],
    ['/nowhere/%zz', 404, 'not_found'],
    ['/v1/images?limit=%zz', 422, 'invalid_request'],
  ])('with a broken escape gets the answer of every other: %s', async (path, status, code) => {
    for (const method of ['GET', 'HEAD']) {
      const response = await app.ask(method, path);
      expect([method, response.status]).toEqual([method, status]);
      expect(response.headers.get('content-type')).toContain('application/problem+json');
      const requestId = response.headers.get('x-request-id');
      if (method === 'HEAD') continue;
      expect(await response.json()).toMatchObject({ code, status, request_id: requestId });
    }
  });

  it('used with another method is 405 with what is allowed', async () => {
    const response = await app.ask('PUT', '/v1/images', article);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS, POST');
    expect(await response.json()).toMatchObject({
      code: 'method_not_allowed',
      detail: 'PUT is not possible here. Use one of: GET, HEAD, OPTIONS, POST.',
    });
  });

  it('tells OPTIONS what is allowed, without opening the API to other sites', async () => {
    const response = await app.ask('OPTIONS', '/v1/images/x');
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('DELETE, GET, HEAD, OPTIONS');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('answers HEAD as GET, without a body', async () => {
    const response = await app.ask('HEAD', '/v1/images');
    expect(response.status).toBe(200);
    const missing = await app.ask('HEAD', '/nothing');
    expect(missing.status).toBe(404);
    expect(await missing.text()).toBe('');
  });
});

describe('every answer', () => {
  it.each(['/healthz', '/v1/images', '/v1/images/x', '/nothing', '/docs', '/%zz'])(
    'of %s has an id and the headers of caution',
    async (path) => {
      const { headers } = await app.ask('GET', path);
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-powered-by')).toBeNull();
    },
  );

  it('takes over the id of the request where it is harmless', async () => {
    const idFor = async (id: string) =>
      (await app.ask('GET', '/healthz', undefined, { 'x-request-id': id })).headers.get(
        'x-request-id',
      );
    expect(await idFor('trace-1.2_3')).toBe('trace-1.2_3');
    expect(await idFor('a'.repeat(65))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('a b')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await idFor('{"x":1}')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('also to what is no HTTP has an id', async () => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.write('NONSENSE\r\n\r\n');
    await until(() => socket.closed);
    expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(answer).toMatch(/X-Request-Id: [0-9a-f-]{36}\r\n/);
    expect(answer).toContain('application/problem+json');
  });

  it('to too large headers is 431', async () => {
    const response = await app.ask('GET', '/healthz', undefined, { 'x-large': 'x'.repeat(20_000) });
    expect(response.status).toBe(431);
  });
});

describe('the access log', () => {
  const lines = () => app.log.filter(({ msg }) => msg === 'request');

  it('has one line a request, by pattern', async () => {
    await app.ask('POST', '/v1/images', article, { 'x-request-id': 'r1' });
    await app.ask('GET', '/v1/images/x?secret=1', undefined, { 'x-request-id': 'r2' });
    await until(() => lines().length === 2);
    expect(lines()).toEqual([
      expect.objectContaining({
        level: 'info',
        request_id: 'r1',
        method: 'POST',
        route: '/v1/images',
        status: 201,
        ms: expect.any(Number),
        key_id: 'bootstrap',
      }),
      expect.objectContaining({
        request_id: 'r2',
        route: '/v1/images/{id}',
        status: 404,
        code: 'image_not_found',
      }),
    ]);
  });

  it('holds no key, query, field value or unknown address', async () => {
    await app.ask('POST', '/v1/images', { template: 'article', data: { title: 'Personal-1' } });
    await app.ask('POST', '/v1/images', {
      template: 'article',
      data: { title: 'Personal-2', x: 'Personal-3' },
    });
    await app.ask('GET', '/v1/images?cursor=Personal-4');
    await app.ask('GET', '/Personal-5');
    await app.ask('POST', '/v1/images', '{"Personal-6"');
    await until(() => lines().length === 5);
    const text = JSON.stringify(app.log);
    expect(text).not.toContain('Personal');
    expect(text).not.toContain(KEY);
    expect(lines().at(3)?.route).toBe('unmatched');
  });

  it('keeps probes to the debug level', async () => {
    await app.ask('GET', '/healthz');
    await until(() => lines().length === 1);
    expect(lines()[0]?.level).toBe('debug');
  });
});

describe('probes and figures', () => {
  it('tell that the process runs, without a key', async () => {
    const response = await fetch(`${app.url}/healthz`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: 'ok' });
  });

  it('tell whether it is ready', async () => {
    const ready = await fetch(`${app.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toEqual({ status: 'ready', checks: { redis: { ok: true } } });
    await app.close();
    const checks = { redis: { ok: true }, browser: { ok: false, detail: 'No browser is ready.' } };
    app = await startTestApp({ readiness: { check: async () => ({ ok: false, checks }) } });
    const unready = await fetch(`${app.url}/readyz`);
    expect(unready.status).toBe(503);
    expect(unready.headers.get('cache-control')).toBe('no-store');
    expect(await unready.json()).toEqual({ status: 'unavailable', checks });
  });

  it('count requests by pattern', async () => {
    await app.ask('GET', '/v1/images/abc');
    await app.ask('GET', '/no/such/place');
    const text = await until(async () => {
      const body = await (await fetch(`${app.url}/metrics`)).text();
      return body.includes('route="unmatched"') && body;
    });
    expect(text).toContain(
      'cardpress_http_requests_total{method="GET",route="/v1/images/{id}",status="404"} 1',
    );
    expect(text).toContain(
      'cardpress_http_requests_total{method="GET",route="unmatched",status="404"} 1',
    );
    expect(text).not.toContain('/no/such/place');
  });
});

describe('/admin/queues', () => {
  const basic = (password: string) => `Basic ${Buffer.from(`any:${password}`).toString('base64')}`;

  beforeEach(async () => {
    await app.close();
    const queuesRouter = express.Router();
    queuesRouter.get('/', (_req, res) => void res.send('queues'));
    queuesRouter.put('/api/retry', (_req, res) => void res.send('done'));
    app = await startTestApp({ queuesRouter });
  });

  it('asks a browser for the key', async () => {
    for (const headers of [{}, { authorization: basic('wrong') }, { authorization: 'Basic ???' }]) {
      const response = await fetch(`${app.url}/admin/queues`, { headers: headers as HeadersInit });
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
      expect((await response.json()).detail).toContain('API key as the password');
    }
  });

  it.each([basic(KEY), `Bearer ${KEY}`])('opens with %s', async (authorization) => {
    const response = await fetch(`${app.url}/admin/queues`, { headers: { authorization } });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('queues');
    expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  });

  it.each([
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'same-origin', origin: 'https://cards.example.com' }, 200],
    [{ origin: 'https://cards.example.com' }, 200],
    [{}, 200],
  ])('answers a change that comes with %j with %d', async (headers, status) => {
    // Node's fetch keeps these headers to itself, so the request is written out.
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(
      `PUT /admin/queues/api/retry HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: ${basic(KEY)}\r\n${lines.join('')}\r\n`,
    );
    await until(() => socket.closed);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    if (status === 403) expect(answer).toContain('"code":"forbidden"');
  });
});
