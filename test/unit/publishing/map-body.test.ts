import { describe, expect, it } from '@jest/globals';
import type { AppError } from '../../../src/errors/app-error.js';
import { createBodyMap } from '../../../src/publishing/map-body.js';
import { exampleSource } from './source-example.js';

const mapped = (map: Record<string, string>, body: Record<string, unknown>, siteUrl?: string) =>
  createBodyMap(exampleSource('generic', { map, siteUrl })).map(body).data;

function faults(map: Record<string, string>) {
  try {
    createBodyMap(exampleSource('generic', { map }));
    return [];
  } catch (error) {
    return (error as AppError).errors ?? [];
  }
}

describe('fields', () => {
  it('hold the value itself for a lone path, and text as it is for anything else', () => {
    const body = { post: { title: 'A & <b>', tags: ['x', 'y'], stars: 4, on: false, none: null } };
    const map = {
      title: '{{post.title}}',
      twice: '{{post.title}} / {{post.title}}',
      tags: '{{post.tags}}',
      joined: '{{join post.tags " + "}}',
      stars: '{{post.stars}}',
      on: '{{post.on}}',
      none: '{{post.none}}',
      away: '{{post.away.further}}',
      blank: ' {{post.away}} ',
      either: '{{default post.away post.title}}',
      looped: '{{#each post.tags}}[{{this}}]{{/each}}',
    };
    expect(mapped(map, body)).toEqual({
      title: 'A & <b>',
      twice: 'A & <b> / A & <b>',
      tags: ['x', 'y'],
      joined: 'x + y',
      stars: 4,
      on: false,
      either: 'A & <b>',
      looped: '[x][y]',
    });
  });

  it('turn HTML into what a reader sees', () => {
    const html =
      '<style>p{}</style><p>One &amp; t&#119;o&nbsp;</p><script>if (1<a) x()</script><p>3 < 4</p>';
    expect(mapped({ text: '{{plain html}}' }, { html })).toEqual({ text: 'One & two 3 < 4' });
  });

  it('know the address of the site', () => {
    const map = { cover: '{{#if url}}{{@site_url}}{{url}}{{/if}}' };
    expect(mapped(map, { url: '/a.png' }, 'https://cms.example')).toEqual({
      cover: 'https://cms.example/a.png',
    });
    expect(mapped(map, {}, 'https://cms.example')).toEqual({});
  });
});

describe('a body', () => {
  it('reaches no prototype, whatever it is made of', () => {
    const body = JSON.parse('{"__proto__": {"polluted": "yes"}, "post": {}}');
    const map = {
      lone: '{{post.constructor.name}}',
      text: 'x{{post.constructor.name}}{{post.__proto__.polluted}}{{toString}}',
    };
    expect(mapped(map, body)).toEqual({ text: 'x' });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('expressions', () => {
  it('that could do more than map are refused, each by its path', () => {
    const map = {
      open: '{{post.title',
      partial: '{{> other}}',
      decorator: '{{* inline}}',
      helper: '{{uper title}}',
      log: '{{log title}}',
      lookup: '{{lookup this "constructor"}}',
      block: '{{#post}}x{{/post}}',
      inner: '{{upper (lookup this "a")}}',
      nested: '{{#each a}}{{#if b}}{{#each c}}x{{/each}}{{/if}}{{/each}}',
      fine: '{{#each a}}{{upper (first this)}}{{else}}none{{/each}}',
    };
    const errors = faults(map);
    const wrong = Object.keys(map).filter((name) => name !== 'fine');
    expect(errors.map(({ path }) => path)).toEqual(wrong.map((name) => `map.${name}`));
    expect(errors.find(({ path }) => path === 'map.helper')?.message).toContain('"upper"');
  });
});

describe('the page', () => {
  const pageOf = (page: string, changes = {}) => {
    const source = exampleSource('generic', { page, ...changes });
    const { page: key, pageUrl } = createBodyMap(source).map({
      slug: 'hello',
      url: 'https://example.com/blog/hello/?ref=1',
    });
    return [key, pageUrl];
  };

  it('is a key, an address whose path is the key, and stands below the site', () => {
    const siteUrl = 'https://example.com';
    expect(pageOf('blog/{{slug}}')).toEqual(['blog/hello', undefined]);
    expect(pageOf('/blog/{{slug}}/', { siteUrl })).toEqual([
      'blog/hello',
      'https://example.com/blog/hello',
    ]);
    expect(pageOf('{{url}}')).toEqual(['blog/hello', undefined]);
    expect(pageOf('{{slug}}', { pageUrl: '{{url}}' })).toEqual([
      'hello',
      'https://example.com/blog/hello/?ref=1',
    ]);
    expect(pageOf('{{nothing}}')).toEqual(['', undefined]);
  });
});
