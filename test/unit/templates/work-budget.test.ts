import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { buildTemplate } from '../../../src/templates/load-template.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import { buffers, manifestJson, templateFiles } from '../../support/templates/template-files.js';

const LIST = { type: 'list', label: 'List' };

function load(fields: Record<string, unknown>, body = '<p></p>') {
  const { template, problems } = buildTemplate(
    'card',
    buffers(
      templateFiles({
        'template.json': JSON.stringify(manifestJson({ fields })),
        'template.hbs': body,
        'sample.json': '{}',
      }),
    ),
  );
  if (!template) throw new Error(JSON.stringify(problems));
  return template;
}

const entries = (count: number, text: string) => Array.from({ length: count }, () => text);

describe('a derived field', () => {
  const derived = (derive: string, spec: Record<string, unknown> = {}) =>
    load({
      list: LIST,
      text: { type: 'longtext', label: 'Text' },
      made: { type: 'text', label: 'Made', derive, ...spec },
    });
  const list = entries(500, 'ß'.repeat(990)).map((text, i) => text + i);
  const data = { list, text: 'İ'.repeat(10_000) };

  it.each([
    ['a long text made again and again', '{{#each list}}{{upper ../text locale="tr"}}{{/each}}'],
    ['a loop in a loop', '{{#each list}}{{#each ../list}}x{{/each}}{{/each}}'],
    ['lists joined in a loop', '{{#each list}}{{length (join ../list "-")}}{{/each}}'],
    ['the same text shown in a loop', '{{#each list}}{{../text}}{{/each}}'],
    ['formats of many languages', '{{#each list}}{{number 5 locale=this}}{{/each}}'],
  ])('is refused for %s, with the limit and the remedy', (_what, derive) => {
    const { errors } = resolveFields(derived(derive), data);
    expect(errors).toMatchObject([{ kind: 'invalid_data', path: 'data.made', field: 'made' }]);
    expect(errors[0]?.message).toMatch(
      /^Its expression \(derive in template\.json\) (takes|gives)/,
    );
    expect(errors[0]?.message).toMatch(/is allowed \([\d,]+ (steps|characters)\)\. /);
  });

  it('is mended as any other that cannot be used', () => {
    const template = derived('{{#each list}}{{../text}}{{/each}}', { fallback: 'instead' });
    const { fields, warnings, errors } = resolveFields(template, data);
    expect(errors).toEqual([]);
    expect(fields.made).toBe('instead');
    expect(warnings).toMatchObject([{ code: 'invalid_used_fallback', field: 'made' }]);
    expect(resolveFields(template, { ...data, made: 'given' }).fields.made).toBe('given');
  });

  it('shares its budget with the other derived fields of the image', () => {
    const half = '{{#each list}}{{#each (limit ../list 1)}}x{{/each}}{{/each}}';
    const fields = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, { type: 'text', label: name, derive: half }]),
    );
    const { errors } = resolveFields(load({ list: LIST, ...fields }), { list: entries(500, 'x') });
    expect(errors.map(({ field }) => field)).toEqual(['b', 'c']);
  });
});

describe('the body of a template', () => {
  const body = (source: string) =>
    load({ list: LIST, text: { type: 'longtext', label: 'Text' } }, source);
  const pictures = new Map<string, string>();

  function failure(source: string, data: unknown): AppError {
    const template = body(source);
    const { fields } = resolveFields(template, data);
    try {
      template.body(fields, pictures);
    } catch (error) {
      if (error instanceof AppError) return error;
      throw error;
    }
    throw new Error('Nothing was refused.');
  }

  it.each([
    [
      'a loop in a loop',
      '<p>\n  {{#each list}}{{#each ../list}}x{{/each}}{{/each}}</p>',
      /^card\/template\.hbs:2:\d+: "#each": takes more work/,
    ],
    [
      'a text shown again and again',
      '<p>{{#each list}}{{../text}}{{../text}}{{/each}}</p>',
      /^card\/template\.hbs:1:\d+: The expression gives more text than is allowed/,
    ],
    [
      'a slow helper in a loop',
      '<p>{{#each list}}{{hyphenate ../text "de"}}{{/each}}</p>',
      /^card\/template\.hbs:1:18: "hyphenate": takes more work than is allowed/,
    ],
  ])('ends with its place for %s', (_what, source, message) => {
    const error = failure(source, { list: entries(500, 'x'), text: 'ä '.repeat(5_000) });
    expect(error.code).toBe('template_invalid');
    expect(error.detail).toMatch(message);
  });

  it('has room for everything that a card can show', () => {
    const template = body(
      '<p>{{#each list}}<b>{{hyphenate this "de"}} {{upper this}} {{../text}}{{@index}}</b>{{/each}}{{text}}</p>',
    );
    const list = entries(500, 'Donaudampfschifffahrt und anderes');
    const { fields } = resolveFields(template, { list, text: 'ä '.repeat(500) });
    expect(template.body(fields, pictures)).toContain('499</b>');
  });
});
