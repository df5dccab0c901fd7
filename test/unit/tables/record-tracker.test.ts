import { describe, expect, it } from '@jest/globals';
import { RecordTracker } from '../../../src/tables/record-tracker.js';

const fed = (...chunks: string[]) => {
  const tracker = new RecordTracker(1);
  for (const chunk of chunks) tracker.push(Buffer.from(chunk));
  return tracker;
};

describe('the place in a file', () => {
  it('passes blank lines as they come, so that a blank file is not held', () => {
    const tracker = fed('\n', '\r\n\r', '\n\n');
    expect(tracker.line).toBe(5);
    expect(tracker.peek()).toBeUndefined();
  });

  it('moves over pieces of any size, and counts a line break that is cut once', () => {
    const tracker = fed('a\r', '', '\nb', '\n', 'c');
    tracker.moveTo(3);
    expect([tracker.line, tracker.peek(), tracker.peek(2)]).toEqual([2, 98, 99]);
    expect(tracker.bytesTo(6).toString()).toBe('b\nc');
    tracker.moveTo(5);
    expect([tracker.line, tracker.peek(), tracker.peek(1)]).toEqual([3, 99, undefined]);
  });
});
