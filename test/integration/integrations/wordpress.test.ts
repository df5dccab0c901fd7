import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { until } from '../../support/until.js';
import { PLUGIN, startWordpressWorld, type WordpressWorld } from './wordpress-world.js';

let world: WordpressWorld;

beforeAll(async () => {
  world = await startWordpressWorld();
  expect((await world.putSource()).status).toBe(201);
  await world.saveSettings({
    url: `${world.service.url}/`,
    source: 'wordpress',
    secret: world.source.secret,
  });
}, 180_000);
afterAll(() => world?.stop());

const phpFiles = readdirSync(PLUGIN, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.php'),
);

it.each(phpFiles)('%s is PHP', (name) => {
  const { stdout, stderr } = spawnSync('php', ['-l', join(PLUGIN, name)], { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(/^No syntax errors detected/);
});

describe('the settings page', () => {
  it('keeps what is filled in, and never shows the secret', async () => {
    const page = await world.settingsPage();
    expect(page).toContain(`value="${world.service.url}"`);
    expect(page).not.toContain(world.source.secret);
    expect(page).toContain('kept; fill in to change it');
  });

  it('leaves the secret as it is when its field stays empty', async () => {
    await world.saveSettings({ url: world.service.url });
    const { value } = await world.wordpress.run(`return get_option('cardpress_secret');`);
    expect(value).toBe(world.source.secret);
  });
});

describe('a post that is published', () => {
  it.each([
    ['A plain title', 'A plain title'],
    ['She said "yes" & left <em>early</em>', 'She said “yes” & left early'],
    ["It's 5 < 6 or 7 > 3, 100%", 'It’s 5 < 6 or 7 > 3, 100%'],
    ['Rockets 🚀 and families 👩‍👩‍👧', 'Rockets 🚀 and families 👩‍👩‍👧'],
    ['مرحبا بالعالم: كيف تنشر مقالاً؟', 'مرحبا بالعالم: كيف تنشر مقالاً؟'],
  ])('has its card, and the tags that lead there: %s', async (given, shown) => {
    const post = await world.insert({ post_title: given, post_content: 'The first words.' });
    const card = await world.card(post.id);
    expect(card.page_url).toBe(post.link);
    expect(card.meta_html).toContain(escaped(shown));

    const tags = await world.tags(post.link);
    const image = tags.ogImage?.[0];
    expect(tags.ogImage).toHaveLength(1);
    expect(image?.url).toMatch(new RegExp(`^${world.service.url}/p/wordpress/${post.id}\\.png\\?`));
    expect(tags).toMatchObject({
      status: 200,
      ogTitle: shown,
      ogUrl: post.link,
      ogDescription: 'The first words.',
      twitterCard: 'summary_large_image',
      twitterImage: [{ url: image?.url }],
    });
    expect(image).toMatchObject({ width: '1200', height: '630', type: 'image/png', alt: shown });

    const picture = await world.open(image?.url ?? '');
    expect([picture.status, picture.headers['x-cardpress-source']]).toEqual([200, 'stored']);
    expect(picture.headers['content-type']).toBe(image?.type);
    expect(await sharp(picture.bytes).metadata()).toMatchObject({ width: 1200, height: 630 });
    const canonical = await world.open(card.pictures[0].canonical_url);
    expect(canonical.bytes.equals(picture.bytes)).toBe(true);
  });

  it('shows its featured picture, which is set after the post is saved', async () => {
    const create = { width: 1200, height: 800, channels: 3 as const, background: '#d01020' };
    const picture = await world.upload('cover.png', await sharp({ create }).png().toBuffer());
    const { id } = await world.insert({
      post_title: 'With a featured picture',
      meta_input: { _thumbnail_id: picture },
    });
    const [card] = (await world.card(id)).pictures;
    expect(card.warnings).toEqual([]);
    expect(world.wordpress.webLog()).toMatch(/\[200\]: GET \/wp-content\/uploads\/\S*cover\.png/);
    const { channels } = await sharp((await world.open(card.canonical_url)).bytes).stats();
    const [red, , blue] = channels.map(({ mean }) => mean);
    expect((red ?? 0) - (blue ?? 0)).toBeGreaterThan(30);
  });

  it('is unknown to Cardpress as long as it is a draft', async () => {
    const { id } = await world.insert({ post_title: 'Not ready', post_status: 'draft' });
    await world.update(id, { post_title: 'Almost ready' });
    expect((await world.page(id)).status).toBe(404);
    await world.act(id, 'wp_publish_post($id);');
    expect((await world.card(id)).meta_html).toContain('Almost ready');
  });

  it('says nothing of its text when it is behind a password', async () => {
    const { link } = await world.insert({
      post_title: 'For members',
      post_content: 'The hidden words.',
      post_password: 'sesame',
    });
    const { ogTitle, ogDescription } = await world.tags(link);
    expect([ogTitle, ogDescription]).toEqual(['Protected: For members', undefined]);
  });
});

describe('a post that is changed', () => {
  it('gets a new picture under a new address, and the old address keeps the old one', async () => {
    const { id, link } = await world.insert({ post_title: 'The first title' });
    const [first] = (await world.card(id)).pictures;
    const before = await world.open(first.canonical_url);

    await world.update(id, { post_title: 'A second title' });
    const second = await until(async () => {
      const [picture] = (await world.card(id)).pictures;
      return picture.canonical_url !== first.canonical_url && picture;
    }, 30_000);
    const after = await world.open(second.canonical_url);
    expect(after.bytes.equals(before.bytes)).toBe(false);
    for (const old of [first.canonical_url, first.versioned_url]) {
      const answer = await world.open(old);
      expect([answer.status, answer.bytes.equals(before.bytes)]).toEqual([200, true]);
    }
    const [image] = (await world.tags(link)).ogImage ?? [];
    expect(image?.alt).toBe('A second title');
    expect((await world.open(image?.url ?? '')).bytes.equals(after.bytes)).toBe(true);
  });

  it('keeps its picture when nothing has changed that the picture shows', async () => {
    const { id } = await world.insert({ post_title: 'Stays the same', post_content: 'One.' });
    const [first] = (await world.card(id)).pictures;
    const drawn = await world.service.drawn();
    const { updated_at: before } = (await world.page(id)).json;
    await world.update(id, { post_content: 'Two.', post_name: 'another-address' });
    const page = await until(async () => {
      const { json } = await world.page(id);
      return json.updated_at !== before && json;
    }, 30_000);
    expect(page.page_url).toContain('another-address');
    expect(page.pictures[0].canonical_url).toBe(first.canonical_url);
    await world.service.idle();
    expect(await world.service.drawn()).toBe(drawn);
  });
});

describe('a post that is taken back', () => {
  it.each([
    ['made a draft again', `wp_update_post(array('ID' => $id, 'post_status' => 'draft'));`],
    ['made private', `wp_update_post(array('ID' => $id, 'post_status' => 'private'));`],
    ['moved to the trash', 'wp_trash_post($id);'],
    ['deleted', 'wp_delete_post($id, true);'],
  ])('has no page any more once it is %s', async (how, code) => {
    const { id, link } = await world.insert({ post_title: `Soon ${how}` });
    const card = await world.card(id);
    await world.act(id, code);
    await until(async () => (await world.page(id)).status === 404, 30_000);
    expect((await world.tags(link)).ogImage).toBeUndefined();
    const picture = await world.open(card.url);
    expect([picture.status, picture.headers['x-cardpress-source']]).toEqual([200, 'fallback']);
    expect((await world.open(card.pictures[0].canonical_url)).status).toBe(200);
  });

  it('has it again when it comes back', async () => {
    const { id } = await world.insert({ post_title: 'There and back' });
    const [first] = (await world.card(id)).pictures;
    await world.act(id, 'wp_trash_post($id);');
    await until(async () => (await world.page(id)).status === 404, 30_000);
    await world.act(id, 'wp_untrash_post($id); wp_publish_post($id);');
    const [again] = (await world.card(id)).pictures;
    expect(again.canonical_url).toBe(first.canonical_url);
  });
});

it('draws no complaint from PHP with all notices on', () => {
  expect(world.complaints()).toEqual([]);
});

/** As an attribute of HTML holds it. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
