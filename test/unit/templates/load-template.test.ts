import { describe, expect, it } from '@jest/globals';
import { buildTemplate, formatProblem } from '../../../src/templates/load-template.js';
import {
  buffers,
  type Files,
  manifestJson,
  PIXEL,
  templateFiles,
} from '../../support/templates/template-files.js';

function problems(overrides: Files): string[] {
  return buildTemplate('card', buffers(templateFiles(overrides))).problems.map(formatProblem);
}

function withManifest(overrides: Record<string, unknown>): Files {
  return { 'template.json': JSON.stringify(manifestJson(overrides), null, 2) };
}

function field(spec: Record<string, unknown>): Files {
  const title = { type: 'text', label: 'Title', required: true };
  return withManifest({ fields: { title, other: { label: 'Other', ...spec } } });
}

describe('a template that is fine', () => {
  const files = templateFiles({
    'ugly/long-title.json': '{"title":"long"}',
    'assets/paper.png': PIXEL,
    'assets/fonts/a b.woff2': 'font',
    'assets/fonts/faces.css': '@font-face{font-family:A;src:url("a%20b.woff2")}',
    'style.css':
      '\ufeff/* url(http://evil.test/x) */ @import "assets/fonts/faces.css";' +
      'body{background:url(assets/paper.png#x?y),url(data:image/png;base64,AA),url("#id");content:"url(http://a.test)"}',
  });

  it('has everything that jobs need', () => {
    const { template, problems: found } = buildTemplate('card', buffers(files));
    expect(found).toEqual([]);
    expect(template).toMatchObject({ id: 'card', sample: { title: 'Hello' } });
    expect([...(template?.edgeCases.keys() ?? [])]).toEqual(['long-title']);
    expect(template?.assets.get('assets/paper.png')).toEqual({
      path: 'assets/paper.png',
      contentType: 'image/png',
      body: PIXEL,
    });
    expect(template?.assets.get('assets/fonts/a b.woff2')?.contentType).toBe('font/woff2');
    expect(template?.css.startsWith('/*')).toBe(true);
    expect(template?.version).toMatch(/^[0-9a-f]{16}$/);
  });

  it('has a version by what can change a pixel, and by nothing else', () => {
    const version = (overrides: Files) =>
      buildTemplate('card', buffers({ ...files, ...overrides })).template?.version;
    const same = version({});
    expect(version({ 'sample.json': '{"title":"Other"}', 'ugly/x.json': '{}' })).toBe(same);
    const reversed = Object.fromEntries(Object.entries(files).reverse());
    expect(buildTemplate('card', buffers(reversed)).template?.version).toBe(same);
    const others = [
      version({ 'style.css': 'h1{}' }),
      version({ 'template.hbs': '<p>{{title}}</p>' }),
      version({ 'assets/paper.png': Buffer.concat([PIXEL, PIXEL]) }),
      version({ 'assets/new.png': PIXEL }),
      version(withManifest({ transparent: true })),
    ];
    expect(new Set([same, ...others]).size).toBe(others.length + 1);
    expect(others).not.toContain(undefined);
  });
});

