import { afterAll, beforeAll, expect, it } from '@jest/globals';
import {
  type LinkServer,
  type LinkWorld,
  startLinkServer,
  startLinkWorld,
} from '../../support/link-server.js';
import type { TestService } from '../../support/service.js';
import { until } from '../../support/until.js';

let world: LinkWorld;
let service: TestService;
let server: LinkServer;

beforeAll(async () => {
  world = await startLinkWorld({ dynamicBudgetMs: 20_000 });
  ({ service, server } = world);
});
afterAll(() => world?.stop());

const noteLink = (more: object = {}) => ({
  template: 'note',
  fixed: { title: 'Hello', accent: '#c81e5a' },
  fields: { title: { max_length: 12 } },
  ...more,
});
async function makeLink(more: object = {}) {
  const answer = await server.api('/v1/links', { body: noteLink(more) });
  expect(answer.status).toBe(201);
  return answer.json;
}
const source = (answer: { headers: Record<string, string | undefined> }) =>
  answer.headers['x-cardpress-source'];

it('gives an address for each mail tool', async () => {
  const link = await makeLink({ output: { format: 'jpeg' } });
  expect(link.id).toMatch(/^[a-z2-7]{16}$/);
  expect(link.url).toBe(`${server.url}/l/${link.id}.jpg`);
  expect(link.merge_tags).toEqual({
    mailchimp: `${link.url}?title=*|URL:TITLE|*`,
    klaviyo: `${link.url}?title={{ person|lookup:'title'|default:''|urlencode }}`,
    hubspot: `${link.url}?title={{ contact.title }}`,
    sendgrid: `${link.url}?title={{title}}`,
    brevo: `${link.url}?title={{ contact.TITLE }}`,
  });
  const read = await server.api(`/v1/links/${link.id}`);
  expect(read.json).toEqual({ ...link, images: 0 });
});

it('draws each value once and shows the picture without values for what is missing', async () => {
  const { url, id } = await makeLink();
  const generic = await server.api(url);
  expect([generic.status, generic.headers['content-type']]).toEqual([200, 'image/png']);
  expect(generic.headers['cache-control']).toContain('immutable');
  const ada = await server.api(`${url}?title=Ada&utm_source=news`);
  expect(source(ada)).toBe('rendered');
  expect(ada.bytes.equals(generic.bytes)).toBe(false);
  expect(source(await server.api(`${url}?utm_medium=mail&title=%41da`))).toBe('stored');

  const missing = [
    '*|FNAME|*',
    '%7B%7B%20first_name%20%7D%7D',
    '%%name%%',
    '%E9',
    '',
    'x'.repeat(13),
  ];
  for (const value of missing) {
    const answer = await server.api(`${url}?title=${value}`);
    expect([value, answer.status, answer.headers.etag]).toEqual([value, 200, generic.headers.etag]);
  }
  expect((await server.api(`/v1/links/${id}`)).json.images).toBe(1);
  expect((await server.api(`${url}?title=Ada`, { method: 'HEAD' })).bytes.length).toBe(0);
});

it('tells its owner of merge tags that nobody filled', async () => {
  const { url, id } = await makeLink();
  const seen = async () => {
    const { json } = await server.api(`/v1/links/${id}`);
    return [json.unfilled_tags, json.last_unfilled_field, json.last_unfilled_at !== null];
  };
  expect(await seen()).toEqual([0, null, false]);
  const values = ['Ada', '', 'x'.repeat(13), '%E9'];
  for (const value of values) await server.api(`${url}?title=${value}`);
  for (const tag of [
    '*|FNAME|*',
    '*%7CURL:FNAME%7C*',
    '{{ contact.firstname }}',
    '%25%25name%25%25',
  ])
    await server.api(`${url}?title=${tag}&utm_source=*|CAMPAIGN|*`);
  await until(async () => (await seen())[0] === 4);
  expect(await seen()).toEqual([4, 'title', true]);
  await server.api(`/v1/links/${id}`, { method: 'DELETE' });
  const redis = service.redis.connect();
  expect(await redis.keys(`cp:link:${id}:*`)).toEqual([`cp:link:${id}:removed`]);
});

it('draws no more pictures than it may, and serves those it has', async () => {
  const { url, id } = await makeLink({ max_images: 2 });
  const generic = await server.api(url);
  expect(source(await server.api(`${url}?title=Cap1`))).toBe('rendered');
  expect(source(await server.api(`${url}?title=Cap2`))).toBe('rendered');
  const drawn = await service.drawn();
  const third = await server.api(`${url}?title=Cap3`);
  expect([third.status, source(third), third.headers['cache-control']]).toEqual([
    200,
    'fallback',
    'public, max-age=60',
  ]);
  expect(third.bytes.equals(generic.bytes)).toBe(true);
  expect(await service.drawn()).toBe(drawn);
  expect(source(await server.api(`${url}?title=Cap1`))).toBe('stored');
  expect((await server.api(`/v1/links/${id}`)).json.images).toBe(2);
  expect(server.fallbacks).toContain('limit_reached');
});

