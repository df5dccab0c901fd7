import { describe, expect, it } from '@jest/globals';
import { AppError } from '../../../src/errors/app-error.js';
import {
  currentPath,
  parsePageAddress,
  versionPath,
} from '../../../src/publishing/page-address.js';
import { assertPageKey } from '../../../src/publishing/page-key.js';
import { imageIdOf } from '../../support/image-record.js';

const id = imageIdOf(7);
const picture = {
  size: 'square',
  imageId: id,
  objectKey: `note/aa/${id}.jpg`,
  widthPx: 400,
  heightPx: 400,
  format: 'jpeg' as const,
};

describe('addresses of pages', () => {
  it.each(['a', 'blog/2026/hello.world', 'a.png', '~x/-/_'])('of %s are read as written', (key) => {
    const of = (path: string) => parsePageAddress(path.replace('/p/', ''));
    expect(of(currentPath(key, picture, true))).toEqual({ key, format: 'jpeg' });
    expect(of(currentPath(key, picture, false))).toEqual({ key, format: 'jpeg', size: 'square' });
    expect(of(versionPath(key, picture))).toEqual({ key, format: 'jpeg', version: id });
  });

  it.each([
    '',
    'a',
    'a.gif',
    '.png',
    'a//b.png',
    '../a.png',
    'a@.png',
    'a@B.png',
    'a b.png',
    'a.PNG',
  ])('there are none as %j', (path) => {
    expect(parsePageAddress(path)).toBeUndefined();
  });
});

describe('keys', () => {
  it.each(['a', 'a/b/c', 'A-1_2.~', 'x'.repeat(200)])('%s', (key) => {
    expect(() => assertPageKey(key)).not.toThrow();
  });

  it.each([
    ['', /1 and 200/],
    ['x'.repeat(201), /1 and 200/],
    ['/a', /slash/],
    ['a//b', /slash/],
    ['a/../b', /"\.\."/],
    ['héllo', /made of/],
    ['a@b', /made of/],
    ['check', /taken/],
    [`a/v${id}`, /version/],
  ])('%j is refused, with the reason', (key, reason) => {
    expect(() => assertPageKey(key)).toThrow(AppError);
    expect(() => assertPageKey(key)).toThrow(reason);
  });
});