describe('problems, by file and line', () => {
  it.each<[string, Files, string]>([
    [
      'JSON syntax',
      { 'template.json': '{\n  "name": "x",\n}' },
      'card/template.json:3:1: A name in double quotes is expected here.',
    ],
    [
      'JSON twice',
      { 'template.json': '{"name":"x",\n"name":"y"}' },
      'card/template.json:2:1: "name" is given twice.',
    ],
    [
      'JSON end',
      { 'sample.json': '{"title":' },
      'card/sample.json:1:10: The JSON text ends too early.',
    ],
    [
      'unknown key',
      withManifest({ descripton: 'x' }),
      'Unknown key "descripton". Did you mean "description"?',
    ],
    [
      'unknown field key',
      field({ type: 'text', maxlength: 3 }),
      'Unknown key "maxlength". Did you mean "max_length"?',
    ],
    ['size', withManifest({ sizes: { og: [1200, 9999] } }), 'sizes.og.1: Too big'],
    [
      'default size',
      withManifest({ default_size: 'ogg' }),
      '"ogg" is not one of the sizes. Did you mean "og"?',
    ],
    ['choices', field({ type: 'choice' }), 'A choice needs choices'],
    [
      'attribute of another type',
      field({ type: 'text', box: [20, 20] }),
      'box is for fields of type image or qr, not text.',
    ],
    ['focus without a box', field({ type: 'image', focus: 'top' }), 'focus needs a box'],
    [
      'focus of a picture that is not cropped',
      field({ type: 'image', box: [20, 20], fit: 'contain', focus: 'top' }),
      'focus is for "fit": "cover"',
    ],
    [
      'initials',
      field({ type: 'image', on_error: 'initials', initials_from: 'titel' }),
      'There is no field "titel". Did you mean "title"?',
    ],
    ['initials from', field({ type: 'image', on_error: 'initials' }), 'Say with initials_from'],
    ['default', field({ type: 'number', default: 'many' }), 'default: "many" is not a number.'],
    [
      'default out of range',
      field({ type: 'number', minimum: 5, default: 1 }),
      'default: 1 is out of range',
    ],
    [
      'default too long',
      field({ type: 'text', max_length: 3, default: 'Hello' }),
      'default: "Hello" has 5 characters',
    ],
    [
      'fallback',
      field({ type: 'image', fallback: 'asset:x.png' }),
      'fallback: "asset:x.png" names no picture',
    ],
    ['fallback type', field({ type: 'list', fallback: true }), 'fallback: Give an array'],
    ['range', field({ type: 'number', minimum: 5, maximum: 1 }), 'minimum 5 is above maximum 1.'],
    [
      'reserved',
      withManifest({ fields: { this: { type: 'text', label: 'x' } } }),
      '"this" cannot be the name of a field.',
    ],
    [
      'hbs',
      { 'template.hbs': '<p>\n {{titel}}</p>' },
      'card/template.hbs:2:4: Unknown field "titel". Did you mean "title"?',
    ],
    [
      'asset in hbs',
      { 'template.hbs': '{{title}}\n<img src="assets/no.png">' },
      'card/template.hbs:2:11: "assets/no.png" does not exist.',
    ],
    [
      'near asset',
      { 'template.hbs': '<img src="assets/papr.png">', 'assets/paper.png': PIXEL },
      'does not exist. Did you mean "assets/paper.png"?',
    ],
    [
      'asset in css',
      { 'style.css': 'p{}\n\n q{background:url( "assets/no.png" )}' },
      'card/style.css:3:15: "assets/no.png" does not exist.',
    ],
    [
      'host',
      { 'style.css': "p{background:url('https://cdn.test/x.png')}" },
      '"cdn.test" is not reachable: add the host to "network"',
    ],
    [
      'host without scheme',
      { 'style.css': 'p{background:URL(//cdn.test/x.png)}' },
      '"cdn.test" is not reachable',
    ],
    [
      'import',
      { 'style.css': '@import url(https://fonts.test/a.css);' },
      '"fonts.test" is not reachable',
    ],
    [
      'import, text',
      { 'style.css': '@import "http://fonts.test/a.css";' },
      '"fonts.test" is not reachable',
    ],
    [
      'image-set',
      { 'style.css': 'p{background:image-set("https://cdn.test/x.png" 1x)}' },
      '"cdn.test" is not reachable',
    ],
    [
      'host in hbs',
      { 'template.hbs': '<img src="https://cdn.test/{{title}}">' },
      '"cdn.test" is not reachable',
    ],
    [
      'scheme',
      { 'style.css': 'p{background:url(file:///etc/passwd)}' },
      '"file:///etc/passwd" cannot be loaded',
    ],
    [
      'outside',
      { 'style.css': 'p{background:url(../other/assets/x.png)}' },
      "is outside of the template's assets",
    ],
    [
      'outside by dots',
      { 'style.css': 'p{background:url(assets/../template.json)}' },
      "is outside of the template's assets",
    ],
    [
      'css among the assets',
      { 'assets/a.css': '\np{background:url(no.png)}' },
      'card/assets/a.css:2:14: "no.png" does not exist.',
    ],
    [
      'sample',
      { 'sample.json': '{\n "title": "x",\n "titel": "y"\n}' },
      'card/sample.json:3:2: data.titel: The template has no such field.',
    ],
    [
      'sample misses a field',
      { 'sample.json': '{}' },
      'card/sample.json:1:1: data.title: Title is missing.',
    ],
    ['sample is a list', { 'sample.json': '[]' }, 'The file must hold an object'],
    ['ugly', { 'ugly/a.json': '{' }, 'card/ugly/a.json:1:2: The JSON text ends too early.'],
    [
      'encoding',
      { 'style.css': Buffer.from([0xff, 0xfe, 0x41]) },
      'card/style.css: The file is not UTF-8 text.',
    ],
  ])('%s', (_name, overrides, expected) => {
    const found = problems(overrides);
    expect(found.join('\n')).toContain(expected);
    expect(buildTemplate('card', buffers(templateFiles(overrides))).template).toBeUndefined();
  });

  it('hosts of "network" are fine, on their port', () => {
    const css = 'p{background:url(https://cdn.test/x.png),url(https://cdn.test:8443/y.png)}';
    const files = { ...withManifest({ network: ['cdn.test'] }), 'style.css': css };
    expect(problems(files)).toHaveLength(1);
    expect(problems(files)[0]).toContain('"cdn.test:8443" is not reachable');
  });

  it('a missing file', () => {
    const files = buffers(templateFiles());
    files.delete('style.css');
    expect(buildTemplate('card', files).problems.map(formatProblem)).toEqual([
      'card/style.css: The file does not exist.',
    ]);
  });

  it('all of them at once', () => {
    const found = problems({
      'template.hbs': '{{a}}',
      'style.css': 'p{background:url(x)}',
      'sample.json': '[]',
    });
    expect(found.map((p) => p.split(/[:]/)[0])).toEqual([
      'card/sample.json',
      'card/template.hbs',
      'card/style.css',
    ]);
  });
});
