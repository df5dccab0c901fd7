import { describe, expect, it } from '@jest/globals';
import { fieldJsonSchema } from '../../../src/templates/field-schema.js';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { type ResolveOptions, resolveFields } from '../../../src/templates/resolve-fields.js';
import { buffers, manifestJson, templateFiles } from '../../support/templates/template-files.js';

type Fields = Record<string, Record<string, unknown>>;

function build(fields: Fields, more: Record<string, string> = {}) {
  const complete = Object.fromEntries(
    Object.entries(fields).map(([name, spec]) => [name, { type: 'text', label: name, ...spec }]),
  );
  return buildTemplate(
    'card',
    buffers(
      templateFiles({
        'template.json': JSON.stringify(manifestJson({ fields: complete }), null, 2),
        'template.hbs': '<p></p>',
        'sample.json': '{}',
        ...more,
      }),
    ),
  );
}

function load(fields: Fields, sample = {}) {
  const { template, problems } = build(fields, { 'sample.json': JSON.stringify(sample) });
  if (!template) throw new Error(JSON.stringify(problems));
  return template;
}

function resolve(fields: Fields, data: unknown, options: ResolveOptions = {}) {
  return resolveFields(load(fields), data, options);
}

const names: Fields = {
  full_name: { derive: '{{first_name}} {{last_name}}', max_length: 20 },
  first_name: { case: 'title' },
  last_name: {},
};

describe('a derived field', () => {
  it('is made from the others as they came out, whatever the order in the manifest', () => {
    const { fields, warnings, errors } = resolve(names, {
      first_name: ' ANNA-MARIA ',
      last_name: 'Berg',
    });
    expect(fields.full_name).toBe('Anna-Maria Berg');
    expect(Object.keys(fields)).toEqual(['full_name', 'first_name', 'last_name']);
    expect(warnings.map((w) => `${w.field}:${w.code}`)).toEqual(['first_name:case_changed']);
    expect(errors).toEqual([]);
  });

  it('gives way to a value that is given, and not to one of nothing visible', () => {
    expect(resolve(names, { first_name: 'A', full_name: 'Given' }).fields.full_name).toBe('Given');
    expect(resolve(names, { first_name: 'A', full_name: ' \u200b ' }).fields.full_name).toBe('A');
    expect(resolve(names, { first_name: 'A', full_name: null }).fields.full_name).toBe('A');
  });

  it('holds what the others hold and nothing escaped: it is data, not markup', () => {
    const { fields } = resolve(names, { first_name: '<Rd&x>', last_name: "O'Neill" });
    expect(fields.full_name).toBe("<Rd&x> O'Neill");
  });

  it("goes through its type's own clean-up, with its own warnings", () => {
    const { fields, warnings } = resolve(names, {
      first_name: 'Wolfeschlegelstein',
      last_name: 'Hausenbergerdorff',
    });
    expect(fields.full_name).toBe('Wolfeschlegelstein…');
    expect(warnings.map((w) => `${w.field}:${w.code}`)).toEqual(['full_name:truncated']);
    const strict = resolve(
      names,
      { first_name: 'Wolfeschlegelstein', last_name: 'Hausenbergerdorff' },
      { onMissing: 'reject' },
    );
    expect(strict.errors).toMatchObject([{ path: 'data.full_name', kind: 'invalid_data' }]);
  });

  it('may have any type', () => {
    const { fields } = resolve(
      {
        price: { type: 'number' },
        cents: { type: 'number', derive: '{{price}}00' },
        slug: {},
        link: { type: 'url', derive: 'example.com/{{slug}}' },
        cover: { type: 'image', derive: 'https://example.com/{{slug}}.png' },
        tags: { type: 'list', derive: '{{slug}}, card' },
        cheap: { type: 'boolean', derive: '{{#if (lt price 10)}}yes{{else}}no{{/if}}' },
      },
      { price: 5, slug: 'a-card' },
    );
    expect(fields).toMatchObject({
      cents: 500,
      link: 'https://example.com/a-card',
      cover: 'https://example.com/a-card.png',
      tags: ['a-card', 'card'],
      cheap: true,
    });
  });

  it('may be made from other derived fields', () => {
    const chain: Fields = {
      c: { derive: '{{b}}!' },
      b: { derive: '{{upper a}}' },
      a: {},
    };
    expect(resolve(chain, { a: 'hey' }).fields).toMatchObject({ b: 'HEY', c: 'HEY!' });
    expect(resolve(chain, { a: 'hey', b: 'given' }).fields.c).toBe('given!');
  });

  it('falls back like any other where nothing comes of it, or nothing of use', () => {
    const fields: Fields = {
      n: { type: 'text' },
      plain: { derive: '{{n}}' },
      default: { derive: '{{n}}', default: 'standard' },
      fallback: { type: 'number', derive: '{{n}}', fallback: 7 },
      needed: { derive: '{{n}}', required: true },
    };
    const template = load(fields, { n: 'a sample' });
    const empty = resolveFields(template, {});
    expect(empty.fields).toMatchObject({ plain: '', default: 'standard', fallback: 7 });
    expect(empty.errors).toMatchObject([{ path: 'data.needed' }]);
    const odd = resolveFields(template, { n: 'much' });
    expect(odd.fields.fallback).toBe(7);
    expect(odd.warnings.map((w) => `${w.field}:${w.code}`)).toEqual([
      'fallback:invalid_used_fallback',
    ]);
  });

  it("is never the caller's mistake", () => {
    const fields: Fields = { a: {}, b: {}, all: { derive: '{{a}}{{b}}', fallback: 'too much' } };
    const long = 'word '.repeat(1500);
    const { errors, fields: resolved } = resolve(fields, { a: long, b: long });
    expect(errors).toEqual([]);
    expect(resolved.all).toBe('too much');
  });

  it('comes out the same when resolved data is resolved again', () => {
    const data = { first_name: 'ANNA-MARIA', last_name: 'B' };
    const once = resolve(names, data).fields;
    expect({ ...resolve(names, once).fields }).toEqual({ ...once });
  });

  it('is drawn with, and can lend its initials', () => {
    const { template } = build(
      {
        ...names,
        face: { type: 'image', on_error: 'initials', initials_from: 'full_name' },
      },
      { 'template.hbs': '<p>{{full_name}}</p>' },
    );
    if (!template) throw new Error('not valid');
    const { fields } = resolveFields(template, { first_name: 'A<', last_name: 'B' });
    expect(template.body(fields, new Map())).toBe('<p>A&lt; B</p>');
  });

  it('is optional in the JSON Schema even where it is required, and says how it is made', () => {
    const schema = fieldJsonSchema(
      load({ a: {}, b: { derive: '{{a}}', required: true } }, { a: 'x' }).manifest,
    );
    expect(schema.required).toEqual([]);
    expect(schema.properties).toMatchObject({
      b: { type: ['string', 'null'], 'x-cardpress': { derive: '{{a}}' } },
    });
  });
});

