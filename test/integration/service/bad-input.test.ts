import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { type AssetServer, startAssetServer } from '../../support/asset-server.js';
import { readPixels } from '../../support/colour-code.js';
import { startService, type TestService } from '../../support/service.js';
import { startTrap } from '../../support/trap-server.js';

let service: TestService;
let pictures: AssetServer;

beforeAll(async () => {
  const blue = sharp({ create: { width: 60, height: 60, channels: 3, background: '#0000ff' } });
  pictures = await startAssetServer(await blue.png().toBuffer());
  service = await startService({ env: { EGRESS_ALLOW: pictures.allow } });
});
afterAll(async () => {
  await service?.stop();
  await pictures?.close();
});

const create = (body: unknown) => service.api('/v1/images', { body });
const note = (data: Record<string, unknown>, more = {}) =>
  create({ template: 'note', data, wait: 30, ...more });
const codes = (json: { warnings: { code: string }[] }) => json.warnings.map((w) => w.code);
const pathsOf = (json: { errors: { path: string }[] }) => json.errors.map((e) => e.path);

/** How many pixels of the headline's place are dark: more ink, more glyphs. */
async function headline(url: string): Promise<number> {
  const { bytes } = await service.api(url);
  const raw = await readPixels(bytes);
  let dark = 0;
  for (let y = 50; y < 170; y += 1) {
    for (let x = 30; x < 470; x += 1) {
      if ((raw.data[(y * raw.width + x) * 4 + 1] ?? 255) < 128) dark += 1;
    }
  }
  return dark;
}

describe('a request that cannot be met', () => {
  it.each([
    [
      'an unknown template',
      { template: 'colour-cod', data: {} },
      404,
      'template_not_found',
      /Did you mean "colour-code"\?/,
    ],
    [
      'an unknown field',
      { template: 'note', data: { title: 'x', titel: 'y' } },
      422,
      'invalid_data',
      /Did you mean "title"\?/,
    ],
    [
      'a missing required field',
      { template: 'note', data: { body: 'x' } },
      422,
      'invalid_data',
      /data\.title/,
    ],
    [
      'a wrong type',
      { template: 'note', data: { title: 'x', count: 'many' } },
      422,
      'invalid_data',
      /data\.count/,
    ],
    [
      'an unknown size',
      { template: 'note', data: { title: 'x' }, size: 'squar' },
      422,
      'invalid_request',
      /Did you mean "square"\? Its sizes are: og, square\./,
    ],
    ['no template at all', { data: {} }, 422, 'invalid_request', /template/],
    [
      'an unknown setting',
      { template: 'note', data: {}, outpt: {} },
      422,
      'invalid_request',
      /outpt/,
    ],
    [
      'a wait that is too long',
      { template: 'note', data: { title: 'x' }, wait: 31 },
      422,
      'invalid_request',
      /0 and 30/,
    ],
  ])('says what is wrong: %s', async (_name, body, status, code, detail) => {
    const answer = await create(body);
    expect(answer.status).toBe(status);
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json).toMatchObject({ status, code });
    expect(answer.json.detail).toMatch(detail);
    expect(answer.json.request_id).toBe(answer.headers['x-request-id']);
  });

  it('names every field that is wrong, not only the first', async () => {
    const { json } = await note({ title: '', count: 'many', nobody: 1 });
    expect(pathsOf(json).sort()).toEqual(['data.count', 'data.nobody', 'data.title']);
  });

  it('says where JSON is broken', async () => {
    const { status, json } = await create('{"template": "note", "data": {"title": }}');
    expect(status).toBe(400);
    expect(json.code).toBe('bad_json');
  });

  it('refuses a title of nearly a megabyte as too long for a text', async () => {
    const { status, json } = await note({ title: 'word '.repeat(200_000) });
    expect(status).toBe(422);
    expect(json.errors).toEqual([
      { path: 'data.title', message: expect.stringMatching(/characters/) },
    ]);
    expect(JSON.stringify(json).length).toBeLessThan(1_000);
  });

  it('refuses a title of a megabyte without reading it to the end', async () => {
    const { status, json } = await note({ title: 'x'.repeat(1024 * 1024 + 1) });
    expect(status).toBe(413);
    expect(json.code).toBe('body_too_large');
  });

  it.each([
    ['no key', null],
    ['a wrong key', 'a-key-that-nobody-gave-out'],
    ['a key with the right start', 'the-key-of-the-service-under-tes'],
  ])('is refused with %s', async (_name, key) => {
    for (const path of ['/v1/images', '/v1/templates']) {
      const { status, json, headers } = await service.api(path, { key });
      expect(status).toBe(401);
      expect(json.code).toBe('unauthorized');
      expect(headers['www-authenticate']).toMatch(/^Bearer/);
    }
  });

  it('draws nothing', async () => {
    expect(await service.drawn()).toBe(0);
    expect((await service.api('/v1/images')).json.items).toEqual([]);
  });
});

