import { describe, expect, it } from '@jest/globals';
import type { Warning } from '../../../src/errors/warning.js';
import type { ImageRecord } from '../../../src/images/image.js';
import { isWorthRedrawing } from '../../../src/images/is-worth-redrawing.js';

const DRAWN = '2026-11-21T10:00:00.000Z';
const MINUTE = 60_000;

function isWorth(warning: Warning, afterMs: number): boolean {
  const record = { warnings: [warning], completedAt: DRAWN } as ImageRecord;
  return isWorthRedrawing(record, Date.parse(DRAWN) + afterMs);
}

describe('an image that lacks a picture', () => {
  const failed: Warning = { code: 'picture_failed', message: 'x' };

  it('is drawn anew soon where the reason may pass, later where it may not', () => {
    expect(isWorth({ ...failed, retryable: true }, 500)).toBe(false);
    expect(isWorth({ ...failed, retryable: true }, 1_000)).toBe(true);
    expect(isWorth(failed, 59 * MINUTE)).toBe(false);
    expect(isWorth(failed, 60 * MINUTE)).toBe(true);
  });

  it('is not mixed up with others', () => {
    expect(isWorth({ code: 'picture_too_small', message: 'x' }, 1e9)).toBe(false);
  });
});