describe('a derivation with a mistake', () => {
  const problemOf = (fields: Fields) => build(fields).problems.map((p) => p.message);

  it.each([
    ['an unknown field', '{{titel}}', 'column 3: Unknown field "titel". Did you mean "title"?'],
    ['an unknown helper', '{{uper title}}', 'Unknown helper "uper". Did you mean "upper"?'],
    ['unescaped output', '{{{title}}}', 'Unescaped output'],
    ['a partial', '{{> other}}', 'Partials'],
    ['an unknown block', '{{#title}}x{{/title}}', 'Unknown block "title"'],
    ['a picture as text', '{{cover}}', '"cover" is a picture and has no text of its own.'],
    ['a whole list', '{{tags}}', '"tags" is a list'],
    ['divided words', '{{hyphenate title "de"}}', 'for template.hbs'],
    ['broken Handlebars', '{{#if title}}x', 'derive'],
  ])('is refused at load: %s', (_, derive, message) => {
    const problems = problemOf({
      title: {},
      cover: { type: 'image' },
      tags: { type: 'list' },
      made: { derive },
    });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(message);
  });

  it.each([
    ['itself', { a: { derive: '{{a}}' } }, 'a needs a'],
    ['each other', { a: { derive: '{{b}}' }, b: { derive: '{{a}}' } }, 'a needs b needs a'],
    [
      'in a condition',
      { a: { derive: '{{#if @root.b}}x{{/if}}' }, b: { derive: '{{upper a}}' } },
      'a needs b needs a',
    ],
    [
      'behind another',
      { x: { derive: '{{a}}' }, a: { derive: '{{b}}' }, b: { derive: '{{a}}' } },
      'a needs b needs a',
    ],
  ])('is refused at load: fields that need %s', (_, fields, circle) => {
    expect(problemOf(fields)).toEqual([`derive goes round in a circle: ${circle}.`]);
  });

  it('is named with its place in template.json', () => {
    const { problems } = build({ title: {}, made: { derive: '{{titel}}' } });
    expect(problems[0]).toMatchObject({ file: 'template.json', line: expect.any(Number) });
    expect(problems[0]?.line).toBeGreaterThan(10);
  });

  it('may name parts of list entries that are called like fields without needing them', () => {
    const { problems } = build({
      people: { type: 'list', items: { name: 'text' } },
      name: { derive: '{{#each people}}{{name}} {{/each}}' },
    });
    expect(problems).toEqual([]);
  });
});
