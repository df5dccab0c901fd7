import { describe, expect, it } from '@jest/globals';
import { decodeDataUrl } from '../../../src/assets/data-url.js';

describe('decodeDataUrl', () => {
  it.each([
    ['data:image/png;base64,aGVsbG8=', 'hello'],
    ['DATA:;BASE64,aGVs\nbG8', 'hello'],
    ['data:image/png;base64,aGVsbG8%3D', 'hello'],
    ['data:text/plain,hello%20there', 'hello there'],
    ['data:image/svg+xml;utf8,<svg>é山</svg>', '<svg>é山</svg>'],
    ['data:,%C3%A9', 'é'],
  ])('reads %s', (url, text) => {
    expect(decodeDataUrl(url, 100).toString('utf8')).toBe(text);
  });

  it('keeps every byte', () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const percent = [...bytes].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('');
    expect(decodeDataUrl(`data:application/octet-stream,${percent}`, 256)).toEqual(bytes);
    expect(decodeDataUrl(`data:;base64,${bytes.toString('base64')}`, 256)).toEqual(bytes);
  });

  it.each([
    'data:',
    'data:image/png',
    'data:image/png;base64,',
    'data:;base64,%%%',
    'data:;base64,a$b',
  ])('refuses %s as invalid', (url) => {
    expect(() => decodeDataUrl(url, 100)).toThrow(
      expect.objectContaining({ code: 'asset_invalid' }),
    );
  });

  it('refuses what is larger than the limit, before and after decoding', () => {
    for (const length of [11, 1_000]) {
      const url = `data:;base64,${Buffer.alloc(length).toString('base64')}`;
      expect(() => decodeDataUrl(url, 10)).toThrow(
        expect.objectContaining({ code: 'asset_too_large' }),
      );
    }
    expect(decodeDataUrl(`data:;base64,${Buffer.alloc(10).toString('base64')}`, 10)).toHaveLength(
      10,
    );
  });
});
