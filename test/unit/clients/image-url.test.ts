import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ImageUrlOptions, imageUrl } from '../../../clients/js/src/image-url.js';
import { formatOfExtension, imageFormatNames } from '../../../src/formats/image-formats.js';
import { deriveIdKey } from '../../../src/images/image-id.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { createDynamicUrls } from '../../../src/links/dynamic-url.js';
import { template } from '../http/test-app.js';

const { key, vectors } = JSON.parse(
  readFileSync(new URL('../../support/signing-vectors.json', import.meta.url), 'utf8'),
) as {
  key: string;
  vectors: {
    name: string;
    path: string;
    params: Record<string, string>;
    address: string;
    sig: string;
  }[];
};
const baseUrl = 'https://cards.example.com';

/** A vector in the words of the client: options under their own names. */
function optionsOf({ path, params }: (typeof vectors)[number]): ImageUrlOptions {
  const [, id = '', ending = ''] = /^\/i\/(.+)\.(\w+)$/.exec(path) ?? [];
  const { _size: size, _scale, _quality, _max_bytes, _expires, ...data } = params;
  const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
  const format = formatOfExtension(ending);
  return {
    ...{ baseUrl, template: id, data, size, signingKey: key },
    output: {
      ...{ format, scale: number(_scale) },
      ...{ quality: number(_quality), max_bytes: number(_max_bytes) },
    },
    expiresAt: _expires ? new Date(Number(_expires) * 1_000) : undefined,
  };
}

const article = (data: Record<string, unknown>, more: Partial<ImageUrlOptions> = {}) =>
  imageUrl({ baseUrl, template: 'article', data, signingKey: key, ...more });

describe('imageUrl', () => {
  it.each(vectors)('signs as the service does: $name', async (vector) => {
    const mark = vector.address.includes('?') ? '&' : '?';
    const expected = `${baseUrl}${vector.address}${mark}sig=${vector.sig}`;
    expect(await imageUrl(optionsOf(vector))).toBe(expected);
  });

  it('makes the address that the service makes, and that the service reads, of any data', async () => {
    const registry = {
      get: () => template,
      load: async () => undefined,
      getVersion: async () => template,
      list: () => [template],
    };
    const urls = createDynamicUrls({
      keys: [Buffer.from(key, 'hex')],
      prepare: createPrepare({ registry, idKey: deriveIdKey('secret') }),
      registry,
      publicUrl: baseUrl,
    });
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 });
    const requests = fc.record({
      data: fc.record({ title: text.filter((one) => one.trim() !== '') }),
      size: fc.constantFrom('og', 'square', undefined),
      output: fc.record({
        format: fc.constantFrom(...imageFormatNames),
        scale: fc.constantFrom(1, 2, 3),
        quality: fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined }),
        max_bytes: fc.option(fc.integer({ min: 1_000, max: 9_000_000 }), { nil: undefined }),
      }),
    });
    await fc.assert(
      fc.asyncProperty(requests, async ({ data, size, output }) => {
        const url = await article(data, { size, output });
        expect(url).toBe(urls.make({ template: 'article', data, size, output }).url);
        const read = urls.read(url.slice(baseUrl.length));
        expect(read?.request.data).toEqual(data);
      }),
      { numRuns: 200 },
    );
  });

  it('writes numbers, booleans, dates and lists as the service reads them, and leaves out nothing else', async () => {
    const url = new URL(
      await article({
        ...{ count: 12.5, isNew: false, empty: '', gone: null, never: undefined },
        ...{ at: new Date('2026-11-21T10:00:00Z'), tags: ['a, b', 'c'], half: 'x\ud800' },
      }),
    );
    url.searchParams.delete('sig');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      ...{ count: '12.5', isNew: 'false', empty: '', at: '2026-11-21T10:00:00.000Z' },
      ...{ tags: '["a, b","c"]', half: 'x\ufffd' },
    });
  });

  it('keeps the path that the service is published under, and leaves it out of what is signed', async () => {
    const plain = await article({ title: 'x' });
    const below = await article({ title: 'x' }, { baseUrl: 'https://example.com/cards/' });
    expect(below).toBe(plain.replace(baseUrl, 'https://example.com/cards'));
  });

  it('ends when it is told to', async () => {
    const seconds = Math.floor(Date.now() / 1_000);
    const url = new URL(await article({}, { expiresInSeconds: 3_600 }));
    const end = Number(url.searchParams.get('_expires'));
    expect(end).toBeGreaterThanOrEqual(seconds + 3_600);
    expect(end).toBeLessThan(seconds + 3_660);
  });

  it.each<[string, Partial<ImageUrlOptions>, string]>([
    ['a relative base', { baseUrl: '/cards' }, 'baseUrl'],
    ['a base with a query', { baseUrl: 'https://a.example/?x=1' }, 'baseUrl'],
    ['a short key', { signingKey: 'abc' }, 'signingKey'],
    ['a path as template', { template: '../article' }, 'template'],
    ['an option as field', { data: { _size: 'square' } }, 'data._size'],
    ['the signature as field', { data: { sig: 'x' } }, 'data.sig'],
    ['an object as value', { data: { title: { a: 1 } } }, 'data.title'],
    ['no number', { data: { title: Number.NaN } }, 'data.title'],
    ['a scale of 4', { output: { scale: 4 } }, 'output.scale'],
    ['a quality of 0', { output: { quality: 0 } }, 'output.quality'],
    ['a preset', { output: { for: 'x' } as object }, 'output.for'],
    ['both ends', { expiresAt: new Date(), expiresInSeconds: 1 }, 'expiresAt, expiresInSeconds'],
    ['an end that is no time', { expiresAt: new Date('soon') }, 'expiresAt'],
    ['too much text', { data: { title: 'x'.repeat(8_000) } }, 'data'],
  ])('refuses %s, by its name', async (_name, wrong, path) => {
    const error = await article({ title: 'x' }, wrong).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(new RegExp(`^${path.replace('.', '\\.')}: `));
  });
});
