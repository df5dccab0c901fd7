import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { ApiAnswer } from '../../support/api-client.js';
import { untilOver } from '../../support/batch-client.js';
import { colourFields } from '../../support/colour-code.js';
import { SERVICE_KEY, startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let service: TestService;
/** A second API on the same Redis and data, with connections of its own. */
let second: TestService;
const shown: string[] = [];

beforeAll(async () => {
  service = await startService();
  const { redis, dataDir } = service;
  second = await startService({ redis, dataDir, worker: false });
});
afterAll(async () => {
  await second?.stop();
  await service?.stop();
});

async function newKey(body: Record<string, unknown>): Promise<{ id: string; key: string }> {
  const { status, json } = await service.api('/v1/keys', { body: { name: 'tests', ...body } });
  expect(status).toBe(201);
  shown.push(json.key);
  return json;
}

const picture = (text: string, more: Record<string, unknown> = {}) => ({
  template: 'colour-code',
  data: colourFields(text),
  wait: 0,
  ...more,
});
const draw = (key: string, text: string, more?: Record<string, unknown>, at = service) =>
  at.api('/v1/images', { key, body: picture(text, more) });
const batch = (key: string, texts: string[], headers: Record<string, string> = {}) =>
  service.api('/v1/batches', {
    key,
    headers,
    body: { template: 'colour-code', items: texts.map((text) => ({ data: colourFields(text) })) },
  });
const left = ({ headers }: ApiAnswer) =>
  Number(/"images";r=(\d+);t=\d+/.exec(headers.ratelimit ?? '')?.[1]);
/** A request that costs no picture. */
const leftOf = async (key: string) => left(await service.api('/v1/templates', { key }));

describe('scopes', () => {
  interface Operation {
    method: string;
    path: string;
    scopes: string[];
  }
  let operations: Operation[];

  beforeAll(async () => {
    const { paths } = (await service.api('/openapi.json')).json as {
      paths: Record<string, Record<string, { security: { key?: string[] }[] }>>;
    };
    operations = Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { security }]) => ({
        method: method.toUpperCase(),
        path,
        scopes: security.flatMap(({ key }) => key ?? []),
      })),
    );
  });

  /** What docs/keys.md promises. */
  const expected = (method: string, path: string): string[] => {
    const [, part] = path.split('/').slice(1);
    if (part === 'templates') {
      if (path.endsWith('/check')) return ['templates'];
      if (/\/(?:versions|export\.zip)$/.test(path)) return ['templates', 'templates:write'];
      const isOld = /^\/v1\/templates(?:\/\{id\}(?:\/preview)?)?$/.test(path);
      const makes = path === '/v1/templates' && method === 'POST';
      if (!isOld || makes || method === 'DELETE') return ['templates:write'];
      if (method === 'POST') return ['templates', 'images'];
      return ['templates', 'images', 'batches', 'pages'];
    }
    if (part === 'hooks' || part === 'session') return [];
    const parts: Record<string, string> = {
      images: 'images',
      generate: 'images',
      urls: 'images',
      batches: 'batches',
      pages: 'pages',
      sources: 'pages',
      links: 'pages',
      keys: 'admin',
      deliveries: 'admin',
    };
    return [String(parts[String(part)])];
  };

  it('are told of every endpoint below /v1, and of no other', () => {
    const below = operations.filter(({ path }) => path.startsWith('/v1/'));
    expect(below.length).toBeGreaterThan(35);
    for (const { method, path, scopes } of below) {
      expect([method, path, scopes]).toEqual([method, path, expected(method, path)]);
    }
    const public_ = operations.filter(({ path }) => !path.startsWith('/v1/'));
    expect(public_.flatMap(({ scopes }) => scopes)).toEqual([]);
  });

  it.each(['images', 'batches', 'pages', 'templates', 'templates:write', 'admin', '*'])(
    'let a key with "%s" pass exactly where they are asked for',
    async (scope) => {
      const { key } = await newKey({ scopes: [scope] });
      for (const { method, path, scopes } of operations.filter((one) => one.scopes.length > 0)) {
        const address = path.replace(/\{\w+\}/g, 'none');
        const { status, json } = await service.api(address, { method, key });
        const passes = scope === 'admin' || scope === '*' || scopes.includes(scope);
        expect([method, path, status !== 403]).toEqual([method, path, passes]);
        if (passes) continue;
        expect(json).toMatchObject({ code: 'forbidden' });
        for (const wanted of scopes) expect(json.detail).toContain(`"${wanted}"`);
        expect(json.detail).toContain('cardpress keys create NAME --scope');
      }
    },
  );

  it('keep the pages of the queues for admins', async () => {
    const basic = (key: string) => ({
      authorization: `Basic ${Buffer.from(`any:${key}`).toString('base64')}`,
    });
    const [some, admin] = [
      await newKey({ scopes: ['images', 'batches', 'pages', 'templates'] }),
      await newKey({ scopes: ['admin'] }),
    ];
    const look = (key: string) =>
      service.api('/admin/queues', { key: null, headers: basic(key) }).then((a) => a.status);
    expect(await look(some.key)).toBe(403);
    expect(await look(admin.key)).toBe(200);
  });
});

