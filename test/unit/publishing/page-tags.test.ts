import { describe, expect, it } from '@jest/globals';
import { readPageTags } from '../../../src/publishing/page-tags.js';

const contents = (html: string) =>
  readPageTags(html).tags.map(({ name, content }) => `${name}=${content}`);

describe('reading the tags of a page', () => {
  it.each([
    ['<meta property="og:image" content="/a.png">', 'og:image=/a.png'],
    ["<META CONTENT='/a.png' PROPERTY='OG:Image'/>", 'og:image=/a.png'],
    ['<meta property=og:image content=/a.png>', 'og:image=/a.png'],
    [
      '<meta\n property = "og:image"\n content = "/a.png?x=1&amp;y=&#x32;" >',
      'og:image=/a.png?x=1&y=2',
    ],
    ['<meta name="og:image" content="a > b">', 'og:image=a > b'],
    ['<meta data-x="<meta" property="og:image" content="1" content="2">', 'og:image=1'],
  ])('%s', (html, tag) => {
    expect(contents(`<!doctype html><html><head><title>x</title>${html}</head>`)).toEqual([tag]);
  });

  it('passes over comments, scripts, styles and titles', () => {
    const tag = '<meta property="og:image" content="no">';
    const html = `<!-- ${tag} --><script>"${tag}"</script ><style>${tag}</style><title>${tag}</title>`;
    expect(contents(`${html}<meta property="og:image" content="yes">`)).toEqual(['og:image=yes']);
  });

  it('finds the base and the picture of old times', () => {
    const found = readPageTags(
      '<base href="/x/"><base href="/y/"><link rel=image_src href=/b.png>',
    );
    expect(found).toMatchObject({ base: '/x/', imageSrc: '/b.png' });
  });

  it('ends on what is cut in the middle', () => {
    for (const html of [
      '<meta property="og:image" content="/a',
      '<!-- ',
      '<script>',
      '<meta',
      '<',
    ]) {
      expect(readPageTags(`<meta name="a" content="b">${html}`).tags[0]?.content).toBe('b');
    }
  });
});
