import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { CardpressError } from '../../../clients/js/src/cardpress-error.js';
import { type ClientOptions, createClient } from '../../../clients/js/src/create-client.js';
import {
  type Answer,
  hang,
  type Receiver,
  startReceiver,
  status,
} from '../../integration/webhooks/receiver.js';

let server: Receiver;
const said: Answer[] = [];
const json = (code: number, body: unknown, headers: Record<string, string> = {}) =>
  status(code, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
const problem = (code: string, http: number, headers: Record<string, string> = {}, more = {}) =>
  json(http, { code, status: http, detail: `It is ${code}.`, ...more }, headers);

beforeAll(async () => {
  // Says what a test has laid out, one after the other; the last again and again.
  server = await startReceiver((received, res, count) => {
    const answer = said.length > 1 ? said.shift() : said[0];
    (answer ?? status(500))(received, res, count);
  });
});
afterAll(() => server?.close());
beforeEach(() => {
  server.received.length = 0;
  said.length = 0;
});

const client = (more: Partial<ClientOptions> = {}) =>
  createClient({ baseUrl: `http://127.0.0.1:${server.port}`, apiKey: 'the-key', ...more });
const failing = async (call: Promise<unknown>) => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CardpressError) return error;
  throw new Error(`No CardpressError: ${String(error)}`);
};
const asked = () => server.received.map(({ method, url }) => `${method} ${url}`);

describe('a call', () => {
  it('sends method, path, key and JSON', async () => {
    said.push(json(201, { id: 'x' }));
    const answer = await client().images.create({ template: 'article', data: { title: 'ü' } });
    expect(answer).toEqual({ id: 'x' });
    const [sent] = server.received;
    expect(sent).toMatchObject({ method: 'POST', url: '/v1/images' });
    expect(sent?.headers).toMatchObject({
      authorization: 'Bearer the-key',
      'content-type': 'application/json',
    });
    expect(JSON.parse(String(sent?.body))).toEqual({ template: 'article', data: { title: 'ü' } });
  });

  it('goes where each method belongs', async () => {
    said.push(json(200, {}));
    const all = client({ baseUrl: `http://127.0.0.1:${server.port}/cards/` });
    await all.images.list({ status: 'failed', limit: 5, cursor: undefined });
    await all.images.get('a/b');
    await all.images.delete('i');
    await all.generate({ design_id: 'd', layers: {} });
    await all.pages.put('blog/hello', { template: 't', data: {} });
    await all.pages.get('blog/hello');
    await all.pages.delete('blog/hello');
    await all.urls.create({ template: 't', data: {} });
    await all.links.create({ template: 't', fields: { name: { max_length: 5 } } });
    await all.links.get('l');
    await all.batches.create({ template: 't', items: [{ data: {} }] });
    await all.batches.get('b');
    await all.batches.items('b', { status: 'failed' });
    await all.templates.list();
    await all.templates.get('t');
    expect(asked().map((line) => line.replace('/cards', ''))).toEqual([
      'GET /v1/images?status=failed&limit=5',
      'GET /v1/images/a%2Fb',
      'DELETE /v1/images/i',
      'POST /v1/generate',
      'PUT /v1/pages/blog/hello',
      'GET /v1/pages/blog/hello',
      'DELETE /v1/pages/blog/hello',
      'POST /v1/urls',
      'POST /v1/links',
      'GET /v1/links/l',
      'POST /v1/batches',
      'GET /v1/batches/b',
      'GET /v1/batches/b/items?status=failed',
      'GET /v1/templates',
      'GET /v1/templates/t',
    ]);
    expect(server.received.every(({ url }) => url.startsWith('/cards/v1/'))).toBe(true);
  });

  it.each(['../images/x', 'a/../../images/x', 'a//b', '.', ''])(
    'never leaves its route by a key of %j',
    (key) => {
      said.push(json(204, {}));
      expect(() => client().pages.delete(key)).toThrow('key: must not be');
      expect(() => client().images.delete('..')).toThrow('id: must not be');
      expect(server.received).toEqual([]);
    },
  );

  it('answers undefined where there is nothing to say', async () => {
    said.push(status(204));
    expect(await client().pages.delete('a')).toBeUndefined();
  });

  it('sends a form as it is', async () => {
    said.push(json(202, {}));
    const form = new FormData();
    form.set('template', 'article');
    form.set('file', new Blob(['title\nA\n'], { type: 'text/csv' }), 'rows.csv');
    await client().batches.create(form, { idempotencyKey: 'mine' });
    const [sent] = server.received;
    expect(sent?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
    expect(sent?.headers['idempotency-key']).toBe('mine');
    expect(String(sent?.body)).toContain('title\nA\n');
  });
});

describe('an error', () => {
  it('says what the problem says', async () => {
    const errors = [{ path: 'data.title', message: 'is required' }];
    const more = { errors, image_id: 'img' };
    said.push(problem('invalid_data', 422, { 'x-request-id': 'req-1' }, more));
    const error = await failing(client().images.create({ template: 't', data: {} }));
    expect(error).toMatchObject({
      name: 'CardpressError',
      message: 'It is invalid_data.',
      code: 'invalid_data',
      status: 422,
      requestId: 'req-1',
      errors,
      imageId: 'img',
    });
    expect(asked()).toHaveLength(1);
  });

  it.each([
    ['a proxy', status(502, {}, '<h1>Bad gateway</h1>'), 502],
    ['another API', json(400, { error: 'x' }), 400],
    ['a list', json(400, []), 400],
    ['null', json(400, null), 400],
    ['a web page', status(200, {}, '<h1>Hello</h1>'), 200],
  ])('tells of an answer of %s', async (_who, answer, code) => {
    said.push(answer);
    const error = await failing(client().templates.list());
    expect(error).toMatchObject({ code: 'unexpected_answer', status: code, errors: [] });
  });

  it('tells of nobody there, without the key', async () => {
    const error = await failing(client({ baseUrl: 'http://127.0.0.1:1' }).templates.list());
    expect(error).toMatchObject({ code: 'unreachable', status: 0 });
    expect(error.cause).toMatchObject({ name: 'TypeError' });
    expect(() => client({ apiKey: 'se cret' })).toThrow(/^apiKey: (?!.*se cret)/);
  });

  it('of the caller is not laid on the service', async () => {
    const call = client().urls.create({ template: 't', data: { count: 1n } });
    await expect(call).rejects.toThrow(/BigInt/);
    expect(asked()).toEqual([]);
  });

  it('tells when the time is up, also in the middle of an answer', async () => {
    const half: Answer = (_received, res) => void res.writeHead(200).write('{"items":');
    // Their own: a request may still arrive when its caller has gone.
    for (const [answer, timeoutMs] of [[hang, 50] as const, [half, 1_000] as const]) {
      const slow = await startReceiver(answer);
      const baseUrl = `http://127.0.0.1:${slow.port}`;
      const error = await failing(client({ baseUrl, timeoutMs }).templates.list());
      expect(error).toMatchObject({ code: 'timeout', status: 0 });
      await slow.close();
    }
  });

  it("is the reason of the caller's signal", async () => {
    const reason = new Error('no longer wanted');
    const early = client().templates.list({ signal: AbortSignal.abort(reason) });
    await expect(early).rejects.toBe(reason);
    expect(asked()).toEqual([]);
    const controller = new AbortController();
    said.push(() => controller.abort(reason));
    await expect(client().templates.list({ signal: controller.signal })).rejects.toBe(reason);
  });

  it('is the reason of the signal also between two tries', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    said.push((received, res, count) => {
      problem('queue_full', 429, { 'retry-after': '5' })(received, res, count);
      res.on('close', () => controller.abort(reason));
    });
    await expect(client().templates.list({ signal: controller.signal })).rejects.toBe(reason);
    expect(asked()).toHaveLength(1);
  });
});

