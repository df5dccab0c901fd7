import { describe, expect, it } from '@jest/globals';
import { describeFindings, type FindingCode } from '../../../src/browser/describe-findings.js';

const finding = (code: FindingCode, field: string | null = 'title', detail = {}) => ({
  code,
  field,
  detail,
});

describe('describeFindings', () => {
  it('tells each finding once for each field, with its numbers', () => {
    const warnings = describeFindings([
      finding('text_at_minimum', 'title', { font_px: 22 }),
      finding('text_at_minimum', 'title', { font_px: 22 }),
      finding('text_at_minimum', 'subtitle', { font_px: 12 }),
      finding('picture_not_shown', null),
    ]);
    expect(warnings.map(({ code, field }) => [code, field])).toEqual([
      ['text_at_minimum', 'title'],
      ['text_at_minimum', 'subtitle'],
      ['picture_not_shown', undefined],
    ]);
    expect(warnings[0]?.message).toContain('(22 px)');
  });

  it('tells of what it has no words for, as a page of another build may send', () => {
    const [warning, ...more] = describeFindings([finding('from_the_future' as FindingCode)]);
    expect(more).toEqual([]);
    expect(warning).toMatchObject({ code: 'unknown_finding', field: 'title', severity: 'warning' });
    expect(warning?.message).toContain('"from_the_future"');
  });

  it.each<FindingCode>(['text_clipped', 'text_overlaps', 'glyph_missing', 'picture_not_shown'])(
    'counts %s as an error: the picture should not go out',
    (code) => expect(describeFindings([finding(code)])[0]?.severity).toBe('error'),
  );
});
