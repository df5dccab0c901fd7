import { describe, expect, it } from '@jest/globals';
import { manifestSchema } from '../../../src/templates/manifest.js';
import { lintTemplate } from '../../../src/templates/template-lint.js';
import { manifestJson } from '../../support/templates/template-files.js';

const manifest = manifestSchema.parse(
  manifestJson({
    fields: {
      title: { type: 'text', label: 'Title' },
      date: { type: 'date', label: 'Date' },
      logo: { type: 'image', label: 'Logo' },
      accent: { type: 'color', label: 'Accent' },
      share: { type: 'number', label: 'Share' },
      link: { type: 'url', label: 'Link' },
      theme: { type: 'choice', label: 'Theme', choices: ['a', 'b'] },
      tags: { type: 'list', label: 'Tags' },
      people: { type: 'list', label: 'People', items: { name: 'text', age: 'number' } },
      featured: { type: 'boolean', label: 'Featured' },
    },
  }),
);

function problems(source: string): string[] {
  return lintTemplate(source, manifest).problems.map((p) => `${p.line}:${p.column} ${p.message}`);
}

describe('what is fine', () => {
  it.each([
    '<h1 class="a {{theme}} {{#if featured}}big{{/if}}" title=\'{{title}}\'>{{title}}</h1>',
    '{{#if logo}}<img src="{{logo}}" alt="{{title}}">{{else}}<b>{{initials title}}</b>{{/if}}',
    '<div style="color:{{accent}};width:{{share}}%;background:url({{logo}})">x</div>',
    `<div style="background-image:url('{{logo}}')">x</div>`,
    '<img src="{{#if logo}}{{logo}}{{else}}assets/x.png{{/if}}">',
    '<img src="{{default logo "assets/x.png"}}">',
    '<svg><image href="{{logo}}"/><path fill="{{accent}}" d="M0 0h{{share}}"/></svg>',
    '<i style="color:{{default accent "#fff"}}">{{length tags}}</i>',
    '{{#each people as |p i|}}{{p.name}} {{i}} {{@index}} {{../title}} {{@root.title}} {{name}}{{/each}}',
    '{{#each (limit tags 3)}}{{this}}{{#unless @last}}, {{/unless}}{{/each}}',
    '{{#with (first people)}}{{name}} {{age}}{{/with}} {{people.0.name}} {{people.length}}',
    '{{#each tags}}{{#each ../people}}{{../this}} {{../../title}}{{/each}}{{/each}}',
    '{{date}} {{date date style="long"}} {{this.date}} {{day date}} {{time date timezone="Asia/Tokyo"}}',
    '{{#if (and (gt share 3) (eq theme "a"))}}x{{else if (not featured)}}y{{else}}z{{/if}}',
    '<div {{#if featured}}hidden{{/if}} class="x">a < b {{share}}</div>',
    '<div {{#if featured}}class="a"{{else}}class="b"{{/if}}>x</div>',
    '{{#if featured}}<b>{{title}}</b>{{/if}}{{!-- {{nothing}} <script> --}}<!-- <script> -->',
    '<style>.a{color:red}</style><p data-fit data-max-lines="3" data-field="title">{{title}}</p>',
    '<p data-x="{{link}}">{{currency share "EUR"}} {{percent share digits=1}} {{plural share "a" "b"}}</p>',
    '\\{{title}}',
    '<p>{{hyphenate title "de"}} {{hyphenate title theme}} {{hyphenate (upper title) "de"}}</p>',
  ])('%s', (source) => {
    expect(problems(source)).toEqual([]);
  });
});

