import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { freePort } from '../../support/service-environment.js';
import { startWordpressWorld, type WordpressWorld } from './wordpress-world.js';

let world: WordpressWorld;

beforeAll(async () => {
  world = await startWordpressWorld();
  expect((await world.putSource()).status).toBe(201);
}, 180_000);
afterAll(() => world?.stop());

beforeEach(() =>
  world.saveSettings({
    url: world.service.url,
    source: 'wordpress',
    secret: world.source.secret,
  }),
);

/** Takes connections and never says a word. */
const silent = createServer((socket) => {
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.resume();
});
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => {
  silent.close();
});

/** That readers have the post, whatever Cardpress makes of it. */
async function expectPublished(post: { status: string; link: string }, title: string) {
  expect(post.status).toBe('publish');
  const { status, ogTitle } = await world.tags(post.link);
  expect([status, ogTitle]).toEqual([200, title]);
}

it('publishes with a wrong secret, says why there is no card, and does not try again', async () => {
  await world.saveSettings({ secret: 'this-is-not-the-secret' });
  const post = await world.insert({ post_title: 'Under a wrong secret' });
  await expectPublished(post, 'Under a wrong secret');
  expect(post.log).toMatch(
    new RegExp(`Cardpress did not take "publish" of post ${post.id}: 403 .*bad_signature`),
  );
  expect((await world.page(post.id)).status).toBe(404);
  expect(await world.retriesPlanned(post.id)).toBe(0);
});

it('takes nothing back for who does not know the secret', async () => {
  const { id } = await world.insert({ post_title: 'Stays where it is' });
  const [picture] = (await world.card(id)).pictures;
  await world.saveSettings({ secret: 'this-is-not-the-secret' });
  await world.update(id, { post_title: 'Another title' });
  await world.act(id, 'wp_trash_post($id);');
  const { status, json } = await world.page(id);
  expect([status, json.pictures[0].canonical_url]).toEqual([200, picture.canonical_url]);
});

it('publishes although Cardpress never answers, and plans to tell it again', async () => {
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  await world.saveSettings({ url: `http://127.0.0.1:${(silent.address() as AddressInfo).port}` });
  // Returns because the plugin gives up; Cardpress never does.
  const post = await world.insert({ post_title: 'Into the silence' });
  expect(sockets).toHaveLength(1);
  expect(post.log).toMatch(/Cardpress did not take "publish" of post \d+: 0 .*timed out/);
  await expectPublished(post, 'Into the silence');
  expect(await world.retriesPlanned(post.id)).toBe(1);
});

it('publishes while Cardpress is away, and tells it what the post is by the time it is back', async () => {
  await world.saveSettings({ url: `http://127.0.0.1:${await freePort()}` });
  const kept = await world.insert({ post_title: 'Published meanwhile' });
  const dropped = await world.insert({ post_title: 'Dropped again' });
  await expectPublished(kept, 'Published meanwhile');
  expect(await world.retriesPlanned(kept.id)).toBe(1);

  await world.retryNow();
  expect(await world.retriesPlanned(kept.id)).toBe(1);

  await world.saveSettings({ url: world.service.url });
  await world.act(dropped.id, 'wp_trash_post($id);');
  expect((await world.page(kept.id)).status).toBe(404);
  await world.retryNow();
  const card = await world.card(kept.id);
  expect(card.page_url).toBe(kept.link);
  expect((await world.page(dropped.id)).status).toBe(404);
  expect(await world.retriesPlanned(kept.id)).toBe(0);
}, 120_000);

it('tells Cardpress once of a post that is saved three times on one page', async () => {
  const { id } = await world.insert({ post_title: 'One', post_status: 'draft' });
  const received = () =>
    world.service.metric('cardpress_http_requests_total', { route: '/v1/hooks/{source}' });
  const before = await received();
  await world.act(
    id,
    `wp_publish_post($id);
     wp_update_post(array('ID' => $id, 'post_title' => 'Two'));
     wp_update_post(array('ID' => $id, 'post_title' => 'Three'));`,
  );
  const card = await world.card(id);
  expect(card.meta_html).toContain('Three');
  expect(await received()).toBe(before + 1);
});

it('draws no complaint from PHP with all notices on', () => {
  expect(world.complaints()).toEqual([]);
});
