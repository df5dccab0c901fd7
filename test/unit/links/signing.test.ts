import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { canonicalAddress, encodePart, readAddress } from '../../../src/links/canonical-address.js';
import { deriveUrlKey, isSigned, signAddress } from '../../../src/links/url-signature.js';

interface Vector {
  name: string;
  path: string;
  params: Record<string, string>;
  address: string;
  sig: string;
}
const root = fileURLToPath(new URL('../../../', import.meta.url));
const { key, vectors } = JSON.parse(
  readFileSync(join(root, 'test/support/signing-vectors.json'), 'utf8'),
) as { key: string; vectors: Vector[] };

describe('the signature', () => {
  it.each(vectors)('$name', ({ path, params, address, sig }) => {
    const given = { path, params: new Map(Object.entries(params)) };
    expect(canonicalAddress(given)).toBe(address);
    const bytes = Buffer.from(key, 'hex');
    expect(signAddress(bytes, given)).toBe(sig);
    const mark = address.includes('?') ? '&' : '?';
    const read = readAddress(`${address}${mark}sig=${sig}`);
    expect(read && isSigned([Buffer.alloc(32), bytes], read)).toBe(true);
    expect(read && isSigned([Buffer.alloc(32)], read)).toBe(false);
  });

  it('accepts no second spelling of itself', () => {
    const [vector] = vectors as [Vector];
    const bytes = Buffer.from(key, 'hex');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const accepted = [...alphabet].filter((last) => {
      const params = new Map([['sig', vector.sig.slice(0, -1) + last]]);
      return isSigned([bytes], { path: vector.path, params });
    });
    expect(accepted).toEqual([vector.sig.at(-1)]);
  });

  it('writes half a surrogate pair as the replacement character', () => {
    expect(encodePart('a\uD83Db')).toBe('a%EF%BF%BDb');
    expect(encodePart('😀')).toBe('%F0%9F%98%80');
  });

  it('has a key of its own, that follows from the secret', () => {
    expect(deriveUrlKey('secret').toString('hex')).not.toBe(deriveUrlKey('other').toString('hex'));
    expect(deriveUrlKey('secret')).toHaveLength(32);
  });

  it.each([
    '/i/a.png?x=1&x=1',
    '/i/a.png?x=%',
    '/i/a.png?x=%FF',
    '/i/a.png?%20x=1',
    '/i/%ZZ.png?x=1',
    '/i/a.png?=1',
  ])('has no meaning for %s', (raw) => expect(readAddress(raw)).toBeUndefined());
});