it('lets no more new pictures in within a minute than it may', async () => {
  const { url, id } = await makeLink({ max_per_minute: 3 });
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, at) => server.api(`${url}?title=Rate${at}`)),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(200));
  const { images } = (await server.api(`/v1/links/${id}`)).json;
  // Six where a minute ended in between.
  expect([3, 6]).toContain(images);
  expect(answers.filter((answer) => source(answer) === 'fallback').length).toBe(12 - images);
});

it('shows the picture without values once it has expired', async () => {
  const ends = new Date(Date.now() + 1_500).toISOString();
  const { url } = await makeLink({ expires_at: ends });
  await until(async () => source(await server.api(`${url}?title=Late`)) === 'fallback', 10_000);
  const generic = await server.api(url);
  expect([generic.status, source(generic)]).toEqual([200, 'fallback']);
});

it('refuses a link that could not hold, and names what is wrong', async () => {
  const refused = async (more: object) => {
    const { status, json } = await server.api('/v1/links', { body: noteLink(more) });
    return [status, json.code, json.errors?.map((error: { path: string }) => error.path)];
  };
  const invalid = (path: string) => [422, 'invalid_request', [path]];
  expect(await refused({ fields: { titel: { max_length: 9 } } })).toEqual(invalid('fields.titel'));
  expect(await refused({ fields: { logo: { max_length: 99 } } })).toEqual(invalid('fields.logo'));
  expect(await refused({ fields: {} })).toEqual(invalid('fields'));
  // The title is required: without a tag there would be no picture of this template.
  expect(await refused({ fixed: {} })).toEqual(invalid('fixed.title'));
  expect(await refused({ fixed: { title: 'a', more: 1 } })).toEqual(invalid('fixed.more'));
  expect(await refused({ size: 'huge' })).toEqual(invalid('size'));
  expect(await refused({ expires_at: '2020-01-01T00:00:00Z' })).toEqual(invalid('expires_at'));
  expect(await refused({ max_images: 0 })).toEqual(invalid('max_images'));
  expect((await refused({ template: 'nope' })).slice(0, 2)).toEqual([404, 'template_not_found']);
  expect((await server.api('/v1/links', { body: noteLink(), key: null })).status).toBe(401);
});

it('lists links, newest first, a page at a time', async () => {
  const made = [];
  for (let at = 0; at < 5; at += 1) made.push(await makeLink());
  const first = await server.api('/v1/links?limit=2');
  expect(first.json.items).toEqual([made[4], made[3]]);
  const second = await server.api(`/v1/links?limit=2&cursor=${first.json.next_cursor}`);
  expect(second.json.items).toEqual([made[2], made[1]]);
  const { items, next_cursor } = (await server.api('/v1/links?limit=200')).json;
  expect(items.slice(0, 5).map(({ id }: { id: string }) => id)).toEqual(
    made.map(({ id }) => id).reverse(),
  );
  expect(next_cursor).toBeNull();
  for (const query of ['limit=0', 'limit=201', 'cursor=x', 'more=1']) {
    expect((await server.api(`/v1/links?${query}`)).status).toBe(422);
  }
  expect((await server.api('/v1/links', { key: null })).status).toBe(401);
});

it('answers for a removed link with a card that says nothing of it, in every process', async () => {
  const { id, url } = await makeLink();
  const own = await server.api(`${url}?title=Secret`);
  const other = await startLinkServer(service);
  const there = url.replace(server.url, other.url);
  expect(source(await other.api(`${there}?title=Secret`))).toBe('stored');
  expect((await server.api(`/v1/links/${id}`, { method: 'DELETE', key: null })).status).toBe(401);
  expect((await server.api(`/v1/links/${id}`, { method: 'DELETE' })).status).toBe(204);

  for (const method of ['GET', 'DELETE']) {
    const answer = await server.api(`/v1/links/${id}`, { method });
    expect([answer.status, answer.json.code]).toEqual([404, 'link_not_found']);
  }
  const { items } = (await server.api('/v1/links?limit=200')).json;
  expect(items.map((link: { id: string }) => link.id)).not.toContain(id);
  for (const [at, address] of [
    [server, url],
    [other, there],
  ] as const) {
    await until(async () => source(await at.api(`${address}?title=Secret`)) === 'fallback', 15_000);
    const answer = await at.api(`${address}?title=Another`);
    expect([answer.status, source(answer)]).toEqual([200, 'fallback']);
    expect(answer.headers['cache-control']).toBe('public, max-age=60');
    expect(answer.bytes.equals(own.bytes)).toBe(false);
  }
  await other.stop();
}, 60_000);

it('knows no link that was never made', async () => {
  for (const path of ['/l/aaaaaaaaaaaaaaaa.png', '/l/short.png', '/v1/links/aaaaaaaaaaaaaaaa']) {
    const answer = await server.api(path);
    expect([path, answer.status, answer.json.code]).toEqual([path, 404, 'link_not_found']);
  }
  const { url } = await makeLink();
  expect((await server.api(url.replace('.png', '.gif'))).status).toBe(404);
});
