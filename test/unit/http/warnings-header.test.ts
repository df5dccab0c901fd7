import { describe, expect, it } from '@jest/globals';
import { warningsHeader } from '../../../src/http/presenters/warnings-header.js';

describe('warningsHeader', () => {
  it('is ASCII that parses to the warnings', () => {
    const warnings = [
      { code: 'text_clipped' as const, field: 'title', message: 'Schön — 日本 😀 \u007f\n' },
    ];
    const header = warningsHeader(warnings);
    expect(header).toMatch(/^[\x20-\x7e]+$/);
    expect(JSON.parse(header)).toEqual(warnings);
  });

  it('stays whole JSON under 4000 characters, and tells how many it left out', () => {
    const warnings = Array.from({ length: 500 }, (_, i) => ({
      code: 'truncated' as const,
      message: `日${i}`,
    }));
    const header = warningsHeader(warnings);
    expect(header.length).toBeLessThanOrEqual(4_000);
    const parsed = JSON.parse(header) as { code: string; message: string }[];
    const shown = parsed.length - 1;
    expect(parsed.slice(0, shown)).toEqual(warnings.slice(0, shown));
    expect(parsed.at(-1)).toEqual({ code: 'more', message: `${500 - shown} more left out` });
  });

  it('leaves out even a single one that is too long', () => {
    const parsed = JSON.parse(warningsHeader([{ code: 'truncated', message: 'x'.repeat(5_000) }]));
    expect(parsed).toEqual([{ code: 'more', message: '1 more left out' }]);
  });

  it('is an empty list without warnings', () => {
    expect(warningsHeader([])).toBe('[]');
  });
});