describe('/v1/keys', () => {
  it('makes a key, shows it once, lists it and revokes it on every API at once', async () => {
    const body = {
      name: '  Shop ',
      scopes: ['images', 'templates'],
      rate_limit: { per_minute: 90 },
      daily_quota: 500,
      expires_at: '2999-01-31T13:00:00+01:00',
    };
    const created = await service.api('/v1/keys', { body });
    expect(created.status).toBe(201);
    const { key, ...listed } = created.json;
    shown.push(key);
    expect(listed).toEqual({
      id: expect.stringMatching(/^key_[0-9a-f]{16}$/),
      name: 'Shop',
      prefix: key.slice(0, 12),
      scopes: ['images', 'templates'],
      rate_limit: { per_minute: 90 },
      daily_quota: 500,
      created_at: expect.stringMatching(/Z$/),
      last_used_at: null,
      expires_at: '2999-01-31T12:00:00.000Z',
      revocable: true,
    });
    const list = await second.api('/v1/keys');
    expect(list.json.items[0]).toMatchObject({ id: 'bootstrap', prefix: null, revocable: false });
    expect(list.json.items).toContainEqual(listed);
    expect(list.bytes.toString()).not.toContain(key);

    for (const api of [service.api, second.api]) {
      expect((await api('/v1/templates', { key })).status).toBe(200);
    }
    const gone = await service.api(`/v1/keys/${listed.id}`, { method: 'DELETE' });
    expect(gone.status).toBe(204);
    for (const api of [second.api, service.api]) {
      expect((await api('/v1/templates', { key })).status).toBe(401);
    }
    const again = await service.api(`/v1/keys/${listed.id}`, { method: 'DELETE' });
    expect(again.json).toMatchObject({ status: 404, code: 'key_not_found' });
  });

  it('makes one without limits where nothing is said', async () => {
    const { key } = await newKey({});
    const { status, headers } = await service.api('/v1/keys', { key });
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty('ratelimit');
    expect(headers).not.toHaveProperty('ratelimit-policy');
  });

  it('does not revoke the key of the settings, and says what to do', async () => {
    const { json } = await service.api('/v1/keys/bootstrap', { method: 'DELETE' });
    expect(json).toMatchObject({ status: 409, detail: expect.stringContaining('API_KEY') });
  });

  it.each<[Record<string, unknown>, string, string]>([
    [{ name: '  ' }, 'name', '1 to 100 characters'],
    [{ scopes: ['image'] }, 'scopes.0', 'Did you mean "images"?'],
    [{ scopes: [] }, 'scopes', 'must hold one or more of images, batches'],
    [{ rate_limit: {} }, 'rate_limit', 'one of per_second and per_minute'],
    [{ rate_limit: { per_second: 1, per_minute: 9 } }, 'rate_limit', 'one of per_second'],
    [{ rate_limit: { per_hour: 9 } }, 'rate_limit.per_hour', 'is not known here'],
    [{ rate_limit: { per_second: 0 } }, 'rate_limit.per_second', 'between 1 and 100000'],
    [{ daily_quota: 1.5 }, 'daily_quota', 'must be a whole number between 1 and 10000000'],
    [{ expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', 'must be a time in the future'],
    [{ expires_at: 'tomorrow' }, 'expires_at', 'must be a time such as'],
  ])('refuses %j', async (body, path, message) => {
    const { status, json } = await service.api('/v1/keys', { body: { name: 'tests', ...body } });
    expect(status).toBe(422);
    expect(json.errors).toContainEqual({ path, message: expect.stringContaining(message) });
  });
});

describe('a rate limit', () => {
  it('is one for all APIs, and tells itself in the headers', async () => {
    const { key } = await newKey({ rate_limit: { per_minute: 2 } });
    const first = await service.api('/v1/templates', { key });
    expect(first.status).toBe(200);
    expect(first.headers['ratelimit-policy']).toBe('"requests";q=2;w=60');
    expect(first.headers.ratelimit).toBe('"requests";r=1;t=30');
    // Refused for its scope or not found: a request is a request.
    const other = await second.api('/v1/images/none', { key });
    expect([other.status, other.headers.ratelimit]).toEqual([404, '"requests";r=0;t=30']);

    const { status, headers, json } = await service.api('/v1/templates', { key });
    expect([status, json.code]).toEqual([429, 'rate_limited']);
    const waitSeconds = Number(headers['retry-after']);
    expect(waitSeconds).toBeGreaterThan(0);
    expect(waitSeconds).toBeLessThanOrEqual(30);
    // The wait must not end before the window that the header tells.
    expect(headers.ratelimit).toBe(`"requests";r=0;t=${waitSeconds}`);
    expect(headers).not.toHaveProperty('www-authenticate');
    expect((await service.api('/v1/templates')).status).toBe(200);
  });
});

describe('a daily quota', () => {
  it('counts new pictures alone, and tells what is left after each', async () => {
    const { key } = await newKey({ daily_quota: 3 });
    const first = await draw(key, 'quota 1', { wait: 30 });
    expect([first.status, left(first)]).toEqual([201, 2]);
    expect(first.headers['ratelimit-policy']).toBe('"images";q=3;w=86400;cardpress-unit="images"');
    const again = await draw(key, 'quota 1', { wait: 30 });
    expect([again.status, again.json.reused, left(again)]).toEqual([201, true, 2]);
    expect(left(await draw(key, 'quota 1', { wait: 30, refresh: true }))).toBe(1);
    const wrong = await service.api('/v1/images', { key, body: picture('x', { data: {} }) });
    expect([wrong.status, left(wrong)]).toEqual([422, 1]);

    const form = { design_id: 'colour-code', layers: colourFields('quota 2') };
    expect(left(await service.api('/v1/generate', { key, body: form }))).toBe(0);
    const { status, headers, json } = await draw(key, 'quota 3');
    expect([status, json.code]).toEqual([429, 'quota_exceeded']);
    expect(json.detail).toContain('3 new pictures a day, of which 0 are left');
    const [, resetSeconds] = /"images";r=0;t=(\d+)$/.exec(headers.ratelimit ?? '') ?? [];
    expect(headers['retry-after']).toBe(resetSeconds);
    expect(Number(resetSeconds)).toBeLessThanOrEqual(86_400);
    // What is there already is had without any of it.
    expect((await draw(key, 'quota 2', { wait: 30 })).status).toBe(201);
    expect((await draw(SERVICE_KEY, 'quota 3')).status).toBe(202);
  });

  it('counts a picture that waits for its review once', async () => {
    const { key } = await newKey({ daily_quota: 5 });
    const body = {
      template: 'note',
      data: { title: 'For review', count: 'many' },
      on_missing: 'review',
      wait: 0,
    };
    const first = await service.api('/v1/images', { key, body });
    expect([first.json.status, left(first)]).toEqual(['review', 4]);
    expect(left(await service.api('/v1/images', { key, body }))).toBe(4);
  });

  it('counts the pictures of pages', async () => {
    const { key } = await newKey({ daily_quota: 1 });
    const put = (text: string) =>
      service.api('/v1/pages/quota', {
        ...{ method: 'PUT', key },
        body: { template: 'colour-code', data: colourFields(text), wait: 30 },
      });
    const first = await put('quota page');
    expect([first.status, left(first)]).toEqual([201, 0]);
    expect((await put('another quota page')).json).toMatchObject({ code: 'quota_exceeded' });
    expect((await put('quota page')).status).toBe(200);
  });

  it('is one for all APIs, however many ask at once', async () => {
    const { key } = await newKey({ daily_quota: 4 });
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) =>
        draw(key, `quota at once ${i}`, {}, i % 2 ? service : second),
      ),
    );
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(4).fill(202), ...Array(12).fill(429)]);
    expect(await leftOf(key)).toBe(0);
  });

  describe('and a batch', () => {
    it('over it is refused before anything is queued, with the number that is left', async () => {
      const { key } = await newKey({ daily_quota: 5 });
      expect(left(await draw(key, 'quota before', { wait: 30 }))).toBe(4);
      const before = (await service.api('/v1/batches?limit=100')).json.items.length;
      const texts = Array.from({ length: 5 }, (_, i) => `quota batch over ${i}`);
      const { status, json } = await batch(key, texts);
      expect([status, json.code]).toEqual([429, 'quota_exceeded']);
      expect(json.detail).toContain('of which 4 are left, and this asks for 5');
      expect((await service.api('/v1/batches?limit=100')).json.items).toHaveLength(before);
      for (const text of texts) {
        const { id } = service.images.prepare(picture(text));
        expect(await service.records.get(id)).toBeUndefined();
      }
      expect(await leftOf(key)).toBe(4);
      expect(await service.redis.connect().keys('cp:key:hold:*')).toEqual([]);
    });

    it('within it takes its rows, and gets back what was there already or was no picture', async () => {
      const { key } = await newKey({ daily_quota: 10 });
      await draw(SERVICE_KEY, 'quota there', { wait: 30 });
      const items = [
        ...['quota there', 'quota row 1', 'quota row 2', 'quota row 2'].map((text) => ({
          data: colourFields(text),
        })),
        { data: { c1: 'no colour' } },
      ];
      const body = { template: 'colour-code', items };
      const begun = await service.api('/v1/batches', { key, body });
      expect([begun.status, left(begun)]).toEqual([202, 5]);
      const over = await untilOver(service.api, begun.json.id);
      expect(over.counts).toMatchObject({ completed: 2, reused: 2, failed: 1 });
      await until(async () => (await leftOf(key)) === 8, 20_000);

      // The failed row again, which fails again: it is taken and given back.
      const retried = await service.api(`/v1/batches/${begun.json.id}/retry`, {
        ...{ method: 'POST', key },
      });
      expect([retried.status, left(retried)]).toEqual([200, 7]);
      await untilOver(service.api, begun.json.id);
      await until(async () => (await leftOf(key)) === 8, 20_000);
    });

    it('is its own under an Idempotency-Key that another API key has used', async () => {
      const headers = { 'idempotency-key': 'invoice-1' };
      const [mine, theirs] = await Promise.all([newKey({}), newKey({})]);
      const first = await batch(mine.key, ['of mine'], headers);
      const second = await batch(theirs.key, ['of theirs'], headers);
      expect([first.status, second.status]).toEqual([202, 202]);
      expect(second.json.id).not.toBe(first.json.id);
      const same = await batch(theirs.key, ['of mine'], headers);
      expect([same.status, same.json.code]).toEqual([409, 'conflict']);
      expect((await batch(mine.key, ['of mine'], headers)).json.id).toBe(first.json.id);
    });

    it('that is only asked for again needs none of it', async () => {
      const { key } = await newKey({ daily_quota: 3 });
      const headers = { 'idempotency-key': 'the-batch-of-the-quota' };
      const texts = ['quota same 1', 'quota same 2', 'quota same 3'];
      const begun = await batch(key, texts, headers);
      expect([begun.status, left(begun)]).toEqual([202, 0]);
      const again = await batch(key, texts, headers);
      expect([again.status, again.json.id]).toEqual([202, begun.json.id]);
      await untilOver(service.api, begun.json.id);
      expect(await leftOf(key)).toBe(0);
    });
  });
});

