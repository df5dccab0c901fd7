import { describe, expect, it } from '@jest/globals';
import { nearestName } from '../../../src/lib/nearest-name.js';

describe('nearestName', () => {
  it.each([
    ['titel', 'title'],
    ['Title', 'title'],
    ['cover-image', 'cover_image'],
    ['coverImage', 'cover_image'],
    ['autor', 'author'],
    ['ttile', 'title'],
  ])('%s means %s', (wanted, expected) => {
    expect(nearestName(wanted, ['author', 'cover_image', 'title'])).toBe(expected);
  });

  it.each(['banana', '', 'x', 'z'.repeat(5000)])('%.20s is like none of them', (wanted) => {
    expect(nearestName(wanted, ['author', 'cover_image', 'title', 'a'])).toBeUndefined();
  });

  it('takes the nearest, not the first that is near', () => {
    expect(nearestName('titles', ['title_en', 'titled', 'titles_'])).toBe('titles_');
  });
});
