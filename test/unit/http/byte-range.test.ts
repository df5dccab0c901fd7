import { describe, expect, it } from '@jest/globals';
import { parseByteRange } from '../../../src/http/byte-range.js';

describe('parseByteRange', () => {
  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=10-', { start: 10, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['bytes=50-1000', { start: 50, end: 99 }],
  ])('reads %s of 100 bytes', (header, range) => {
    expect(parseByteRange(header, 100)).toEqual(range);
  });

  it.each(['bytes=100-', 'bytes=5-4', 'bytes=-0', 'bytes=-', 'bytes=0-1,3-4', 'lines=1-2', 'x'])(
    'leaves %s aside, so that the whole file is the answer',
    (header) => {
      expect(parseByteRange(header, 100)).toBeUndefined();
    },
  );

  it('has no range of an empty file', () => {
    expect(parseByteRange('bytes=0-', 0)).toBeUndefined();
  });
});
