import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromiumPath } from '../../support/chromium-path.js';
import {
  manifestJson,
  templateFiles,
  temporaryDirectory,
  writeFiles,
} from '../../support/templates/template-files.js';
import { callCli } from './call-cli.js';

let folder: string;
let remove: () => Promise<void>;
let env: Record<string, string>;

const manifest = manifestJson({
  sizes: { og: [400, 210], square: [300, 300] },
  fields: {
    title: { type: 'text', label: 'Title', required: true },
    date: { type: 'date', label: 'Date' },
    photo: { type: 'image', label: 'Photo', box: [64, 64], on_error: 'hide' },
    accent: { type: 'color', label: 'Accent', default: '#ffffff', fallback: '#ffffff' },
  },
});

beforeAll(async () => {
  ({ path: folder, remove } = await temporaryDirectory());
  await writeFiles(folder, {
    ...Object.fromEntries(
      Object.entries(
        templateFiles({
          'template.json': JSON.stringify(manifest),
          'template.hbs': '<h1 data-field="title">{{title}}</h1><img src="{{photo}}" alt="">',
          'style.css':
            'body { background: #fff } img { display: block; width: 64px; height: 64px }',
        }),
      ).map(([path, body]) => [`templates/card/${path}`, body]),
    ),
    'templates/broken/template.json': '{ "name": "Broken", }',
  });
  env = {
    TEMPLATES_DIR: join(folder, 'templates'),
    DATA_DIR: join(folder, 'data'),
    CHROMIUM_PATH: await chromiumPath(),
    // Nothing answers there: rendering must not want it.
    REDIS_URL: 'redis://127.0.0.1:1',
  };
});
afterAll(() => remove());

const at = (name: string) => join(folder, name);
const render = (args: string[], stdin?: string) =>
  callCli(['render', 'card', ...args], { env, ...(stdin === undefined ? {} : { stdin }) });

/** Width and height of a PNG: https://www.w3.org/TR/png-3/#11IHDR */
function pngSize(png: Buffer): [number, number] {
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  return [png.readUInt32BE(16), png.readUInt32BE(20)];
}

async function pixelsOf(args: string[], stdin?: string): Promise<string> {
  const { code, stdoutBytes, stderr } = await render([...args, '--out', '-'], stdin);
  expect({ code, stderr: stderr.replace(/.*sandbox.*\n/i, '') }).toMatchObject({ code: 0 });
  return stdoutBytes.toString('base64');
}

describe('cardpress render', () => {
  it('draws several sizes into named files, without Redis and without a data folder', async () => {
    const args = ['--size', 'og,square', '--scale', '2', '--out', at('out/{size}.png')];
    const { code, stdout, stderr } = await render(args);
    expect(code).toBe(0);
    expect(pngSize(await readFile(at('out/og.png')))).toEqual([800, 420]);
    expect(pngSize(await readFile(at('out/square.png')))).toEqual([600, 600]);
    expect(stdout).toMatch(/og\.png {2}800x420 {2}png {2}[\d.]+ kB\n/);
    expect(stderr).not.toContain('{"');
    await expect(access(at('data'))).rejects.toThrow();
  });

  it('takes the sample, files, stdin and pairs, the later ones over the earlier', async () => {
    await writeFile(at('one.json'), '{"title": "One", "date": "2026-01-01"}');
    const hello = await pixelsOf([]);
    expect(await pixelsOf(['title=Hello'])).toBe(hello);
    expect(await pixelsOf(['--data', '-'], '{"title": "Hello"}')).toBe(hello);
    expect(await pixelsOf(['--data', at('one.json'), '--data', 'title=Hello'])).toBe(hello);
    expect(await pixelsOf(['--data', at('one.json')])).not.toBe(hello);
  });

  it('takes the format from the ending, and --format before that', async () => {
    await render(['--out', at('a.jpg')]);
    expect((await readFile(at('a.jpg'))).subarray(0, 2).toString('hex')).toBe('ffd8');
    await render(['--out', at('a.webp')]);
    expect((await readFile(at('a.webp'))).subarray(8, 12).toString()).toBe('WEBP');
    await render(['--format', 'jpeg', '--out', at('b.png')]);
    expect((await readFile(at('b.png'))).subarray(0, 2).toString('hex')).toBe('ffd8');
  });

  it('shows a picture of this machine', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#f00"/></svg>';
    await writeFile(at('red.svg'), svg);
    const { code, stderr, stdoutBytes } = await render([
      'title=A',
      `photo=@${at('red.svg')}`,
      '--out',
      '-',
    ]);
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.not.stringContaining('photo'),
    });
    expect(stdoutBytes.toString('base64')).not.toBe(await pixelsOf(['title=A']));
  });

  it('lists every field that is wrong, draws nothing and ends with 1', async () => {
    const { code, stdout, stderr } = await render([
      'titel=x',
      'date=never',
      '--out',
      at('never.png'),
    ]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('data.titel: The template has no such field. Did you mean "title"?');
    expect(stderr).toContain('data.title: ');
    expect(stderr).toContain('data.date: "never" is not a date.');
    await expect(access(at('never.png'))).rejects.toThrow();
  });

  it('tells in plain words what it mended', async () => {
    const { code, stderr } = await render(['title=A', 'accent=plaid', '--out', at('c.png')]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: accent: .*plaid.* is not a colour/m);
  });

  it.each([
    [['--data', 'nowhere.json'], 'There is no file nowhere.json.'],
    [['photo=@nowhere.png'], 'There is no file nowhere.png.'],
    [['--size', 'ogg'], 'Template "card" has no size "ogg". Did you mean "og"?'],
  ])('says what is wrong with %j', async (args, message) => {
    const { code, stderr } = await render([...args, '--out', at('never.png')]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  });

  it('says where in the JSON a mistake is', async () => {
    await writeFile(at('bad.json'), '{\n  "title": Hello\n}');
    const { code, stderr } = await render(['--data', at('bad.json'), '--out', at('never.png')]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/bad\.json:2:12: /);
  });

  it('shows what is wrong with a template, and which there are', async () => {
    const broken = await callCli(['render', 'broken', '--out', at('x.png')], { env });
    expect(broken.code).toBe(1);
    expect(broken.stderr).toMatch(/broken\/template\.json:1:\d+: /);
    const unknown = await callCli(['render', 'crad', '--out', at('x.png')], { env });
    expect(unknown.stderr).toContain('There is no template "crad". Did you mean "card"?');
  });

  it('stops when it is interrupted', async () => {
    const signal = AbortSignal.abort();
    const args = ['render', 'card', '--out', at('never.png')];
    const { code } = await callCli(args, { env, signal });
    expect(code).toBe(1);
    await expect(access(at('never.png'))).rejects.toThrow();
  });
});
