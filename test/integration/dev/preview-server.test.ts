import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../../src/config/settings.js';
import type {
  DrawAnswer,
  TemplateDetails,
  TemplateListing,
} from '../../../src/dev/preview-service.js';
import { type LivePreview, startPreview } from '../../../src/dev/start-preview.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { chromiumPath } from '../../support/chromium-path.js';
import { readPixels } from '../../support/colour-code.js';
import {
  type Files,
  manifestJson,
  templateFiles,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';

const [GREEN, BLUE] = ['#00aa00', '#0000aa'];

const cardFiles = (more: Files = {}) =>
  templateFiles({
    'template.json': JSON.stringify(
      manifestJson({
        name: 'Card',
        sizes: { small: [160, 90], high: [90, 160] },
        default_size: 'small',
        fields: {
          title: { type: 'text', label: 'Title', required: true },
          theme: { type: 'choice', label: 'Theme', choices: ['light', 'dark'], default: 'dark' },
        },
      }),
    ),
    'template.hbs': '<p class="{{theme}}"\n  data-field="title">{{title}}</p>\n',
    'style.css': `body { background: ${GREEN} } p { margin: 40px 20px; color: #fff }`,
    'ugly/long.json': '{ "title": "Much too long a title for so small a card, and then some" }',
    ...more,
  });

const observers = () => ({ logger: createLogger('silent'), metrics: createMetrics() });
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let preview: LivePreview;
let base: string;

const settingsFor = async (folder: string) =>
  loadSettings({
    CHROMIUM_PATH: await chromiumPath(),
    TEMPLATES_DIR: folder,
    RENDER_CONCURRENCY: '1',
  });

beforeAll(async () => {
  directory = await temporaryDirectory();
  await writeFiles(join(directory.path, 'card'), cardFiles());
  preview = await startPreview(await settingsFor(directory.path), 0, observers());
  base = `http://127.0.0.1:${preview.port}`;
});
afterAll(async () => {
  await preview?.stop();
  await directory?.remove();
});

const save = (files: Files, template = 'card') => writeFiles(join(directory.path, template), files);

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const answer = await fetch(
    base + path,
    body === undefined
      ? {}
      : {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(body),
        },
  );
  return (await answer.json()) as T;
}

const draw = (more: object = {}) =>
  ask<DrawAnswer>('/api/draw', {
    template: 'card',
    size: 'small',
    scale: 1,
    data: { title: 'Hello' },
    ...more,
  });

async function pixelsOf({ picture }: DrawAnswer) {
  const answer = await fetch(base + picture.address);
  expect(answer.headers.get('content-type')).toBe('image/png');
  return readPixels(Buffer.from(await answer.arrayBuffer()));
}