describe('another try', () => {
  it('comes after 429 and 503 that say when', async () => {
    const date = new Date(Date.now() - 1_000).toUTCString();
    said.push(
      problem('queue_full', 429, { 'retry-after': '0' }),
      problem('redis_unavailable', 503, { 'retry-after': date }),
      json(200, { items: [] }),
    );
    expect(await client().templates.list()).toEqual({ items: [] });
    expect(asked()).toHaveLength(3);
  });

  it('is the same batch', async () => {
    said.push(problem('queue_full', 429, { 'retry-after': '0' }), json(202, {}));
    await client().batches.create({ template: 't', items: [{ data: {} }] });
    const keys = server.received.map(({ headers }) => headers['idempotency-key']);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(keys).toEqual([keys[0], keys[0]]);
  });

  it('comes twice at most, or as often as asked for', async () => {
    said.push(problem('queue_full', 429, { 'retry-after': '0' }));
    const error = await failing(client().templates.list());
    expect(error).toMatchObject({ code: 'queue_full', status: 429, retryAfterSeconds: 0 });
    expect(asked()).toHaveLength(3);
    await failing(client({ maxRetries: 0 }).templates.list());
    expect(asked()).toHaveLength(4);
  });

  it.each([
    ['says nothing of when', problem('queue_full', 429)],
    ['asks for too long a wait', problem('queue_full', 429, { 'retry-after': '11' })],
    [
      'asks for tomorrow',
      problem('queue_full', 429, { 'retry-after': 'Fri, 31 Dec 2100 00:00:00 GMT' }),
    ],
    ['is of another kind', problem('internal', 500, { 'retry-after': '0' })],
    ['is a time-out behind the API', problem('render_timeout', 504, { 'retry-after': '0' })],
  ])('does not come where the answer %s', async (_name, answer) => {
    said.push(answer);
    await failing(client().templates.list());
    expect(asked()).toHaveLength(1);
  });
});
