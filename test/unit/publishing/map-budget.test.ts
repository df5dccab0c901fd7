import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import { assertMapSize, createBodyMap } from '../../../src/publishing/map-body.js';
import { exampleSource } from './source-example.js';

const map = (fields: Record<string, string>, body: Record<string, unknown>) =>
  createBodyMap(exampleSource('generic', { map: fields })).map(body).data;

function refused(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error('Nothing was refused.');
}

const many = (entries: number, entry: unknown) => Array<unknown>(entries).fill(entry);
/** About as large as a hook may be. */
const body = {
  slug: 'x',
  html: '<p>a'.repeat(25_000),
  list: many(1_000, 1),
  numbers: many(200_000, 1),
  lists: many(20_000, [[1, 2], [3]]),
  keys: Object.fromEntries(many(50_000, 0).map((_, i) => [`k${i}`, i])),
  letters: 'İß'.repeat(200_000),
  separator: 'x'.repeat(50_000),
};

describe('a mapping that would hold up everybody', () => {
  it.each<[string, string]>([
    ['a helper for a long text, again and again', '{{#each list}}{{plain ../html}}{{/each}}'],
    [
      'the same where nothing is shown of it',
      '{{#each list}}{{#if (eq (plain ../html) 1)}}y{{/if}}{{/each}}',
    ],
    ['lists joined again and again', '{{#each list}}{{#if (join ../list "-")}}y{{/if}}{{/each}}'],
    ['letters by tables', '{{#each list}}{{#if (upper ../letters locale="tr")}}{{/if}}{{/each}}'],
    ['comparisons of long texts', '{{#each list}}{{#if (eq ../html ../letters)}}{{/if}}{{/each}}'],
    ['a value shown again and again', '{{#each list}}{{../html}}{{/each}}'],
    ['a value shown often without a loop', '{{letters}}'.repeat(150)],
    ['a list shown often', '{{numbers}}'.repeat(150)],
    ['lists in lists', '{{lists}}'.repeat(150)],
    ['a loop over a huge list', '{{#each numbers}}x{{/each}}'],
    ['a loop of conditions', '{{#each numbers}}{{#if this}}{{else}}b{{/if}}{{/each}}'],
    ['a loop over a huge object', '{{#each keys}}{{@key}}{{/each}}'],
    ['a list cut again and again', '{{#each list}}{{#if (limit ../numbers 9)}}{{/if}}{{/each}}'],
    ['lengths counted again and again', '{{#each list}}{{length ../letters}}{{/each}}'],
    ['a separator that makes a text grow', '{{join list separator}}'],
    ['growth in an inner expression', '{{#with (join list html)}}{{upper this}}{{/with}}'],
    ['text of the source in a loop', `{{#each numbers}}${'x'.repeat(1_900)}{{/each}}`],
    ['the rest of a loop', '{{#each list}}{{default nothing ../html}}{{/each}}'],
  ])('%s', (_what, expression) => {
    const error = refused(() => map({ title: expression }, body));
    expect(error.code).toBe('invalid_data');
    const [fault] = error.errors ?? [];
    expect(fault?.path).toBe('map.title');
    expect(fault?.message).toMatch(/^The mapping of one body shares a budget, .* is allowed \(/);
    expect(fault?.message).toMatch(/Loop over fewer|Show fewer/);
  });

  it('is one over all fields, the page included', () => {
    const field = '{{plain html}}';
    expect(map({ a: field, b: field }, body).b).toMatch(/^a a a /);
    const fields = Object.fromEntries(many(9, 0).map((_, i) => [`f${i}`, field]));
    expect(refused(() => map(fields, body)).errors?.[0]?.path).toMatch(/^map\.f[1-8]$/);
    const dear = exampleSource('generic', { page: '{{plain html}}'.repeat(9) });
    expect(refused(() => createBodyMap(dear).map(body)).errors?.[0]?.path).toBe('page');
    const event = exampleSource('generic', { event: '{{#each numbers}}x{{/each}}' });
    expect(refused(() => createBodyMap(event).event(body)).errors?.[0]?.path).toBe('event');
  });

  it('comes out the same every time', () => {
    const turns = (entries: number) =>
      map({ t: '{{#each list}}{{plain "a"}}{{/each}}' }, { list: many(entries, 1) });
    const limit = () => {
      let [fits, fails] = [1, 100_000];
      while (fails - fits > 1) {
        const middle = Math.floor((fits + fails) / 2);
        try {
          turns(middle);
          fits = middle;
        } catch {
          fails = middle;
        }
      }
      return fits;
    };
    expect(limit()).toBe(limit());
    expect(limit()).toBeGreaterThan(2_000);
  });
});

describe('a mapping of real size', () => {
  it('reads an article of 100,000 characters, its teaser and its lists', () => {
    const html = '<p>Lorem <b>ipsum</b> dolor &amp; sit.</p>\n'.repeat(2_400);
    expect(html.length).toBeGreaterThan(100_000);
    const tags = many(200, 'a tag');
    const data = map(
      {
        text: '{{plain html}}',
        teaser: '{{upper (plain teaser)}}',
        tags: '{{join (limit tags 50) ", "}}',
        names: '{{#each tags}}{{#if @index}}, {{/if}}{{plain this}}{{/each}}',
        raw: '{{html}}',
      },
      { html, teaser: html.slice(0, 2_000), tags },
    );
    expect(String(data.text)).toContain('Lorem ipsum dolor & sit. Lorem');
    expect(data.raw).toBe(html);
    expect(String(data.names).split(', ')).toHaveLength(200);
  });

  it('shows names, literals and lists as before', () => {
    const data = map(
      {
        literal: 'x{{"a name"}}',
        list: 'x{{list}}',
        helper: 'x{{plain}}',
        block: '{{#each list as |plain i|}}{{plain}}{{i}};{{/each}}',
        nothing: 'x{{none}}{{off}}',
      },
      { 'a name': 1, list: ['a', ['b', 'c']], off: false },
    );
    expect(data).toEqual({
      literal: 'x1',
      list: 'xa,b,c',
      helper: 'x',
      block: 'a0;b,c1;',
      nothing: 'xfalse',
    });
  });
});

describe('the expressions of a new source', () => {
  it('are bounded together, before any is read', () => {
    const fields = (text: string, count: number) =>
      exampleSource('generic', {
        map: Object.fromEntries(many(count, text).map((one, i) => [`f${i}`, String(one)])),
      });
    expect(() => assertMapSize(fields('{{plain (default a b)}}', 60))).not.toThrow();
    const calls = refused(() => assertMapSize(fields('{{a}}'.repeat(300), 5)));
    expect(calls).toMatchObject({ code: 'invalid_request', errors: [{ path: 'map' }] });
    expect(calls.detail).toContain('12000 characters and 400 times');
    expect(refused(() => assertMapSize(fields('x'.repeat(2_000), 7))).code).toBe('invalid_request');
  });
});
