import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { canonicalAddress } from '../../../src/links/canonical-address.js';
import { deriveUrlKey, signAddress } from '../../../src/links/url-signature.js';
import { type ApiCall, ask } from '../../support/api-client.js';
import { startService, type TestService } from '../../support/service.js';
import { until } from '../../support/until.js';
import { startNginx, startRelay } from './nginx-world.js';

type Relay = Awaited<ReturnType<typeof startRelay>>;
type Nginx = Awaited<ReturnType<typeof startNginx>>;

let service: TestService;
let relay: Relay;
let nginx: Nginx;

beforeAll(async () => {
  service = await startService();
  relay = await startRelay(service.url);
  nginx = await startNginx(relay.port);
});
afterAll(async () => {
  await nginx?.stop();
  relay?.stop();
  await service?.stop();
});

/** Through nginx, by the path of an address; without a key. */
const visit = (address: string, call: ApiCall = {}) =>
  ask(address.replace(service.url, nginx.url), '', { key: null, ...call });
const pathOf = (address: string) => address.replace(service.url, '');

async function storedPicture(title: string): Promise<string> {
  const body = { template: 'note', data: { title }, wait: 30 };
  const { json } = await service.api('/v1/images', { body });
  expect(json.status).toBe('completed');
  return json.url as string;
}

async function signed(title: string): Promise<string> {
  const body = { template: 'note', data: { title } };
  return (await service.api('/v1/urls', { body })).json.url as string;
}

/** An address as POST /v1/urls makes it, whose time is up when the test says so. */
function signedUntil(title: string, endSeconds: number): string {
  const params = new Map(Object.entries({ title, _expires: String(endSeconds) }));
  const address = { path: '/i/note.png', params };
  const key = deriveUrlKey(service.settings.signingSecret ?? '');
  return `${service.url}${canonicalAddress(address)}&sig=${signAddress(key, address)}`;
}

const nowSeconds = () => Math.floor(Date.now() / 1000);

it('asks the service once for a stored picture, and not for what somebody adds to it', async () => {
  const address = await storedPicture('Asked for once');
  const first = await visit(address);
  expect([first.status, first.headers['x-cache']]).toEqual([200, 'MISS']);
  for (const again of [address, `${address}?utm_source=mail`, `${address}?cb=123`]) {
    const answer = await visit(again);
    expect([answer.status, answer.headers['x-cache']]).toEqual([200, 'HIT']);
    expect(answer.bytes.equals(first.bytes)).toBe(true);
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  }
  expect(relay.count(pathOf(address))).toBe(1);
});

it('answers conditions, HEAD and ranges itself', async () => {
  const address = await storedPicture('Kept by nginx');
  const part = await visit(address, { headers: { range: 'bytes=2-5' } });
  expect([part.status, part.bytes.length]).toEqual([206, 4]);
  const whole = await visit(address);
  expect([whole.status, whole.headers['x-cache']]).toEqual([200, 'HIT']);
  expect(part.headers['content-range']).toBe(`bytes 2-5/${whole.bytes.length}`);
  expect(part.bytes.equals(whole.bytes.subarray(2, 6))).toBe(true);

  const { etag = '' } = whole.headers;
  const held = await visit(address, { headers: { 'if-none-match': etag } });
  expect([held.status, held.bytes.length]).toEqual([304, 0]);
  expect(held.headers['cache-control']).toContain('immutable');
  const head = await visit(address, { method: 'HEAD' });
  expect([head.status, head.bytes.length]).toEqual([200, 0]);
  expect(head.headers['content-length']).toBe(String(whole.bytes.length));
  expect(relay.count(pathOf(address))).toBe(1);
});

it('lets one of a thousand who come first through, and shows all of them the picture', async () => {
  const address = await signed('A thousand at the door');
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => visit(address)));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(new Set(answers.map(({ bytes }) => bytes.toString('base64'))).size).toBe(1);
  expect(relay.count(pathOf(address))).toBe(1);
});

it('keeps signed addresses apart by their whole query', async () => {
  const [one, other] = [await signed('One'), await signed('Other')];
  const [first, second] = [await visit(one), await visit(other)];
  expect(first.bytes.equals(second.bytes)).toBe(false);
  expect((await visit(other)).headers['x-cache']).toBe('HIT');
  const forged = await visit(one.replace('title=One', 'title=Two'));
  expect(forged.status).toBe(403);
});

it('keeps a card that stands in for a minute and no longer, a picture for a year', async () => {
  const expired = signedUntil('Over', nowSeconds() - 10);
  const card = await visit(expired);
  expect([card.status, card.headers['x-cardpress-source']]).toEqual([200, 'fallback']);
  expect((await visit(expired)).headers['x-cache']).toBe('HIT');
  expect(await nginx.kept(pathOf(expired))).toEqual({ freshFor: 60, updatingFor: 0, errorFor: 0 });

  const picture = await signed('For a year');
  await visit(picture);
  expect(await nginx.kept(pathOf(picture))).toMatchObject({ freshFor: 31_536_000 });
});

it("keeps a page's picture for a minute, and for a day while it asks or cannot ask", async () => {
  const body = { template: 'note', data: { title: 'A page' }, wait: 30 };
  await service.api('/v1/pages/news', { method: 'PUT', body });
  expect((await visit(`${service.url}/p/news.png`)).headers['x-cache']).toBe('MISS');
  expect((await visit(`${service.url}/p/news.png?v=2`)).headers['x-cache']).toBe('HIT');
  const day = 86_400;
  expect(await nginx.kept('/p/news.png')).toEqual({
    freshFor: 60,
    updatingFor: day,
    errorFor: day,
  });
});

