import { describe, expect, it } from '@jest/globals';
import { metaHtml } from '../../../src/publishing/meta-html.js';
import { readPageTags } from '../../../src/publishing/page-tags.js';

const og = {
  url: 'https://cards.example.com/p/a/v1.png',
  widthPx: 1200,
  heightPx: 630,
  format: 'png' as const,
};
const square = {
  ...og,
  url: 'https://cards.example.com/p/a/v2.jpg',
  heightPx: 1200,
  format: 'jpeg' as const,
};

describe('the tags of a page', () => {
  it('hold all that crawlers look for, those of a picture behind it', () => {
    expect(metaHtml([og, square], 'Hello').split('\n')).toEqual([
      '<meta property="og:image" content="https://cards.example.com/p/a/v1.png">',
      '<meta property="og:image:secure_url" content="https://cards.example.com/p/a/v1.png">',
      '<meta property="og:image:type" content="image/png">',
      '<meta property="og:image:width" content="1200">',
      '<meta property="og:image:height" content="630">',
      '<meta property="og:image:alt" content="Hello">',
      '<meta property="og:image" content="https://cards.example.com/p/a/v2.jpg">',
      '<meta property="og:image:secure_url" content="https://cards.example.com/p/a/v2.jpg">',
      '<meta property="og:image:type" content="image/jpeg">',
      '<meta property="og:image:width" content="1200">',
      '<meta property="og:image:height" content="1200">',
      '<meta property="og:image:alt" content="Hello">',
      '<meta name="twitter:card" content="summary_large_image">',
      '<meta name="twitter:image" content="https://cards.example.com/p/a/v1.png">',
      '<meta name="twitter:image:alt" content="Hello">',
    ]);
  });

  it('give a square picture the small card, and http no secure address', () => {
    const html = metaHtml([{ ...square, url: 'http://localhost:3000/p/a.jpg' }], undefined);
    expect(html).toContain('content="summary"');
    expect(html).not.toContain('secure_url');
    expect(html).not.toContain(':alt');
  });

  it.each([
    ['"><script>alert(1)</script>', '"><script>alert(1)</script>'],
    [`Tom & Jerry's <b>"best"</b> &amp; more`, `Tom & Jerry's <b>"best"</b> &amp; more`],
    ['two\nlines\u0000 \ud800end', 'two lines \ufffdend'],
    ['\u{1f600} مرحبا', '\u{1f600} مرحبا'],
  ])('escape %j, so that a reader gets it back', (alt, read) => {
    const html = metaHtml([og], alt);
    expect(html.match(/<\/?[a-z]+/g)).toEqual(Array.from({ length: 9 }, () => '<meta'));
    const { tags } = readPageTags(html);
    expect(tags.find(({ name }) => name === 'og:image:alt')?.content).toBe(read);
  });

  it('cut a description that is too long, between characters', () => {
    const { tags } = readPageTags(metaHtml([og], '\u{1f600}'.repeat(500)));
    const alt = tags.find(({ name }) => name === 'og:image:alt')?.content ?? '';
    expect([...alt]).toHaveLength(420);
    expect(alt.endsWith('\u{1f600}…')).toBe(true);
  });
});
