import { createHmac } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { STRAPI_TOKEN, strapiRequest } from '../../support/strapi/strapi-request.js';
import { until } from '../../support/until.js';
import { type HookWorld, startHookWorld } from './hook-world.js';

const GHOST_SECRET = 'the-secret-of-the-ghost';
const MEGABYTE = 1024 * 1024;

let world: HookWorld;

beforeAll(async () => {
  world = await startHookWorld();
  await world.source('articles', {
    kind: 'strapi',
    secret: STRAPI_TOKEN,
    signature: { scheme: 'token', header: 'X-OG-Token' },
    template: 'note',
    page: 'articles/{{entry.documentId}}',
    map: { title: '{{entry.title}}', body: '{{entry.summary}}' },
  });
  await world.source('ghost', {
    kind: 'ghost',
    secret: GHOST_SECRET,
    template: 'note',
    page: '{{post.current.slug}}',
    map: { title: '{{post.current.title}}', body: '{{plain post.current.html}}' },
  });
}, 120_000);

afterAll(() => world.stop());

const sendStrapi = (which: Parameters<typeof strapiRequest>[0], changes?: (b: Body) => Body) => {
  const { body, headers } = strapiRequest(which);
  const text = body.toString();
  return world.hook(
    'articles',
    changes ? JSON.stringify(changes(JSON.parse(text) as Body)) : text,
    headers,
  );
};
// biome-ignore lint/suspicious/noExplicitAny: a body of a CMS, of which a test changes a part
type Body = any;

const signGhost = (body: string, atMs = Date.now()) => ({
  'x-ghost-signature': `sha256=${createHmac('sha256', GHOST_SECRET).update(`${body}${atMs}`).digest('hex')}, t=${atMs}`,
});

function sendGhost(post: unknown, atMs?: number) {
  const body = JSON.stringify({ post });
  return world.hook('ghost', body, signGhost(body, atMs));
}

/** The page's picture, once it is drawn. */
const pictureOf = (key: string) =>
  until(async () => (await world.page(key))?.images[0].current, 60_000);

const isGone = (key: string) =>
  world.api(`/v1/pages/${key}`).then(({ json }) => json.code === 'page_not_found');