/** The stream of changes, one event after the other. */
async function openEvents() {
  const stop = new AbortController();
  const response = await fetch(`${base}/api/events`, { signal: stop.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) throw new Error('There is no stream.');
  let rest = '';
  const next = async (): Promise<{ event: string; data: { templates?: string[] } } | undefined> => {
    for (;;) {
      const found = /^event: (\w+)\ndata: (.*)\n\n/.exec(rest);
      if (found) {
        rest = rest.slice(found[0].length);
        return { event: found[1] ?? '', data: JSON.parse(found[2] ?? '{}') };
      }
      const { value, done } = await reader.read();
      if (done) return undefined;
      rest += value;
    }
  };
  expect((await next())?.event).toBe('hello');
  /** What `look` sees, looked for again at each change until it is right: saving takes several steps. */
  const until = async <T>(look: () => Promise<T>, isRight: (seen: T) => boolean): Promise<T> => {
    for (;;) {
      const seen = await look();
      if (isRight(seen)) return seen;
      expect((await next())?.event).toBe('change');
    }
  };
  return { next, until, close: () => stop.abort() };
}

const details = (id = 'card') => ask<TemplateDetails>(`/api/templates/${id}`);

describe('the live preview', () => {
  it('lists the templates and tells all that the page needs of one', async () => {
    expect(await ask<TemplateListing>('/api/templates')).toEqual({
      templates: [{ id: 'card', name: 'Card', problems: 0 }],
      general: [],
    });
    expect(await details()).toMatchObject({
      ready: true,
      sizes: [
        { name: 'small', widthPx: 160, heightPx: 90 },
        { name: 'high', widthPx: 90, heightPx: 160 },
      ],
      defaultSize: 'small',
      themes: ['dark', 'light'],
      cases: [{ name: 'sample', data: { title: 'Hello' } }, { name: 'ugly/long' }],
      problems: [],
    });
  });

  it('draws data in a size and scale, with its remarks, the gravest first', async () => {
    const answer = await draw({
      size: 'high',
      scale: 2,
      data: { title: 'Hello ͸', theme: 'DARK' },
    });
    expect(answer.picture).toMatchObject({ widthPx: 180, heightPx: 320 });
    expect((await pixelsOf(answer)).at(2, 2)).toBe(GREEN);
    expect(answer.refused).toBe(false);
    expect(answer.remarks.map(({ severity }) => severity)).toEqual(
      [...answer.remarks.map(({ severity }) => severity)].sort(
        (a, b) => ['error', 'warning', 'info'].indexOf(a) - ['error', 'warning', 'info'].indexOf(b),
      ),
    );
    expect(answer.remarks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ code: 'glyph_missing', field: 'title', severity: 'error' }),
        expect.objectContaining({ code: 'choice_matched', field: 'theme', severity: 'info' }),
      ]),
    );
  });

  it('draws even what the service would refuse, and says so', async () => {
    const answer = await draw({ data: { titel: 'x' } });
    expect(answer.refused).toBe(true);
    expect(answer.remarks.filter(({ code }) => code === 'refused').map((r) => r.field)).toEqual([
      'titel',
      'title',
    ]);
    expect((await pixelsOf(answer)).at(80, 45)).toBe(GREEN);
  });

  it('tells of a saved file, and draws it anew', async () => {
    const before = await draw();
    const events = await openEvents();
    await save({ 'style.css': `body { background: ${BLUE} }` });
    expect(await events.next()).toEqual({ event: 'change', data: { templates: ['card'] } });
    const colour = async () => (await pixelsOf(await draw())).at(2, 2);
    expect(await events.until(colour, (seen) => seen === BLUE)).toBe(BLUE);
    expect((await draw()).version).not.toBe(before.version);

    // Data is not part of the version; its change is one all the same.
    await save({ 'sample.json': '{ "title": "Another" }' });
    const title = async () => (await details()).cases[0]?.data.title;
    expect(await events.until(title, (seen) => seen === 'Another')).toBe('Another');

    await save(cardFiles());
    await events.until(
      () => draw(),
      ({ version }) => version === before.version,
    );
    await events.until(title, (seen) => seen === 'Hello');
    events.close();
  });

  it('shows the problems of a broken template by line, and draws its last good version', async () => {
    const { version } = await draw();
    const events = await openEvents();
    await save({ 'template.hbs': '<p class="x"\n  title="y">\n  {{titel}}</p>\n' });
    const broken = await events.until(
      () => details(),
      (d) => d.problems[0]?.source !== undefined,
    );
    expect(broken).toMatchObject({ ready: true, name: 'Card' });
    expect(broken.problems).toEqual([
      {
        place: 'template.hbs:3:5',
        message: expect.stringContaining('Did you mean "title"?'),
        source: '{{titel}}</p>',
      },
    ]);
    const listing = await ask<TemplateListing>('/api/templates');
    expect(listing.templates).toEqual([{ id: 'card', name: 'Card', problems: 1 }]);
    const drawn = await draw();
    expect((await pixelsOf(drawn)).at(2, 2)).toBe(GREEN);
    expect(drawn.version).toBe(version);

    await save(cardFiles());
    await events.until(
      () => details(),
      (d) => d.problems.length === 0 && d.version === version,
    );
    events.close();
  });

  it('tells of templates that come and go', async () => {
    const events = await openEvents();
    const list = () => ask<TemplateListing>('/api/templates');
    await writeFiles(directory.path, { 'Bad Name/template.json': '{}' });
    const bad = await events.until(list, ({ general }) => general.length > 0);
    expect(bad.general[0]).toContain('Bad Name');
    await rm(join(directory.path, 'Bad Name'), { recursive: true });
    await events.until(list, ({ general }) => general.length === 0);

    await save(cardFiles(), 'other');
    const two = await events.until(list, ({ templates }) => templates[1]?.problems === 0);
    expect(two.templates.map(({ id }) => id)).toEqual(['card', 'other']);
    await rm(join(directory.path, 'other'), { recursive: true });
    await events.until(list, ({ templates }) => templates.length === 1);
    expect((await fetch(`${base}/api/templates/other`)).status).toBe(404);
    events.close();
  });

  it('answers calls that make no sense plainly', async () => {
    const post = (body: string, type = 'application/json') =>
      fetch(`${base}/api/draw`, { method: 'POST', headers: { 'content-type': type }, body });
    expect((await post('{')).status).toBe(400);
    expect((await post('{}')).status).toBe(422);
    expect((await post('{}', 'text/plain')).status).toBe(415);
    expect((await post(JSON.stringify('x'.repeat(5_000_000)))).status).toBe(413);
    expect(await draw({ template: 'nothing' })).toMatchObject({ code: 'template_not_found' });
    expect(await draw({ size: 'smal' })).toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining('Did you mean "small"?'),
    });
    expect((await fetch(`${base}/pictures/00.png`)).status).toBe(404);
    expect((await fetch(`${base}/../package.json`)).status).toBe(404);
    expect((await fetch(`${base}/`, { method: 'DELETE' })).status).toBe(405);
  });
});

