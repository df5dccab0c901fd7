import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createPrepare } from '../../../src/images/prepare.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { createDynamicUrls } from '../../../src/links/dynamic-url.js';
import { resolveFields } from '../../../src/templates/resolve-fields.js';

let registry: FolderRegistry;
beforeAll(async () => {
  registry = await loadFolderRegistry({ directory: 'templates', intervalMs: 0 });
});
afterAll(() => registry.close());

const product = (data: Record<string, unknown>) =>
  resolveFields(registry.get('product'), { name: 'Lamp', ...data });

describe('a price by itself', () => {
  it.each<[Record<string, unknown>, number]>([
    [{ price: '1.299', locale: 'de' }, 1299],
    [{ price: '1.299', locale: 'de_DE' }, 1299],
    [{ price: '1.299', locale: 'de', currency: 'EUR' }, 1299],
    [{ price: '1,299', locale: 'en-US' }, 1299],
    [{ price: '1,299', locale: 'de' }, 1.299],
    [{ price: '1.299', currency: 'EUR' }, 1299],
    [{ price: '1,299', currency: 'usd' }, 1299],
    [{ price: '25.000', currency: 'VND' }, 25000],
    [{ price: '25,000', currency: 'VND' }, 25000],
    [{ price: '12,375', currency: 'KWD', locale: 'en' }, 12375],
    [{ price: 1.299, currency: 'EUR', locale: 'de' }, 1.299],
  ])('%j', (data, expected) => {
    const { fields, errors } = product(data);
    expect([errors, fields.price]).toEqual([[], expected]);
  });

  it.each<Record<string, unknown>>([
    { price: '1.299' },
    { price: '1,299' },
    { price: '1.299', locale: 'xx' },
    { price: '1.299', locale: 'fr' },
    { price: '1,299', locale: 'es' },
    { price: '1.299', locale: 'en-US', currency: 'USD' },
    { price: '1,299', locale: 'de', currency: 'EUR' },
    { price: '12.375', currency: 'KWD' },
  ])('%j is refused, with what would settle it', ({ ...data }) => {
    const { errors } = product(data);
    expect(errors).toMatchObject([{ kind: 'invalid_data', field: 'price' }]);
    expect(errors[0]?.message).toMatch(/can be read in two ways.*as 1?\d*.* or as .*`locale`/);
  });

  it('in another currency than the one that is shown draws a warning', () => {
    const codes = (data: Record<string, unknown>) => product(data).warnings.map(({ code }) => code);
    expect(codes({ price: '$12', currency: 'EUR' })).toEqual(['currency_differs']);
    expect(codes({ price: '12 USD' })).toEqual(['currency_differs']);
    expect(codes({ price: '$12', currency: 'CAD' })).toEqual([]);
    expect(codes({ price: '12 €' })).toEqual([]);
  });
});

describe('a date by itself', () => {
  const start = (data: Record<string, unknown>) =>
    resolveFields(registry.get('event'), { title: 'T', ...data });

  it('is read in the order of its language', () => {
    expect(start({ starts_at: '03/04/2026', locale: 'fr' }).fields.starts_at).toBe('2026-04-03');
    expect(start({ starts_at: '03/04/2026', locale: 'en-US' }).fields.starts_at).toBe('2026-03-04');
    for (const locale of ['en', 'xx', undefined]) {
      expect(start({ starts_at: '03/04/2026', locale }).errors).toMatchObject([
        { field: 'starts_at', message: expect.stringContaining('`date_order`') },
      ]);
    }
  });

  it('that is a number of Excel is told of', () => {
    for (const given of [46289, '46289']) {
      const { fields, warnings } = start({ starts_at: given });
      expect(fields.starts_at).toBe('2026-09-24');
      expect(warnings.map(({ code }) => code)).toEqual(['date_from_serial']);
    }
  });
});

describe('numbers in a signed address', () => {
  function open() {
    const prepare = createPrepare({ registry, idKey: Buffer.alloc(32, 1) });
    const keys = [Buffer.alloc(32, 2)] as const;
    const urls = createDynamicUrls({ keys, prepare, registry, publicUrl: 'http://x' });
    return {
      /** The price that is drawn for an address that was made for this data. */
      priceOf(data: Record<string, unknown>) {
        const { url } = urls.make({ template: 'product', data: { name: 'Lamp', ...data } });
        const read = urls.read(url.replace('http://x', ''));
        if (!read) throw new Error('no address');
        return prepare(read.request).spec.fields.price;
      },
    };
  }

  it.each<[Record<string, unknown>, number]>([
    [{ price: 1.299 }, 1.299],
    [{ price: 1.299, locale: 'de' }, 1.299],
    [{ price: '1.299', locale: 'de' }, 1299],
    [{ price: '25.000', currency: 'VND' }, 25000],
    [{ price: '12,50' }, 12.5],
  ])('%j stay what they were', (data, expected) => {
    expect(open().priceOf(data)).toBe(expected);
  });
});
