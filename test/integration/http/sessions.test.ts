import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Redis } from 'ioredis';
import { ask } from '../../support/api-client.js';
import { SERVICE_KEY, startService, type TestService } from '../../support/service.js';

let service: TestService;
let redis: Redis;

beforeAll(async () => {
  service = await startService({ worker: false });
  redis = service.redis.connect();
});
afterAll(async () => {
  redis?.disconnect();
  await service?.stop();
});

const anonymous = (path: string, call: Parameters<typeof ask>[2] = {}, at = service) =>
  ask(path.startsWith('http') ? path : at.url + path, '', { key: null, ...call });

const signIn = (key: string, headers: Record<string, string> = {}, at = service) =>
  anonymous('/v1/session', { body: { key }, headers }, at);

/** `name=id` as a browser sends it, from an answer that sets it. */
const cookieOf = ({ headers }: Awaited<ReturnType<typeof ask>>) =>
  String(headers['set-cookie']).split(';')[0] ?? '';

const fromPage = (cookie: string, at = service) => ({
  cookie,
  origin: at.url,
  'x-cardpress-studio': '1',
});

async function makeKey(body: object = {}): Promise<{ key: string; id: string }> {
  const made = await service.api('/v1/keys', { body: { name: 'Maria', ...body } });
  expect(made.status).toBe(201);
  return made.json as { key: string; id: string };
}

const recordNames = () => redis.keys('cp:session:*');

