import { describe, expect, it } from '@jest/globals';
import {
  createRetrySchedule,
  RETRY_DELAYS_MS,
  readRetryAfter,
} from '../../../src/webhooks/retry-schedule.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

describe('the schedule', () => {
  it('is 5 s, 5 m, 30 m, 2 h, 5 h, 10 h, 10 h, and then no more', () => {
    const schedule = createRetrySchedule({ random: () => 0 });
    expect([1, 2, 3, 4, 5, 6, 7, 8].map((n) => schedule.delayAfter(n))).toEqual([
      5 * SECOND,
      5 * MINUTE,
      30 * MINUTE,
      2 * HOUR,
      5 * HOUR,
      10 * HOUR,
      10 * HOUR,
      undefined,
    ]);
  });

  it('spreads each wait over a fifth more, never less', () => {
    const at = (random: number) => createRetrySchedule({ random: () => random });
    for (const [n, delayMs] of RETRY_DELAYS_MS.entries()) {
      expect(at(0).delayAfter(n + 1)).toBe(delayMs);
      expect(at(0.5).delayAfter(n + 1)).toBe(Math.round(delayMs * 1.1));
      expect(at(1).delayAfter(n + 1)).toBe(Math.round(delayMs * 1.2));
    }
    const drawn = Array.from({ length: 20 }, () => createRetrySchedule().delayAfter(7));
    expect(new Set(drawn).size).toBeGreaterThan(1);
  });

  it('waits as long as the receiver asks, up to a day, never shorter than planned', () => {
    const schedule = createRetrySchedule({ random: () => 0 });
    expect(schedule.delayAfter(1, 40 * SECOND)).toBe(40 * SECOND);
    expect(schedule.delayAfter(4, 40 * SECOND)).toBe(2 * HOUR);
    expect(schedule.delayAfter(1, 90 * HOUR)).toBe(24 * HOUR);
    expect(schedule.delayAfter(8, 40 * SECOND)).toBeUndefined();
  });
});

describe('Retry-After', () => {
  const now = new Date('2026-11-21T10:00:00Z');
  const read = (value: string, status = 503) =>
    readRetryAfter({ status, headers: { 'retry-after': value } }, now);

  it.each([
    ['0', 0],
    ['120', 120 * SECOND],
    ['Sat, 21 Nov 2026 10:01:30 GMT', 90 * SECOND],
    ['Sat, 21 Nov 2026 09:00:00 GMT', 0],
  ])('reads %s', (value, ms) => {
    expect(read(value)).toBe(ms);
    expect(read(value, 429)).toBe(ms);
  });

  it.each(['', 'soon', '-5', '1.5', '99999999999', '99999999999999'])(
    'passes over "%s"',
    (value) => {
      expect(read(value)).toBeUndefined();
    },
  );

  it('counts for 429 and 503 alone', () => {
    for (const status of [200, 301, 400, 500, 502]) expect(read('120', status)).toBeUndefined();
    expect(readRetryAfter({ status: 503, headers: {} }, now)).toBeUndefined();
  });
});