describe('data as people write it', () => {
  it('shortens a title of many pages, with a warning', async () => {
    const { status, json } = await note({ title: 'word '.repeat(1_900) });
    expect(status).toBe(201);
    expect(codes(json)).toContain('truncated');
    expect(await headline(json.url)).toBeGreaterThan(1_000);
  });

  it.each([
    ['only emoji', '🎉🚀👩‍👩‍👧‍👦🇫🇷'],
    ['Arabic', 'الصور التي تصنعها القوالب'],
    ['Chinese', '用模板生成图片的服务'],
    ['Hindi', 'टेम्पलेट से बने चित्र'],
  ])('draws a title of %s with real glyphs', async (_name, title) => {
    const { status, json } = await note({ title });
    expect(status).toBe(201);
    expect(codes(json)).not.toContain('glyph_missing');
    expect(codes(json)).not.toContain('text_clipped');
    // As many boxes as characters would have other pixels; no text at all would have none.
    const boxes = await note({ title: '\u0378'.repeat(4) });
    expect(codes(boxes.json)).toContain('glyph_missing');
    expect(await headline(json.url)).toBeGreaterThan(50);
  });

  it('starts Arabic at the right', async () => {
    const { json } = await note({ title: 'مرحبا' });
    const raw = await readPixels((await service.api(json.url)).bytes);
    const columns = Array.from({ length: 440 }, (_, i) => i + 30).filter((x) =>
      Array.from({ length: 100 }, (_, i) => i + 50).some(
        (y) => (raw.data[(y * raw.width + x) * 4 + 1] ?? 255) < 128,
      ),
    );
    expect(Math.max(...columns)).toBeGreaterThan(440);
    expect(Math.min(...columns)).toBeGreaterThan(250);
  });

  it('reads HTML in a field as the text that it stands for, and shows the rest as text', async () => {
    const trap = await startTrap();
    const picture = `<img src="http://127.0.0.1:${trap.port}/x" onerror="alert(1)">`;
    const titleOf = async (id: string) =>
      (await service.api(`/v1/images/${id}/trace`)).json.data.fields.title;
    const { json } = await note({ title: `${picture}<b>x</b>` });
    expect(json.status).toBe('completed');
    expect(await titleOf(json.id)).toBe('x');
    expect(codes(json)).toContain('html_in_text');

    const unclosed = `${picture.slice(0, -1)} 1 < 2 & x`;
    const shown = await note({ title: unclosed });
    expect(await titleOf(shown.json.id)).toBe(unclosed);
    // All those characters are drawn; as markup there would be one letter.
    expect(await headline(shown.json.url)).toBeGreaterThan((await headline(json.url)) * 5);
    expect(trap.connections).toBe(0);
    await trap.close();
  });

  it("shows the field's own picture where one cannot be fetched, and says why", async () => {
    const good = await note({ title: 'Logo', logo: pictures.url() });
    expect(good.json.warnings).toEqual([]);
    const missing = await note({ title: 'Logo', logo: pictures.url('/missing.png') });
    expect(missing.status).toBe(201);
    expect(missing.json.warnings).toMatchObject([
      {
        code: 'picture_failed',
        field: 'logo',
        severity: 'error',
        message: expect.stringMatching(/404/),
      },
    ]);
    const at = async (url: string) =>
      (await readPixels((await service.api(url)).bytes)).at(540, 80);
    expect(await at(good.json.url)).toBe('#0000ff');
    expect(await at(missing.json.url)).toBe('#00aa55');
  });

  it('does not fetch a picture from inside the network', async () => {
    const trap = await startTrap();
    const { status, json } = await note({
      title: 'x',
      logo: `http://127.0.0.1:${trap.port}/x.png`,
    });
    expect(status).toBe(201);
    expect(codes(json)).toEqual(['picture_failed']);
    expect(trap.connections).toBe(0);
    await trap.close();
  });

  it('says in on_missing: reject what it would have mended', async () => {
    const { status, json } = await note(
      { title: 'x', logo: 'not an address' },
      { on_missing: 'reject' },
    );
    expect(status).toBe(422);
    expect(pathsOf(json)).toEqual(['data.logo']);
  });
});

describe('the log', () => {
  const CANARY = 'canary7f3a91';

  it('holds nothing of the data, whatever becomes of it', async () => {
    const secret = `${CANARY} Jane Doe`;
    await note({
      title: secret,
      body: secret,
      logo: `http://${CANARY}.invalid/${CANARY}.png?${CANARY}`,
    });
    await note({ title: secret, logo: pictures.url(`/missing-${CANARY}.png`) });
    await note({ title: secret, logo: `data:image/png;base64,${CANARY}` });
    await note({ title: secret, count: CANARY });
    await note({ title: secret, [CANARY]: 'x' });
    await note({ title: secret }, { size: CANARY });
    await note({ title: secret }, { metadata: { order: CANARY } });
    await create({ template: CANARY, data: { title: secret } });
    await create(`{"template": "note", "data": "${CANARY}`);
    await service.api('/v1/templates/note/preview', { body: { data: { title: secret } } });
    await service.api('/v1/generate', { body: { design_id: 'note', layers: { title: secret } } });
    await service.api(`/v1/images?template=${CANARY}`);
    await service.api('/v1/images', { key: CANARY });
    await service.idle();
    // The control: all of that was logged.
    expect(service.log.filter((line) => line.route === '/v1/images').length).toBeGreaterThan(10);
    expect(service.log.filter((line) => JSON.stringify(line).includes(CANARY))).toEqual([]);
  });
});
