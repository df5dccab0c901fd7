import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { metaHtml, pageMeta } from '../../../clients/js/src/page-meta.js';
import { imageFormatNames } from '../../../src/formats/image-formats.js';
import { type MetaImage, metaHtml as servicesHtml } from '../../../src/publishing/meta-html.js';

const og: MetaImage = {
  url: 'https://cards.example.com/p/a/v1.png',
  widthPx: 1200,
  heightPx: 630,
  format: 'png',
};
const square: MetaImage = {
  url: 'https://cards.example.com/p/a/v2.jpg',
  widthPx: 1080,
  heightPx: 1080,
  format: 'jpeg',
};

describe('pageMeta of an answer of the API', () => {
  const page = { meta_html: servicesHtml([og, square], `Tom & Jerry's "<best>"`) };

  it('is what meta_html says, unescaped, picture by picture', () => {
    const alt = `Tom & Jerry's "<best>"`;
    const { openGraph, twitter } = pageMeta(page);
    expect(openGraph.images).toEqual([
      { url: og.url, secureUrl: og.url, type: 'image/png', width: 1200, height: 630, alt },
      {
        url: square.url,
        secureUrl: square.url,
        type: 'image/jpeg',
        width: 1080,
        height: 1080,
        alt,
      },
    ]);
    expect(twitter).toEqual({ card: 'summary_large_image', images: [{ url: og.url, alt }] });
  });

  it('holds every tag, as attributes', () => {
    const { tags } = pageMeta(page);
    expect(tags).toHaveLength(15);
    expect(tags[0]).toEqual({ property: 'og:image', content: og.url });
    expect(tags.at(-3)).toEqual({ name: 'twitter:card', content: 'summary_large_image' });
  });

  it('is written as it was read, whatever stands in it', () => {
    const alts = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(alts, (alt) => {
        const html = servicesHtml([og, square], alt);
        expect(metaHtml({ meta_html: html })).toBe(html);
      }),
    );
  });
});

describe('pageMeta without the API', () => {
  it('says of a picture what the service would say of it', () => {
    const pictures = fc.record({
      format: fc.constantFrom(...imageFormatNames),
      secure: fc.boolean(),
      width: fc.integer({ min: 1, max: 4_000 }),
      height: fc.integer({ min: 1, max: 4_000 }),
      alt: fc.option(fc.string({ unit: 'binary', maxLength: 600 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(pictures, ({ format, secure, width, height, alt }) => {
        const url = `${secure ? 'https' : 'http'}://cards.example.com/i/a.x?a=1&b=%27&sig=x`;
        const picture = { url, widthPx: width, heightPx: height, format };
        const expected = servicesHtml([picture], alt);
        expect(metaHtml({ url, width, height, format, alt })).toBe(expected);
      }),
    );
  });

  it('needs no more than the key and the size of a page', () => {
    const source = {
      baseUrl: 'https://cards.example.com/',
      key: 'blog/hello',
      width: 1200,
      height: 630,
    };
    const url = 'https://cards.example.com/p/blog/hello.png';
    expect(pageMeta(source).openGraph.images).toEqual([
      { url, secureUrl: url, type: 'image/png', width: 1200, height: 630 },
    ]);
    const other = { ...source, size: 'square', width: 1080, height: 1080, format: 'jpeg' } as const;
    const { openGraph, twitter } = pageMeta(other);
    expect(openGraph.images[0]).toMatchObject({
      url: 'https://cards.example.com/p/blog/hello@square.jpg',
      type: 'image/jpeg',
    });
    expect(twitter.card).toBe('summary');
  });

  it.each([
    ['https://a.example/i/x.jpg?sig=y.png', 'image/jpeg'],
    ['https://a.example/i/x.webp', 'image/webp'],
    ['https://a.example/x', undefined],
  ])('reads the type of %s from its path', (url, type) => {
    expect(pageMeta({ url, width: 2, height: 1 }).openGraph.images[0]?.type).toBe(type);
  });

  it('refuses what no crawler can follow', () => {
    expect(() => pageMeta({ url: '/p/a.png', width: 2, height: 1 })).toThrow(
      'url: must be absolute',
    );
    const key = { baseUrl: 'https://a.example', key: 'a b?', width: 2, height: 1 };
    expect(() => pageMeta(key)).toThrow('key: must be made of');
  });
});
