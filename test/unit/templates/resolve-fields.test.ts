import { describe, expect, it } from '@jest/globals';
import { warningCatalogue } from '../../../src/errors/warning-catalogue.js';
import { assetPathOf } from '../../../src/templates/parse-address.js';
import { type ResolveOptions, resolveFields } from '../../../src/templates/resolve-fields.js';
import { injections } from '../../support/templates/injections.js';
import { templateWith } from '../../support/templates/template-files.js';

const everything = templateWith({
  title: { type: 'text', label: 'Title', required: true, max_length: 20, fallback: 'Untitled' },
  body: { type: 'longtext', label: 'Body', max_length: 40 },
  author: { type: 'text', label: 'Author', case: 'title' },
  cover: { type: 'image', label: 'Cover', on_error: 'placeholder' },
  logo: { type: 'image', label: 'Logo' },
  accent: { type: 'color', label: 'Accent', default: '#FFF', fallback: 'red' },
  price: { type: 'number', label: 'Price', minimum: 0, maximum: 1000 },
  starts_at: { type: 'date', label: 'Start' },
  link: { type: 'url', label: 'Link' },
  theme: { type: 'choice', label: 'Theme', choices: ['Light', 'Dark Blue'], default: 'Light' },
  tags: { type: 'list', label: 'Tags', max_length: 3 },
  scores: { type: 'list', label: 'Scores', items: 'number' },
  people: { type: 'list', label: 'People', items: { name: 'text', age: 'number' } },
  featured: { type: 'boolean', label: 'Featured' },
});

function resolve(data: unknown, options: ResolveOptions = {}) {
  return resolveFields(everything, data, options);
}

function codes(data: unknown, options: ResolveOptions = {}): string[] {
  return resolve(data, options).warnings.map((w) => `${w.field}:${w.code}`);
}

/** The error paths, without the required title's. */
function paths(data: Record<string, unknown>, options: ResolveOptions = {}): string[] {
  return resolve({ title: 'T', ...data }, options).errors.map((e) => e.path);
}

describe('the outcome', () => {
  it('holds every field in the order of the manifest, empty where nothing was given', () => {
    const { fields, warnings, errors } = resolve({ title: 'Hello' });
    expect({ ...fields }).toEqual({
      title: 'Hello',
      body: '',
      author: '',
      cover: '',
      logo: '',
      accent: '#ffffff',
      price: null,
      starts_at: '',
      link: '',
      theme: 'Light',
      tags: [],
      scores: [],
      people: [],
      featured: false,
    });
    expect(Object.keys(fields)).toEqual(Object.keys(everything.manifest.fields));
    expect(Object.getPrototypeOf(fields)).toBeNull();
    expect([warnings, errors]).toEqual([[], []]);
  });

  it('is complete even where there are errors, so that a preview can be drawn', () => {
    const { fields, errors } = resolve({ title: 'T', price: 'much', tags: ['a'] });
    expect(errors).toHaveLength(1);
    expect(fields.price).toBeNull();
    expect(fields.tags).toEqual(['a']);
  });
});

