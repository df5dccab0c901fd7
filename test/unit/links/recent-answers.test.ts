import { expect, it } from '@jest/globals';
import type { ImageAnswer } from '../../../src/links/image-answer.js';
import type { Link } from '../../../src/links/link.js';
import { createRecentAnswers } from '../../../src/links/recent-answers.js';

const link = (id: string): Link => ({
  ...{ id, template: 'note', fixed: {}, fields: {} },
  ...{ maxImages: 10, maxPerMinute: 10, createdAt: '2026-01-01T00:00:00.000Z' },
});
const answer = (text: string): ImageAnswer => ({
  ...{ source: 'fallback' as const, contentType: 'image/png' },
  body: Buffer.from(text),
});

it('keeps an answer by link and format for a while', () => {
  let nowMs = 0;
  const recent = createRecentAnswers(1_000, () => nowMs);
  const [one, other] = [link('a'), link('a')];
  expect(recent.keep(one, 'png', answer('one')).body.toString()).toBe('one');
  recent.keep(one, 'jpeg', answer('photo'));
  const shown = (of: Link, format: 'png' | 'jpeg' | 'webp') =>
    recent.get(of, format)?.body.toString();
  expect([shown(one, 'png'), shown(one, 'jpeg'), shown(one, 'webp')]).toEqual([
    ...['one', 'photo', undefined],
  ]);
  // It was changed, and read again.
  expect(shown(other, 'png')).toBeUndefined();
  nowMs = 999;
  expect(shown(one, 'png')).toBe('one');
  nowMs = 1_000;
  expect(shown(one, 'png')).toBeUndefined();
});
