import { describe, expect, it } from '@jest/globals';
import Handlebars from 'handlebars';
import { AppError } from '../../../src/errors/app-error.js';
import { compileTemplate } from '../../../src/templates/compile-template.js';
import { manifestSchema } from '../../../src/templates/manifest.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';
import type { ResolvedFields } from '../../../src/templates/template.js';
import { injections } from '../../support/templates/injections.js';
import { manifestJson, templateWith } from '../../support/templates/template-files.js';

const specs = {
  title: { type: 'text', label: 'Title' },
  accent: { type: 'color', label: 'Accent', fallback: '#000000' },
  share: { type: 'number', label: 'Share', fallback: 0 },
  logo: { type: 'image', label: 'Logo', on_error: 'hide' },
  date: { type: 'date', label: 'Date' },
  tags: { type: 'list', label: 'Tags' },
  people: { type: 'list', label: 'People', items: { name: 'text' } },
} as const;
const manifest = manifestSchema.parse(manifestJson({ fields: specs }));

function compile(source: string) {
  const { body, problems } = compileTemplate(source, manifest, 'card/template.hbs');
  if (!body) throw new Error(JSON.stringify(problems));
  return body;
}

const EMPTY: ResolvedFields = {
  title: '',
  accent: '',
  share: null,
  logo: '',
  date: '',
  tags: [],
  people: [],
};

function show(source: string, fields: ResolvedFields = {}, pictures: Record<string, string> = {}) {
  return compile(source)({ ...EMPTY, ...fields }, new Map(Object.entries(pictures)));
}

/** What a browser makes of escaped text. */
function unescapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&lt;': '<',
    '&gt;': '>',
    '&quot;': '"',
    '&#x27;': "'",
    '&#x60;': '`',
    '&#x3D;': '=',
    '&amp;': '&',
  };
  return text.replaceAll(/&(?:lt|gt|quot|amp|#x27|#x60|#x3D);/g, (e) => entities[e] ?? e);
}

describe('body', () => {
  it('shows fields, nothing for what is empty', () => {
    expect(show('<p>{{title}}|{{share}}|{{date}}</p>')).toBe('<p>||</p>');
    expect(show('{{title}} {{share}}', { title: 'A & B', share: 0 })).toBe('A &amp; B 0');
  });

  it('shows a picture by the address that the browser has for it', () => {
    const source = '{{#if logo}}<img src="{{logo}}">{{else}}none{{/if}}';
    const fields = { logo: 'https://example.com/secret.png' };
    expect(show(source, fields, { logo: '/p/abc' })).toBe('<img src="/p/abc">');
    expect(show(source, fields)).toBe('none');
  });

  it('never lets an address end its place', () => {
    const out = show('<p style="background:url({{logo}})">', {}, { logo: `/p/a) "'<\\` });
    expect(out).toBe('<p style="background:url(/p/a%29%20%22%27%3C%5C)">');
  });

  it('takes a field before a helper of the same name, unless it is called', () => {
    expect(show('{{date}} | {{date date style="long"}}', { date: '2026-11-21' })).toBe(
      '2026-11-21 | November 21, 2026',
    );
  });

  it('walks lists', () => {
    const fields = { tags: ['a', 'b', 'c'], people: [{ name: 'Anna' }, { name: '<Ben>' }] };
    expect(
      show(
        '{{#each (limit tags 2)}}{{@index}}{{this}}{{#unless @last}},{{/unless}}{{/each}}',
        fields,
      ),
    ).toBe('0a,1b');
    expect(show('{{#each people as |p|}}{{p.name}};{{else}}none{{/each}}', fields)).toBe(
      'Anna;&lt;Ben&gt;;',
    );
    expect(show('{{#with (first people)}}{{name}}{{/with}}', fields)).toBe('Anna');
    expect(show('{{#each people}}x{{else}}none{{/each}}')).toBe('none');
  });

  it('does not reach what values inherit', () => {
    const people = [JSON.parse('{"name":"x"}')];
    expect(show('{{#each people}}{{name}}{{/each}}', { people })).toBe('x');
    const inherited: ResolvedFields = Object.create({ title: 'inherited' });
    const body = compile('<p>{{title}}</p>');
    expect(body(inherited, new Map())).toBe('<p></p>');
  });

  it('is not changed by what others register with Handlebars', () => {
    Handlebars.registerHelper('upper', () => 'hijacked');
    Handlebars.registerHelper('title', () => 'hijacked');
    try {
      expect(show('{{upper title}} {{title}}', { title: 'a' })).toBe('A a');
    } finally {
      Handlebars.unregisterHelper('upper');
      Handlebars.unregisterHelper('title');
    }
  });

  it('says file and line where rendering fails', () => {
    const tags = new Proxy([], {
      get: () => {
        throw new Error('broken value');
      },
    });
    const body = compile('<p>\n  {{join tags}}</p>');
    const run = () => body({ ...EMPTY, tags }, new Map());
    expect(run).toThrow(AppError);
    expect(run).toThrow('template_invalid: card/template.hbs:2:3: "join": broken value');
  });
});

describe('injection', () => {
  const template = templateWith(specs);

  it.each(injections)('%j stays text everywhere', (value) => {
    const data = {
      title: value,
      tags: [value],
      people: [{ name: value }],
      accent: value,
      share: value,
    };
    const { fields, errors } = resolveFields(template, data);
    expect(errors).toEqual([]);
    expect([fields.accent, fields.share]).toEqual(['#000000', 0]);
    const shown = String(fields.title);
    const body = compile(
      '<h1 title="{{title}}" data-a=\'{{title}}\' style="color:{{accent}};width:{{share}}px">{{title}}</h1>' +
        '{{#each tags}}<i>{{this}}</i>{{/each}}{{#each people}}<b>{{name}}</b>{{/each}}',
    );
    const html = body({ ...fields, tags: [shown], people: [{ name: shown }] }, new Map());
    const match =
      /^<h1 title="([^"<>]*)" data-a='([^'<>]*)' style="color:#000000;width:0px">([^<>]*)<\/h1><i>([^<>]*)<\/i><b>([^<>]*)<\/b>$/.exec(
        html,
      );
    expect(match).not.toBeNull();
    for (const part of match?.slice(1) ?? []) expect(unescapeHtml(part)).toBe(shown);
  });

  it('escapes what helpers return, once', () => {
    const title = `<b>"&'`;
    for (const [helper, expected] of [
      ['upper title', `<B>"&'`],
      ['default title "x"', title],
      ['default "<i>"', '<i>'],
      ['join tags "<br>"', `${title}<br>${title}`],
      ['first tags', title],
      ['plural 2 "a" title', title],
      ['currency 1 title', '1'],
      ['date title', title],
    ]) {
      const out = show(`{{${helper}}}`, { title, tags: [title, title] });
      expect(out).not.toMatch(/[<>"']/);
      expect(unescapeHtml(out)).toBe(expected);
    }
  });
});