describe('mistakes in the call', () => {
  it.each([[null], [[]], ['text'], [undefined], [3]])('refuses %j as data', (data) => {
    const { errors, fields } = resolve(data, { onMissing: 'review' });
    expect(errors).toMatchObject([{ path: 'data', kind: 'mistake' }]);
    expect(fields.title).toBe('');
  });

  it('names an unknown field and the likely one', () => {
    const { errors } = resolve({ titel: 'Hi' });
    expect(errors).toEqual([
      {
        kind: 'mistake',
        path: 'data.titel',
        message: 'The template has no such field. Did you mean "title"?',
      },
    ]);
  });

  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    'takes %s for an unknown field',
    (key) => {
      const data: unknown = JSON.parse(`{"title":"T",${JSON.stringify(key)}:{"polluted":true}}`);
      const { errors, fields } = resolve(data);
      expect(errors).toMatchObject([{ path: `data.${key}`, kind: 'mistake' }]);
      expect(Object.hasOwn(fields, key)).toBe(false);
      expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
    },
  );

  it('bounds its answer to a flood of unknown fields', () => {
    const data = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`f${i}`, 1]));
    const { errors } = resolve({ title: 'T', ...data });
    expect(errors).toHaveLength(21);
    expect(errors.at(-1)?.message).toBe('4980 more fields are unknown to the template.');
  });

  it.each<[string, unknown]>([
    ['title', { text: 'x' }],
    ['title', ['x']],
    ['title', true],
    ['price', {}],
    ['price', false],
    ['accent', 112233],
    ['logo', 5],
    ['link', []],
    ['featured', {}],
    ['starts_at', true],
    ['tags', { a: 1 }],
    ['tags', true],
    ['people', 'Anna, Ben'],
  ])('refuses the wrong type for %s: %j, whatever the policy', (field, value) => {
    for (const onMissing of ['fallback', 'reject', 'review'] as const) {
      const { errors } = resolve({ title: 'T', [field]: value }, { onMissing });
      expect(errors).toMatchObject([{ kind: 'mistake', path: `data.${field}` }]);
    }
  });

  it('names the place within a list', () => {
    expect(paths({ people: [{ name: 'A' }, { nam: 'B' }] })).toEqual(['data.people[1].nam']);
    expect(paths({ people: [{ name: 'A', age: {} }] })).toEqual(['data.people[0].age']);
    expect(paths({ tags: ['a', ['b']] })).toEqual(['data.tags[1]']);
    expect(paths({ people: [['Anna']] })).toEqual(['data.people[0]']);
  });

  it('says how long a text is and how long it may be', () => {
    const { errors } = resolve({ title: 'x'.repeat(10_001) });
    expect(errors[0]?.message).toBe('The text has 10,001 characters; at most 10,000 are allowed.');
    expect(resolve({ title: 'x'.repeat(10_000) }).errors).toEqual([]);
    expect(paths({ tags: Array(501).fill('x') })).toEqual(['data.tags']);
    expect(paths({ logo: `data:image/png;base64,${'A'.repeat(20_000)}` })).toEqual([]);
  });
});

describe('missing values', () => {
  it('uses the fallback with a warning that says so', () => {
    for (const title of [undefined, null, '', '  ', '\u200b']) {
      const { fields, warnings, errors } = resolve({ title });
      expect(fields.title).toBe('Untitled');
      expect(errors).toEqual([]);
      expect(warnings).toEqual([
        {
          code: 'missing_used_fallback',
          field: 'title',
          severity: 'warning',
          message:
            "Title is missing. Meanwhile the template's fallback is shown. Give a value to show your own.",
        },
      ]);
    }
  });

  const strict = templateWith({
    name: { type: 'text', label: 'Name', required: true },
    photo: { type: 'image', label: 'Photo', required: true, on_error: 'initials' },
    size: { type: 'number', label: 'Size', required: true, default: 3 },
  });

  it('is an error where nothing mends it', () => {
    const { errors, warnings, fields } = resolveFields(strict, {});
    expect(errors).toEqual([
      { kind: 'invalid_data', path: 'data.name', message: 'Name is missing.', field: 'name' },
    ]);
    expect(warnings).toMatchObject([{ code: 'missing_used_placeholder', field: 'photo' }]);
    expect(fields.size).toBe(3);
  });

  it('is an error even where something mends it, under reject', () => {
    const { errors } = resolveFields(strict, { name: 'A' }, { onMissing: 'reject' });
    expect(errors.map((e) => e.path)).toEqual(['data.photo']);
  });

  it('is left for someone to look at, under review', () => {
    const { errors, warnings, needsReview, fields } = resolveFields(
      strict,
      {},
      { onMissing: 'review' },
    );
    expect(errors).toEqual([]);
    expect(needsReview).toBe(true);
    expect(fields.name).toBe('');
    expect(warnings.map((w) => [w.code, w.severity])).toEqual([
      ['missing_left_empty', 'error'],
      ['missing_used_placeholder', 'warning'],
    ]);
  });
});