describe('wrong keys', () => {
  it('from one address are refused with 429 after twenty, while a right one passes', async () => {
    const wrong = (i: number) =>
      service.api('/v1/templates', { key: `cp_live_${String(i).padStart(43, 'A')}` });
    const statuses: number[] = [];
    // Some of this minute were counted by the tests above.
    await until(async () => {
      statuses.push((await wrong(statuses.length)).status);
      return statuses.at(-1) === 429;
    }, 30_000);
    expect(statuses.length).toBeLessThanOrEqual(21);
    expect(new Set(statuses.slice(0, -1))).toEqual(new Set([401]));
    const { headers, json } = await wrong(99);
    expect(json).toMatchObject({ code: 'rate_limited' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await service.api('/v1/templates')).status).toBe(200);
    const { key } = await newKey({ scopes: ['templates'] });
    expect((await service.api('/v1/templates', { key })).status).toBe(200);
    // Who shows none at all is asked for one.
    expect((await service.api('/v1/templates', { key: null })).status).toBe(401);
    const basic = `Basic ${Buffer.from('any:wrong').toString('base64')}`;
    const queues = await service.api('/admin/queues', {
      ...{ key: null, headers: { authorization: basic } },
    });
    expect(queues.status).toBe(429);
  });
});

describe('the log', () => {
  it('holds no key that was shown', () => {
    expect(shown.length).toBeGreaterThan(10);
    const text = JSON.stringify([service.log, second.log]);
    expect(text).toContain('key_id');
    for (const key of shown) expect(text).not.toContain(key.slice(12));
  });
});