describe('what is refused, with its place', () => {
  it.each<[string, string, RegExp]>([
    ['unescaped', 'a\n  {{{title}}}', /^2:3 Unescaped output/],
    ['unescaped with &', '{{&title}}', /^1:1 Unescaped output/],
    ['partial', '{{> header}}', /^1:1 Partials/],
    ['partial block', '{{#> header}}x{{/header}}', /^1:1 Partials/],
    ['inline partial', '{{#*inline "a"}}x{{/inline}}', /^1:1 Decorators/],
    ['decorator', '{{* foo}}', /^1:1 Decorators/],
    ['unknown field', '<p>\n\n {{titel}}', /^3:4 Unknown field "titel"\. Did you mean "title"\?/],
    ['unknown helper', '{{upcase title}}', /^1:3 Unknown helper "upcase"/],
    ['near helper', '{{uper title}}', /Unknown helper "uper"\. Did you mean "upper"\?/],
    ['lookup', '{{lookup people "constructor"}}', /Unknown helper "lookup"/],
    ['log', '{{log title}}', /Unknown helper "log"/],
    ['constructor', '{{constructor}}', /Unknown field "constructor"/],
    ['a part of text', '{{title.constructor}}', /Unknown part "constructor"/],
    ['prototype of a list', '{{tags.constructor}}', /Unknown part "constructor"/],
    ['proto by path', '{{@root.__proto__.x}}', /Unknown field "__proto__"/],
    [
      'unknown part',
      '{{#each people}}{{nam}}{{/each}}',
      /Unknown part "nam"\. Did you mean "name"\?/,
    ],
    ['root field in each', '{{#each people}}{{title}}{{/each}}', /\{\{@root\.title\}\}/],
    ['too far up', '{{../title}}', /Nothing is known as \{\{\.\.\/title\}\}/],
    ['@index outside', '{{@index}}', /Nothing is known as/],
    ['unknown block', '{{#list tags}}x{{/list}}', /Unknown block "list"/],
    ['section', '{{#title}}x{{/title}}', /Unknown block "title"\. Write \{\{#if title\}\}/],
    ['inverted section', '{{^logo}}x{{/logo}}', /Unknown block "logo"/],
    ['raw block', '{{{{title}}}}x{{{{/title}}}}', /Unknown block "title"/],
    ['each over text', '{{#each title}}x{{/each}}', /\{\{#each\}\} takes a list field, not text/],
    ['helper without value', '{{upper}}', /"upper" is used as/],
    ['too many values', '{{upper title title}}', /"upper" is used as/],
    ['option', '{{date date stile="long"}}', /has no option "stile"\. Did you mean "style"\?/],
    ['style', '{{date date style="huge"}}', /must be one of: full, long, medium, short/],
    ['time zone', '{{time date timezone="Berlin"}}', /is not a time zone/],
    ['locale', '{{date date locale="english!"}}', /is not a locale/],
    ['currency', '{{currency share "euro"}}', /is not a code/],
    ['kind of a value', '{{date share}}', /The date of "date" takes date or text, not number/],
    [
      'sub-expression',
      '{{#if (eqq title "x")}}y{{/if}}',
      /Unknown helper "eqq"\. Did you mean "eq"\?/,
    ],
    ['literal', '{{"title"}}', /^1:1 Write the text itself/],
    ['list as text', '{{tags}}', /"tags" is a list/],
    ['entry as text', '{{people.[0]}}', /is an entry with parts/],
    ['picture as text', '<p>{{logo}}</p>', /"logo" is a picture: show it as <img/],
    ['unquoted', '<p class={{theme}}>', /^1:10 "theme" stands in an attribute without quotes/],
    ['unquoted, later', '<p class=a{{theme}}>', /without quotes/],
    ['attribute name', '<p {{theme}}>', /name of an attribute/],
    ['attribute name, part', '<p data-{{theme}}="x">', /name of an attribute/],
    ['tag name', '<{{theme}}>', /name of an element/],
    ['tag name, part', '<h{{share}}>x</h1>', /name of an element/],
    ['closing tag', '</{{theme}}>', /name of an element/],
    ['comment', '<!-- {{title}} -->', /HTML comment/],
    ['style element', '<style>p{color: {{accent}} }</style>', /stands in <style>/],
    [
      'text in style',
      '<p style="color:{{title}}">',
      /only color, number and image fields are safe/,
    ],
    ['choice in style', '<p style="color:{{theme}}">', /only color, number and image/],
    ['helper in style', '<p style="width:{{number share}}">', /The result of "number" is text/],
    ['mixed default in style', '<p style="color:{{default accent title}}">', /is text/],
    ['text in url()', '<p style="background:url({{link}})">', /only color, number and image/],
    ['picture outside url()', '<p style="background:{{logo}}">', /write url\(/],
    ['text in fill', '<svg><path fill="{{title}}"/></svg>', /fill="…" only color/],
    ['divided words in an attribute', '<p title="{{hyphenate title "de"}}">', /soft hyphens/],
    ['divided words in a class', '<p class="{{hyphenate title theme}}">', /soft hyphens/],
    ['no language', '{{hyphenate title}}', /used as \{\{hyphenate text locale compounds=true\}\}/],
    ['text in src', '<img src="{{title}}">', /takes only image fields/],
    ['url field in href', '<a href="{{link}}">x</a>', /takes only image fields/],
    ['xlink:href', '<svg><use xlink:href="{{title}}"/></svg>', /takes only image fields/],
    ['prefix before a picture', '<img src="/x/{{logo}}">', /must be the whole of src/],
    ['prefix in one branch', '<img src="{{#if featured}}x{{/if}}{{logo}}">', /must be the whole/],
    ['picture in alt', '<img alt="{{logo}}">', /can stand in src/],
    ['onclick', '<p onclick="{{title}}">', /stands in onclick/],
    ['onclick, static', '<p onclick="x()">', /onclick is not allowed/],
    [
      'onclick over branches',
      '<p {{#if featured}}on{{/if}}click="{{title}}">',
      /Put a space after the block/,
    ],
    [
      'data-field',
      '<p data-field="titel">',
      /data-field names no field: "titel"\. Did you mean "title"\?/,
    ],
    ['data-max-lines', '<p data-max-lines="0">', /from 1 to 20/],
    ['open branch', '<p>{{#if featured}}<b{{/if}}>', /in one of its branches only/],
    ['quote in a branch', '<p {{#if featured}}class="{{/if}}x">', /in one of its branches only/],
    [
      'each that opens a tag',
      '{{#each tags}}<p class="{{/each}}',
      /Every branch must end where it began/,
    ],
    ['unfinished', '<p>a</p>\n<p class="x', /^2:12 The template ends within a quoted value/],
  ])('%s: %s', (_name, source, expected) => {
    const found = problems(source);
    expect(found.some((p) => expected.test(p)) ? 'refused' : found).toBe('refused');
  });

  it.each([
    'script',
    'iframe',
    'object',
    'embed',
    'link',
    'meta',
    'base',
    'form',
    'body',
    'noscript',
    'template',
    'animate',
    'SCRIPT',
  ])('<%s>', (tag) => {
    expect(problems(`<div>\n <${tag}></${tag}></div>`)).toContain(
      `2:3 <${tag.toLowerCase()}> is not allowed in a template.`,
    );
  });

  it('syntax, with its line', () => {
    expect(problems('a\n{{#if title}}\n{{/each}}')[0]).toMatch(/^2:\d+ if doesn't match each/);
    expect(problems('a\nb {{title')[0]).toMatch(/^2:\d+ This \{\{ … \}\} is not complete/);
  });

  it('every problem at once, in order', () => {
    expect(problems('{{a}}\n{{{title}}}\n<p class={{title}}>').map((p) => p.split(':')[0])).toEqual(
      ['1', '2', '3'],
    );
  });
});

it('finds the addresses that the markup loads', () => {
  const source =
    '<img src="assets/a.png">\n<img srcset="assets/b.png 1x, assets/c.png 2x">' +
    '<p style="background:url(assets/d.png)"><style>\np{src:url("assets/e.woff2")}</style>{{title}} src="assets/no.png"';
  const found = lintTemplate(source, manifest).addresses;
  expect(found.map((a) => `${a.line} ${a.address}`)).toEqual([
    '1 assets/a.png',
    '2 assets/b.png',
    '2 assets/c.png',
    '2 assets/d.png',
    '3 assets/e.woff2',
  ]);
});