describe('dirt', () => {
  it.each<[string, unknown]>([
    ['price', 'many'],
    ['price', 1001],
    ['price', '-1'],
    ['price', '1,234'],
    ['price', Number.NaN],
    ['starts_at', '03/04/2026'],
    ['starts_at', '2026-02-30'],
    ['logo', 'cover.jpg'],
    ['logo', '///host/cover.jpg'],
    ['logo', 'ftp://host/cover.jpg'],
    ['logo', 'file:///etc/passwd'],
    ['logo', 'javascript:alert(1)'],
    ['logo', 'data:text/html,<b>'],
    ['logo', 'https://user:secret@host/x.png'],
    ['logo', 'asset:missing.png'],
    ['logo', 'asset:../template.json'],
    ['logo', 'asset:note.txt'],
    ['link', 'not a link'],
    ['link', 'mailto:a@b.test'],
    ['theme', 'Purple'],
    ['featured', 'maybe'],
    ['scores', ['one', 'two']],
    ['people', [{ name: 'A', age: 'old' }]],
  ])('%s: %j is refused without a fallback, left empty for the review', (field, value) => {
    const data = { title: 'T', [field]: value };
    const plain = resolve(data);
    if (everything.manifest.fields[field]?.default === undefined) {
      expect(plain.errors).toMatchObject([{ kind: 'invalid_data', path: `data.${field}`, field }]);
      const review = resolve(data, { onMissing: 'review' });
      expect(review.errors).toEqual([]);
      expect(review.warnings.map((w) => w.code)).toEqual(['invalid_left_empty']);
      expect(review.needsReview).toBe(true);
    } else {
      expect(plain.warnings.map((w) => w.code)).toEqual(['invalid_used_fallback']);
    }
    expect(resolve(data, { onMissing: 'reject' }).errors).toMatchObject([{ kind: 'invalid_data' }]);
  });

  it('is mended by the fallback, else the default, else on_error', () => {
    const data = { title: 'T', accent: 'reddish', theme: 'Purple', cover: 'x.png' };
    const { fields, errors, warnings } = resolve(data);
    expect(errors).toEqual([]);
    expect([fields.accent, fields.theme, fields.cover]).toEqual(['#ff0000', 'Light', '']);
    expect(warnings.map((w) => w.code)).toEqual([
      'invalid_used_placeholder',
      'invalid_used_fallback',
      'invalid_used_fallback',
    ]);
    expect(warnings[1]?.message).toBe(
      '"reddish" is not a colour. Write it as #rrggbb, rgb(…), hsl(…) or a CSS colour name. ' +
        "Meanwhile the template's fallback is shown.",
    );
  });

  it('cuts what is too long; strict callers refuse it', () => {
    const data = { title: 'A very long title that goes on', tags: 'a,b,c,d' };
    const { fields, warnings } = resolve(data);
    expect(fields.title).toBe('A very long title…');
    expect(fields.tags).toEqual(['a', 'b', 'c']);
    expect(warnings.map((w) => w.code)).toEqual(['truncated', 'truncated']);
    const { errors } = resolve(data, { onMissing: 'reject' });
    expect(errors.map((e) => e.path)).toEqual(['data.title', 'data.tags']);
    expect(resolve(data, { onMissing: 'review' }).needsReview).toBe(true);
  });

  it('harmless clean-ups never refuse a picture', () => {
    const data = {
      title: 'He\u0007llo',
      author: 'ANNA VAN DER BERG',
      theme: 'dark-blue',
      link: 'example.com/a',
    };
    for (const onMissing of ['fallback', 'reject', 'review'] as const) {
      const { fields, errors, needsReview } = resolve(data, { onMissing });
      expect(errors).toEqual([]);
      expect(needsReview).toBe(false);
      expect(fields).toMatchObject({
        title: 'Hello',
        author: 'Anna van der Berg',
        theme: 'Dark Blue',
        link: 'https://example.com/a',
      });
    }
    expect(codes(data)).toEqual([
      'title:control_characters_removed',
      'author:case_changed',
      'link:scheme_added',
      'theme:choice_matched',
    ]);
  });
});

describe('an empty fallback', () => {
  const template = templateWith({
    price: { type: 'number', label: 'Price', fallback: '' },
    photo: { type: 'image', label: 'Photo', fallback: '', required: true },
  });

  it('leaves out what cannot be used, with a warning', () => {
    const { fields, errors, warnings } = resolveFields(template, { price: 'many', photo: 'x.png' });
    expect(errors).toEqual([]);
    expect({ ...fields }).toEqual({ price: null, photo: '' });
    expect(warnings.map((w) => w.code)).toEqual(['invalid_used_fallback', 'invalid_used_fallback']);
    expect(warnings[0]?.message).toMatch(/Meanwhile it is left out\.$/);
  });

  it('warns of what is missing only where it is required', () => {
    const { errors, warnings } = resolveFields(template, {});
    expect(errors).toEqual([]);
    expect(warnings).toMatchObject([{ code: 'missing_used_fallback', field: 'photo' }]);
  });
});