it('never keeps an answer of the API, and hides none of it', async () => {
  const call = { key: service.key };
  for (let i = 0; i < 2; i += 1) {
    const answer = await visit(`${service.url}/v1/templates`, call);
    expect([answer.status, answer.headers['x-cache']]).toEqual([200, undefined]);
    expect(answer.headers['cache-control']).toBe('no-store');
  }
  expect(relay.count('/v1/templates')).toBe(2);
  expect(await nginx.kept('/v1/templates')).toBeUndefined();
  expect((await visit(`${service.url}/v1/templates`)).status).toBe(401);
  const made = await visit(`${service.url}/v1/images`, {
    ...call,
    body: { template: 'note', data: { title: 'Through the proxy' }, wait: 30 },
  });
  expect(made.status).toBe(201);
});

/** An address as it stands here: clients would tidy it up. */
function askRaw(url: string, path: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    let answer = '';
    socket.on('data', (part: Buffer) => {
      answer += part.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1])));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

/** Ways to spell an address for which some proxy and some service disagree. */
const spellings = (path: string): string[] => {
  const name = path.slice(1);
  const [first = ''] = name;
  const escaped = `%${first.charCodeAt(0).toString(16)}`;
  return [
    ...[path, `${path}/`, `${path}//`, `/${path}`, `//${path}/`, `/.${path}`, `/./.${path}/.`],
    ...[path.toUpperCase(), `/${first.toUpperCase()}${name.slice(1)}`, `${path}?x`, `${path}/?x=1`],
    ...[`/${escaped}${name.slice(1)}`, `/%25${escaped.slice(1)}${name.slice(1)}`, `${path}%2f`],
    ...[`${path}%20`, `${path};x`, `${path};/`, `${path}%3bx`, `${path}%00`, `${path}%23`],
    ...[
      `${path}#x`,
      `/v1/..${path}`,
      `/v1/%2e%2e${path}`,
      `/v1/..%2f${name}`,
      `/images/../${name}`,
    ],
    ...[`/images/x/../..${path}`, `/p/%2e%2e/${name}`, `/i/..;${path}`, `/docs/..${path}/`],
    ...[`/docs/..%2f${name}`, `/v1%2f..%2f${name}`, `/\\${name}`, `/%5c${name}`, `http://x${path}`],
    ...[`http://x/${path}/`, `/openapi.json/..${path}`, `/l/%252e%252e/${name}`, `${path}/.`],
  ];
};
const INSIDE = ['/metrics', '/healthz', '/readyz', '/admin/queues', '/admin/queues/api/queues'];

it.each(INSIDE)('keeps %s inside, however it is spelled', async (path) => {
  const before = relay.seen.length;
  for (const spelled of spellings(path)) {
    const status = await askRaw(nginx.url, spelled);
    expect([spelled, [400, 401, 403, 404].includes(status)]).toEqual([spelled, true]);
  }
  // Where nginx passes one on, because of what it begins with, the service knows no such address.
  const passed = relay.seen.slice(before).map(({ url }) => url);
  expect(passed.filter((url) => !/^\/(images|p|i|l|v1|docs)(\/|%)/.test(url))).toEqual([]);
});

it('passes every address on that the service has for others', async () => {
  const { json } = await service.api('/openapi.json');
  const paths = Object.keys(json.paths as object).filter((path) => !INSIDE.includes(path));
  expect(paths.length).toBeGreaterThan(30);
  for (const path of paths) {
    const asked = path.replace(/\{\w+\}/g, 'x');
    const before = relay.seen.length;
    await visit(`${service.url}${asked}`);
    expect([asked, relay.seen.length - before]).toEqual([asked, 1]);
  }
});

it('answers itself what nobody has asked the service for', async () => {
  const before = relay.seen.length;
  for (const path of ['/', '/favicon.ico', '/.git/config', '/wp-login.php', '/v2/images', '/v1']) {
    expect([path, (await visit(service.url + path)).status]).toEqual([path, 404]);
  }
  expect(relay.seen.length).toBe(before);
});

it('passes on who really asks', async () => {
  const headers = { 'x-forwarded-for': '203.0.113.9', 'x-forwarded-proto': 'gopher' };
  await visit(`${service.url}/openapi.json?who`, { headers });
  const passed = relay.seen.find(({ url }) => url === '/openapi.json?who');
  expect(passed?.headers).toMatchObject({
    'x-forwarded-for': '127.0.0.1',
    'x-forwarded-proto': 'http',
    host: '127.0.0.1',
  });
});

it('passes no line breaks of an address on', async () => {
  for (const start of ['/images/', '/p/', '/i/', '/l/']) {
    await visit(`${service.url}${start}x.png%0d%0aX-Forged:%20yes%0d%0a`);
  }
  expect(relay.seen.filter(({ headers }) => 'x-forged' in headers)).toEqual([]);
});

// The last one: nothing is there afterwards.
it('goes on showing pictures while the service is away, old ones too', async () => {
  const fresh = await storedPicture('Shown for ever');
  await storedPicture('Shown while there is no better');
  const brief = signedUntil('Shown while there is no better', nowSeconds() + 4);
  const [whole, old] = [await visit(fresh), await visit(brief)];
  expect(old.headers['x-cardpress-source']).not.toBe('fallback');
  relay.stop();
  const again = await visit(fresh);
  expect([again.status, again.headers['x-cache']]).toEqual([200, 'HIT']);
  expect(again.bytes.equals(whole.bytes)).toBe(true);
  const stale = await until(async () => {
    const answer = await visit(brief);
    return answer.headers['x-cache'] === 'STALE' ? answer : undefined;
  }, 20_000);
  expect([stale.status, stale.bytes.equals(old.bytes)]).toEqual([200, true]);
  // What was never seen cannot be shown, and the API is plainly away.
  expect((await visit(`${service.url}/v1/templates`)).status).toBe(502);
});