describe('who may ask', () => {
  function statusFor(headers: Record<string, string>, path = '/api/templates'): Promise<number> {
    return new Promise((resolve, reject) => {
      const options = { host: '127.0.0.1', port: preview.port, path, headers };
      const asked = request(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      asked.once('error', reject);
      asked.end();
    });
  }

  it.each([
    ['localhost:3100', 200],
    ['127.0.0.1:3100', 200],
    ['[::1]:3100', 200],
    ['LOCALHOST', 200],
    ['evil.test', 403],
    ['evil.test:3100', 403],
    ['localhost.evil.test', 403],
    ['127.0.0.1.evil.test', 403],
    ['0.0.0.0:3100', 403],
    ['192.168.0.7:3100', 403],
  ])('a call for the host "%s" is answered with %i', async (host, status) => {
    expect(await statusFor({ host })).toBe(status);
    expect(await statusFor({ host }, '/')).toBe(status);
  });

  it('pages of other sites may not ask; following a link to the preview is fine', async () => {
    const host = 'localhost';
    expect(await statusFor({ host, 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusFor({ host, 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await statusFor({ host, 'sec-fetch-site': 'same-origin' })).toBe(200);
    expect(await statusFor({ host, 'sec-fetch-site': 'cross-site' }, '/')).toBe(200);
  });

  it('the page loads nothing from elsewhere and cannot be framed', async () => {
    const page = await fetch(`${base}/`);
    const policy = page.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const text = [
      await page.text(),
      await (await fetch(`${base}/preview.css`)).text(),
      await (await fetch(`${base}/preview.js`)).text(),
    ].join('\n');
    expect(text).not.toMatch(/https?:\/\/(?!www\.w3\.org)/);
    expect(page.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('another preview', () => {
  const others: { stop(): Promise<void> }[] = [];
  afterEach(async () => {
    for (const other of others.splice(0)) await other.stop();
  });

  it('starts where no template is valid yet, and shows the first one that is', async () => {
    const folder = await temporaryDirectory();
    others.push({ stop: folder.remove });
    await writeFiles(join(folder.path, 'first'), { 'template.json': '{ "name": }' });
    const other = await startPreview(await settingsFor(folder.path), 0, observers());
    others.unshift(other);
    base = `http://127.0.0.1:${other.port}`;
    const events = await openEvents();
    const before = await details('first');
    expect(before).toMatchObject({ ready: false, name: 'first' });
    expect(before.problems[0]).toMatchObject({ place: 'template.json:1:11' });
    expect(await draw({ template: 'first' })).toMatchObject({ code: 'template_not_found' });

    await writeFiles(join(folder.path, 'first'), cardFiles());
    await events.until(
      () => details('first'),
      ({ ready }) => ready,
    );
    expect((await pixelsOf(await draw({ template: 'first' }))).at(2, 2)).toBe(GREEN);
    events.close();
    base = `http://127.0.0.1:${preview.port}`;
  });

  it('says in one line that the port is taken', async () => {
    const starting = startPreview(await settingsFor(directory.path), preview.port, observers());
    await expect(starting).rejects.toThrow(
      `port ${preview.port} is in use. Stop what runs there, or: npm run dev -- --port ${preview.port + 1}`,
    );
  });

  it('stops though someone still listens to its changes', async () => {
    const other = await startPreview(await settingsFor(directory.path), 0, observers());
    base = `http://127.0.0.1:${other.port}`;
    const events = await openEvents();
    await other.stop();
    expect(await events.next()).toBeUndefined();
    await expect(fetch(base)).rejects.toThrow();
    base = `http://127.0.0.1:${preview.port}`;
  });
});