describe('values', () => {
  it.each<[string, unknown, unknown]>([
    ['title', 42, '42'],
    ['body', 'one\r\n\r\ntwo', 'one\ntwo'],
    ['price', '12,5', 12.5],
    ['starts_at', '2026-11-21T19:00+01:00', '2026-11-21T18:00:00Z'],
    ['logo', ' HTTPS://Example.com/a b.png ', 'https://example.com/a%20b.png'],
    ['logo', 'DATA:image/JPG;base64,AAAA', 'data:image/jpeg;base64,AAAA'],
    ['logo', 'asset:portrait.png', 'asset:assets/portrait.png'],
    ['logo', 'asset:assets/portrait.png', 'asset:assets/portrait.png'],
    ['link', 'https://xn--bcher-kva.example/ü?q=1', 'https://bücher.example/%C3%BC?q=1'],
    ['featured', 'Yes', true],
    ['featured', 0, false],
    ['tags', 'a, b,, c', ['a', 'b', 'c']],
    ['tags', 'a, b\nc', ['a, b', 'c']],
    ['tags', [' a ', null, '', 3], ['a', '3']],
    ['scores', '1, 2.5', [1, 2.5]],
    [
      'people',
      [{ name: 'Anna' }, {}, { age: '40' }],
      [
        { name: 'Anna', age: '' },
        { name: '', age: 40 },
      ],
    ],
    ['people', '', []],
  ])('%s: %j becomes %j', (field, value, expected) => {
    const { fields, errors } = resolve({ title: 'T', [field]: value });
    expect(errors).toEqual([]);
    expect(fields[field]).toEqual(expected);
  });

  it("names the template's own file of a picture", () => {
    expect(assetPathOf('asset:assets/portrait.png')).toBe('assets/portrait.png');
    expect(assetPathOf('https://example.com/')).toBeUndefined();
  });
});

describe('resolving again', () => {
  const dirty = [
    ...injections,
    'ANNA VAN DER BERG, PHD: THE LONG STORY OF A LIFE',
    'a\u202eb\u2066c\u2069 d\u0301',
    '👩‍👩‍👧‍👦'.repeat(30),
    `${'word '.repeat(9)}\u2067${'אבג '.repeat(9)}\u2069`,
    '\ud83d',
    'a\u0000\u0301',
    'e\ud800\u0301',
    ' \u00a0x\u00a0 \u00a0y',
    'ß'.repeat(50),
    '1ST 2ND',
    'İI',
    '\u2060x\u2060',
    '\u0600'.repeat(40),
    'a\u2028\u2029b',
    "'t hooft",
    'x…………………………………………y',
    '(((((((((((((((((((((((((',
  ];

  it('changes nothing and warns of nothing', () => {
    for (const text of dirty) {
      const data = {
        title: text,
        body: text.replaceAll(' ', '\n'),
        author: text,
        accent: text,
        cover: text,
        tags: text,
        people: [{ name: text, age: '1 234,5' }],
        theme: text,
        starts_at: 1795284000123,
        link: 'BÜCHER.example',
        price: '-0',
        featured: 'y',
      };
      const once = resolve(data);
      expect(once.errors).toEqual([]);
      const twice = resolve(once.fields, { onMissing: 'reject' });
      // Of what is shown as it is written, it is told each time.
      const isShown = (code: string) => code === 'html_in_text' || code === 'leftover_in_text';
      const warnings = twice.warnings.filter(({ code }) => !isShown(code));
      expect({ text, errors: twice.errors, warnings }).toEqual({
        text,
        errors: [],
        warnings: [],
      });
      expect(JSON.stringify(twice.fields)).toBe(JSON.stringify(once.fields));
    }
  });
});

it('every code that a warning carries is in the table', () => {
  const seen = resolve({
    title: '',
    cover: 'x',
    accent: 'x',
    author: 'MAX PETER',
    tags: 'a,b,c,d',
  });
  expect(seen.warnings).toHaveLength(5);
  for (const { code, severity } of seen.warnings) {
    expect(Object.entries(warningCatalogue)).toContainEqual([
      code,
      expect.objectContaining({ severity }),
    ]);
  }
});