describe('what Strapi sends for one article', () => {
  const key = 'articles/g1wt31oavjznol810lk2azlq';

  it('draws once when it is published, though it is told twice and once more', async () => {
    const before = await world.service.drawn();
    expect((await sendStrapi('create')).json).toMatchObject({ action: 'ignore' });
    const [update, publish] = await Promise.all([sendStrapi('update'), sendStrapi('publish')]);
    expect(update).toMatchObject({ status: 202, json: { action: 'ignore' } });
    expect(publish).toMatchObject({
      status: 202,
      json: { action: 'publish', event: 'entry.publish', page: key },
    });
    const picture = await pictureOf(key);
    const page = await world.page(key);
    expect(page?.content.data).toEqual({
      title: 'Hello World: 10 tips & tricks — 😀',
      body: 'A short summary',
    });
    const stored = await world.service.storage.store.get(picture.objectKey);
    expect(stored?.body.subarray(1, 4).toString()).toBe('PNG');

    expect((await sendStrapi('publish')).status).toBe(202);
    await world.service.idle();
    expect((await world.service.drawn()) - before).toBe(1);
  }, 120_000);

  it('takes the page back, and hears nothing that is older any more', async () => {
    expect((await sendStrapi('unpublish')).json).toMatchObject({ action: 'unpublish', page: key });
    expect(await isGone(key)).toBe(true);
    expect((await sendStrapi('publish')).json).toMatchObject({ action: 'ignore', page: key });
    expect(await isGone(key)).toBe(true);
    // Taken back twice is taken back.
    expect((await sendStrapi('unpublish')).status).toBe(202);
  });

  it('draws once for many at the same time, where a type has no drafts', async () => {
    const before = await world.service.drawn();
    const withoutDrafts = (body: Body) => {
      const { publishedAt: _gone, ...entry } = body.entry;
      return { ...body, entry: { ...entry, documentId: 'plain', title: 'Without drafts' } };
    };
    const answers = await Promise.all(
      (['create', 'update', 'publish', 'update', 'publish'] as const).map((which) =>
        sendStrapi(which, withoutDrafts),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    await pictureOf('articles/plain');
    await world.service.idle();
    expect((await world.service.drawn()) - before).toBe(1);
  }, 120_000);
});

describe('what Ghost sends', () => {
  const current = {
    id: 'g1',
    slug: 'first-name',
    title: 'Hello',
    html: '<p>One &amp; two</p>',
    status: 'published',
  };

  it('publishes, changes, and takes back the page under which it was published last', async () => {
    expect((await sendGhost({ current, previous: { status: 'draft' } })).json).toEqual({
      action: 'publish',
      event: 'post.published',
      page: 'first-name',
    });
    const first = await pictureOf('first-name');
    expect((await world.page('first-name'))?.content.data).toEqual({
      title: 'Hello',
      body: 'One & two',
    });
    await sendGhost({ current: { ...current, title: 'Changed' }, previous: { title: 'Hello' } });
    await until(async () => (await pictureOf('first-name')).imageId !== first.imageId, 60_000);

    // Of a deleted post Ghost may tell no slug at all.
    const answer = await sendGhost({ current: {}, previous: { id: 'g1' } });
    expect(answer.json).toMatchObject({ action: 'unpublish', page: 'first-name' });
    expect(await isGone('first-name')).toBe(true);
  }, 120_000);
});

describe('a generic source that signs no time', () => {
  const secret = 'the-secret-of-the-shop';
  const put = (name: string, more: Record<string, unknown> = {}) =>
    world.source(name, {
      kind: 'generic',
      secret,
      signature: { scheme: 'hmac', header: 'X-Shop-Signature' },
      template: 'note',
      page: 'shop/{{slug}}',
      map: { title: '{{title}}' },
      ...more,
    });
  const sign = (body: string) => ({
    'x-shop-signature': createHmac('sha256', secret).update(body).digest('hex'),
  });
  const send = (name: string, content: Record<string, unknown>) => {
    const body = JSON.stringify(content);
    return world.hook(name, body, sign(body));
  };

  it('has no effect a second time, whoever sends it again, and through all processes', async () => {
    await put('shop');
    const lamp = { slug: 'lamp', title: 'Lamp' };
    const answers = await Promise.all([1, 2, 3].map(() => send('shop', lamp)));
    expect(answers.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(answers.map(({ json }) => json.action).sort()).toEqual(['ignore', 'ignore', 'update']);
    const ignored = answers.find(({ json }) => json.action === 'ignore')?.json;
    expect(ignored).toEqual({
      action: 'ignore',
      event: 'update',
      reason: expect.stringMatching(/taken already.*time of the change/),
    });

    // Old content stays old, and what was taken back stays away.
    await send('shop', { ...lamp, title: 'Lamp, new' });
    expect((await send('shop', lamp)).json.action).toBe('ignore');
    await until(async () => (await world.page('shop/lamp'))?.content.data.title === 'Lamp, new');
    await world.api('/v1/pages/shop/lamp', { method: 'DELETE' });
    expect((await send('shop', lamp)).json.action).toBe('ignore');
    expect(await isGone('shop/lamp')).toBe(true);
  });

  it('is taken once more after its source was changed, and after a failure', async () => {
    await put('store', { page: '{{slug}}' });
    const chair = { slug: 'chair', title: 'Chair' };
    expect((await send('store', chair)).json.action).toBe('update');
    await put('store', { page: '{{slug}}', map: { title: 'New: {{title}}' } });
    expect((await send('store', chair)).json.action).toBe('update');
    const nameless = { title: 'No slug' };
    for (let i = 0; i < 2; i += 1) {
      expect(await send('store', nameless)).toMatchObject({ status: 422 });
    }
  });

  it('with a token tells everything twice and is heard once', async () => {
    await put('tokens', { signature: { scheme: 'token', header: 'X-Token' } });
    const once = () => world.hook('tokens', '{"slug":"t","title":"T"}', { 'x-token': secret });
    expect((await once()).json.action).toBe('update');
    expect((await once()).json.action).toBe('ignore');
  });
});

describe('what a stranger hears', () => {
  it('is the same for every source, also for one that does not exist', async () => {
    await world.source('hidden', {
      kind: 'generic',
      secret: 'the-secret-of-the-hidden',
      signature: { scheme: 'hmac', header: 'X-Very-Own-Header' },
      template: 'note',
      page: 'secret-page/{{slug}}',
      map: { title: '{{title}}' },
    });
    const mac = 'a'.repeat(64);
    const attempts: Record<string, string>[] = [
      {},
      { 'x-ghost-signature': 'nonsense' },
      { 'x-ghost-signature': `sha256=${mac}, t=${Date.now()}` },
      { 'x-very-own-header': mac },
      { authorization: 'Bearer guess' },
      { 'sanity-webhook-signature': `t=${Date.now()},v1=${mac}` },
    ];
    for (const body of ['{"slug":"x"}', '{', '']) {
      for (const headers of attempts) {
        const heard = await Promise.all(
          ['ghost', 'articles', 'hidden', 'not-there'].map(async (name) => {
            const { status, json } = await world.hook(name, body, headers);
            const { request_id: _id, ...rest } = json;
            return JSON.stringify({ status, ...rest });
          }),
        );
        expect(new Set(heard).size).toBe(1);
        expect(heard[0]).toMatch(/"code":"(sender_unverified|bad_signature)"/);
        expect(heard[0]).not.toMatch(/\bnote\b|secret-page|very-own|hidden|slug/i);
      }
    }
  });

  it('is told to the log, with the source and the reason', () => {
    const lines = JSON.stringify(world.service.log);
    expect(lines).toContain('a hook was refused');
    expect(lines).toContain('There is no source with this name');
    expect(lines).toMatch(/has no \\+"X-Very-Own-Header\\+" header/);
  });
});

describe('what changes nothing', () => {
  const post = { current: { id: 'x', slug: 'never', title: 'No', status: 'published' } };
  const body = JSON.stringify({ post });

  async function refused(send: () => Promise<{ status: number; json: Body }>) {
    const before = await world.kept();
    const { status, json } = await send();
    expect(await world.kept()).toEqual(before);
    expect(await isGone('never')).toBe(true);
    return { status, code: json.code, title: json.title, detail: json.detail };
  }

  it('is a wrong signature, none, or one of an hour ago', async () => {
    const other = body.replace('No', 'Yes');
    expect(await refused(() => world.hook('ghost', other, signGhost(body)))).toMatchObject({
      status: 403,
      code: 'bad_signature',
    });
    expect(await refused(() => world.hook('ghost', body))).toMatchObject({
      status: 401,
      code: 'sender_unverified',
      // No API key would have helped.
      title: 'The sender could not be verified',
      detail: expect.stringContaining('X-Ghost-Signature'),
    });
    const { headers } = await world.hook('ghost', body);
    expect(headers['www-authenticate']).toBe('Signature realm="cardpress hooks"');
    expect(await refused(() => sendGhost(post, Date.now() - 3_600_000))).toMatchObject({
      status: 401,
      code: 'sender_unverified',
      detail: expect.stringContaining('3600 seconds ago'),
    });
    expect(
      await refused(() => world.hook('articles', body, { 'x-og-token': 'another' })),
    ).toMatchObject({ status: 403, code: 'bad_signature' });
  });

  it('is an unknown source, a body that is no JSON object, or one without a page', async () => {
    expect(await refused(() => world.hook('unknown', body, signGhost(body)))).toMatchObject({
      status: 403,
      code: 'bad_signature',
    });
    for (const text of ['{"post":', '[]', '']) {
      expect(await refused(() => world.hook('ghost', text, signGhost(text)))).toMatchObject({
        status: 400,
        code: 'bad_json',
      });
    }
    const nameless = { current: { id: 'x', title: 'No', status: 'published' } };
    expect(await refused(() => sendGhost(nameless))).toMatchObject({
      status: 422,
      code: 'invalid_data',
    });
    const unfit = { current: { ...post.current, slug: 'not a key' } };
    expect(await refused(() => sendGhost(unfit))).toMatchObject({ status: 422 });
  });

  it('is a body of 5 MB, whether its length is told or not, and one that is compressed', async () => {
    const large = JSON.stringify({ post: { ...post, html: 'x'.repeat(5 * MEGABYTE) } });
    expect(await refused(() => world.hook('ghost', large, signGhost(large)))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
    const inChunks = () =>
      new Promise<{ status: number; json: Body }>((resolve, reject) => {
        const req = request(`${world.url}/v1/hooks/ghost`, {
          method: 'POST',
          agent: false,
          headers: { 'transfer-encoding': 'chunked', ...signGhost(large) },
        });
        req.on('error', reject);
        req.on('response', (res) => {
          let text = '';
          res.on('data', (chunk: Buffer) => {
            text += chunk.toString();
          });
          res.on('end', () => resolve({ status: res.statusCode ?? 0, json: JSON.parse(text) }));
        });
        req.end(large);
      });
    expect(await refused(inChunks)).toMatchObject({ status: 413, code: 'body_too_large' });
    expect(
      await refused(() =>
        world.hook('ghost', body, { ...signGhost(body), 'content-encoding': 'gzip' }),
      ),
    ).toMatchObject({ status: 415 });
  });
});