describe('signing in', () => {
  it('gives a cookie that scripts cannot read, and keeps neither key nor id', async () => {
    const { key } = await makeKey();
    const answer = await signIn(key);
    expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
    expect(String(answer.headers['set-cookie'])).toMatch(
      /^cardpress_session=[\w-]{43}; Max-Age=1209600; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
    const [name = ''] = await recordNames();
    const stored = name + (await redis.get(name));
    expect(stored).not.toContain(key);
    expect(stored).not.toContain(cookieOf(answer).split('=')[1]);
    expect(JSON.stringify(service.log)).not.toContain(key);
  });

  it('refuses wrong keys, and too many of them, but never a right one', async () => {
    const wrong = `cp_live_${'x'.repeat(43)}`;
    const statuses: number[] = [];
    for (let n = 0; n < 22; n += 1) statuses.push((await signIn(wrong)).status);
    expect(statuses).toEqual([...Array<number>(20).fill(401), 429, 429]);
    expect((await signIn(SERVICE_KEY)).status).toBe(204);
  });

  it('cannot be done from a page of another site', async () => {
    expect((await signIn(SERVICE_KEY, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await signIn(SERVICE_KEY, { origin: service.url })).status).toBe(204);
  });

  it.each([
    { publicUrl: 'https://cards.example', name: '__Host-cardpress_session', path: '/' },
    { publicUrl: 'https://example.com/cards/', name: '__Secure-cardpress_session', path: '/cards' },
  ])('binds the cookie to $publicUrl', async ({ publicUrl, name, path }) => {
    const secure = await startService({
      worker: false,
      redis: service.redis,
      env: { PUBLIC_URL: publicUrl },
    });
    try {
      const answer = await signIn(SERVICE_KEY, {}, secure);
      const [pair, ...attributes] = String(answer.headers['set-cookie']).split('; ');
      expect(pair?.split('=')[0]).toBe(name);
      expect(attributes).toEqual(
        expect.arrayContaining([`Path=${path}`, 'HttpOnly', 'Secure', 'SameSite=Lax']),
      );
      const cookie = cookieOf(answer);
      const headers = {
        ...{ cookie, origin: new URL(publicUrl).origin, 'x-cardpress-studio': '1' },
      };
      const out = await anonymous('/v1/session', { method: 'DELETE', headers }, secure);
      expect(out.status).toBe(204);
      expect(String(out.headers['set-cookie'])).toContain(`${name}=;`);
    } finally {
      await secure.stop();
    }
  });
});

describe('a session', () => {
  it('can do what its key can, and nothing else', async () => {
    const { key, id } = await makeKey({ scopes: ['templates'] });
    const cookie = cookieOf(await signIn(key));
    const get = (path: string) => anonymous(path, { headers: { cookie } });
    const shown = (await get('/v1/session')).json;
    expect(shown).toMatchObject({ key_id: id, name: 'Maria', scopes: ['templates'] });
    const hoursLeft = (Date.parse(shown.expires_at) - Date.now()) / 3_600_000;
    expect(hoursLeft).toBeGreaterThan(11.9);
    expect(hoursLeft).toBeLessThanOrEqual(12);
    expect((await get('/v1/templates')).status).toBe(200);
    expect((await get('/v1/images')).status).toBe(403);
    expect((await get('/admin/queues/')).status).toBe(403);
  });

  it('changes something from pages of the service alone', async () => {
    const cookie = cookieOf(await signIn(SERVICE_KEY));
    const body = { template: 'note', data: { title: 'Hello' } };
    const withHeaders = async (headers: Record<string, string>) =>
      (await anonymous('/v1/images', { body, headers })).status;
    const own = fromPage(cookie);
    expect(await withHeaders(own)).toBe(202);
    expect(await withHeaders({ cookie })).toBe(403);
    expect(await withHeaders({ cookie, origin: service.url })).toBe(403);
    expect(await withHeaders({ cookie, 'x-cardpress-studio': '1' })).toBe(403);
    expect(await withHeaders({ ...own, origin: 'https://evil.example' })).toBe(403);
    expect(await withHeaders({ ...own, origin: 'null' })).toBe(403);
    expect(await withHeaders({ ...own, cookie: '' })).toBe(401);
    // A key is sent by nobody unasked.
    expect(
      (await service.api('/v1/images', { body, headers: { origin: 'https://evil.example' } }))
        .status,
    ).not.toBe(403);
  });

  it('shares the rate limit of its key', async () => {
    const { key } = await makeKey({ rate_limit: { per_minute: 2 } });
    const cookie = cookieOf(await signIn(key));
    const get = async () => (await anonymous('/v1/templates', { headers: { cookie } })).status;
    expect([await get(), await get()]).toEqual([200, 429]);
  });

  it('ends at once when its key is revoked, or somebody signs out', async () => {
    const { key, id } = await makeKey();
    const [one, other] = [cookieOf(await signIn(key)), cookieOf(await signIn(key))];
    const get = async (cookie: string) =>
      (await anonymous('/v1/session', { headers: { cookie } })).status;
    expect([await get(one), await get(other)]).toEqual([200, 200]);
    expect(
      (await anonymous('/v1/session', { method: 'DELETE', headers: { cookie: one } })).status,
    ).toBe(403);
    const headers = fromPage(one);
    expect((await anonymous('/v1/session', { method: 'DELETE', headers })).status).toBe(204);
    expect([await get(one), await get(other)]).toEqual([401, 200]);
    const before = await recordNames();
    await service.api(`/v1/keys/${id}`, { method: 'DELETE' });
    expect(await get(other)).toBe(401);
    expect((await recordNames()).length).toBe(before.length - 1);
  });

  it('ends with a changed API_KEY', async () => {
    const cookie = cookieOf(await signIn(SERVICE_KEY));
    const changed = await startService({
      worker: false,
      redis: service.redis,
      env: { API_KEY: 'another-key-of-the-settings-0123456789' },
    });
    try {
      const headers = { cookie };
      expect((await anonymous('/v1/session', { headers })).status).toBe(200);
      expect((await anonymous('/v1/session', { headers }, changed)).status).toBe(401);
    } finally {
      await changed.stop();
    }
  });

  it('lives 12 hours without use, and 14 days at most', async () => {
    await redis.del(...(await recordNames()), 'none');
    const cookie = cookieOf(await signIn(SERVICE_KEY));
    const get = async () => (await anonymous('/v1/session', { headers: { cookie } })).status;
    const [name = ''] = await recordNames();
    const hoursLeft = async () => (await redis.pttl(name)) / 3_600_000;
    await redis.pexpire(name, 60_000);
    expect(await get()).toBe(200);
    expect(await hoursLeft()).toBeCloseTo(12, 1);

    const stored = JSON.parse((await redis.get(name)) ?? '');
    const bornDaysAgo = async (days: number) => {
      const createdAt = new Date(Date.now() - days * 86_400_000).toISOString();
      await redis.set(name, JSON.stringify({ ...stored, createdAt }), 'KEEPTTL');
    };
    await bornDaysAgo(13.9);
    expect(await get()).toBe(200);
    expect(await hoursLeft()).toBeCloseTo(2.4, 1);
    await bornDaysAgo(14.1);
    expect(await get()).toBe(401);
    expect(await redis.exists(name)).toBe(0);
  });

  it('opens the board of the queues, as a key does', async () => {
    const cookie = cookieOf(await signIn(SERVICE_KEY));
    const board = (path: string, call: object) => anonymous(`/admin/queues${path}`, call);
    expect((await board('/', { headers: { cookie } })).status).toBe(200);
    expect((await board('/', {})).status).toBe(401);
    const foreign = { cookie, 'sec-fetch-site': 'cross-site' };
    const retry = '/api/queues/cardpress-render/retry/failed';
    expect((await board(retry, { method: 'PUT', headers: foreign })).status).toBe(403);
  });

  it.each(['', 'x', 'x'.repeat(43), `${'x'.repeat(43)}; a=b`, '%00', 'é'.repeat(43)])(
    'is not what "%s" names',
    async (id) => {
      const headers = { cookie: `cardpress_session=${encodeURIComponent(id)}` };
      expect((await anonymous('/v1/session', { headers })).status).toBe(401);
      expect((await anonymous('/v1/images', { headers })).status).toBe(401);
    },
  );
});
