import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LinkWorld, startLinkWorld } from '../../support/link-server.js';

/*
 * The spellings of one signed address that docs/signed-urls.md names: each of them gets the picture,
 * under one id, from one drawing.
 */

let world: LinkWorld;

beforeAll(async () => {
  world = await startLinkWorld({ dynamicBudgetMs: 20_000 });
});
afterAll(() => world?.stop());

const DATA = { title: "It's (so) ~fine~, Zoë & co. 100%", accent: '#c81e5a' };

const parts = (url: string) => {
  const [base = '', query = ''] = url.split('?');
  return { base, pairs: query.split('&') };
};
const everyCharacter = (text: string) =>
  [...Buffer.from(decodeURIComponent(text))]
    .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
    .join('');
const eachValue = (url: string, change: (value: string) => string) => {
  const { base, pairs } = parts(url);
  const changed = pairs.map((pair) => {
    const [name = '', value = ''] = pair.split('=');
    return `${name}=${change(value)}`;
  });
  return `${base}?${changed.join('&')}`;
};

const spellings: Record<string, (url: string) => string> = {
  'in another order': (url) => `${parts(url).base}?${parts(url).pairs.reverse().join('&')}`,
  'with + for a space': (url) => url.replaceAll('%20', '+'),
  'with lower-case hex digits': (url) =>
    url.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
  'with fewer escapes': (url) =>
    ["'", '(', ')', ',', ':', '/'].reduce(
      (whole, sign) => whole.replaceAll(`%${sign.charCodeAt(0).toString(16).toUpperCase()}`, sign),
      url,
    ),
  'with more escapes': (url) => eachValue(url, everyCharacter),
  'with an escaped name': (url) => url.replace('title=', '%74itl%65='),
  'with an escaped path': (url) => url.replace('/i/note.png', '/i/n%6Fte%2Epng'),
  'with empty parts between two &': (url) => `${parts(url).base}?&${parts(url).pairs.join('&&')}&`,
  'with no = after an empty value': (url) => url.replace('body=&', 'body&'),
  'with &amp; for &': (url) => url.replaceAll('&', '&amp;'),
  'with &amp;amp; for &': (url) => url.replaceAll('&', '&amp;amp;'),
};

async function sign(data: object): Promise<string> {
  const answer = await world.server.api('/v1/urls', {
    body: { template: 'note', data: { ...data, body: '' }, size: 'square' },
  });
  expect(answer.status).toBe(200);
  return answer.json.url as string;
}

describe('a signed address', () => {
  it('is drawn once, when all of its spellings are asked for at the same time', async () => {
    const { server, service } = world;
    const url = await sign(DATA);
    const drawn = await service.drawn();
    const all = Object.entries(spellings).map(([name, spell]) => ({ name, url: spell(url) }));
    for (const one of all) expect([one.name, one.url]).not.toEqual([one.name, url]);
    const answers = await Promise.all(all.map((one) => server.api(one.url)));
    const canonical = await server.api(url);
    expect(canonical.headers['x-cardpress-source']).toBe('stored');
    answers.forEach((answer, at) => {
      const { name } = all[at] as { name: string };
      expect([name, answer.status, answer.headers['cache-control']]).toEqual([
        ...[name, 200],
        'public, max-age=31536000, immutable',
      ]);
      expect([name, answer.headers.etag]).toEqual([name, canonical.headers.etag]);
    });
    expect((await service.drawn()) - drawn).toBe(1);
    const { json } = await service.api('/v1/images?template=note&limit=100');
    expect(json.items).toHaveLength(1);
  });

  it.each([
    ['a name twice', (url: string) => `${url}&title=x`],
    ['a name twice, once with &amp;', (url: string) => `${url}&amp;title=x`],
    ['a broken escape', (url: string) => url.replace('100%25', '100%')],
    ['bytes that are no UTF-8', (url: string) => url.replace('%C3%AB', '%EB')],
    ['another parameter', (url: string) => `${url}&utm_source=mail`],
    ['another case of a name', (url: string) => url.replace('title=', 'Title=')],
  ])('is refused with %s', async (_name, spell) => {
    const url = spell(await sign(DATA));
    expect((await world.server.api(url)).status).toBe(403);
  });
});
