import { describe, expect, it } from '@jest/globals';
import { bodyProblem } from '../../../src/library/draft-problems.js';

const messageOf = (source: string) => bodyProblem('card', Buffer.from(source))?.message;

describe('a body that would take minutes to compile', () => {
  it.each([
    ['blocks', `${'{{#if a}}'.repeat(9_000)}${'{{/if}}'.repeat(9_000)}`],
    ['trimmed and inverse blocks', `${'{{~#if a}}{{^b}}'.repeat(9_000)}`],
    ['expressions', `{{a ${'(b '.repeat(9_000)}${')'.repeat(9_000)}}}`],
  ])('is not compiled: nested %s', (_what, source) => {
    expect(messageOf(source)).toMatch(/nested more than 50 deep/);
  });

  it('is not compiled: a very long one', () => {
    expect(messageOf('{{title}} '.repeat(95_000))).toMatch(/larger than 256 KB/);
  });

  it('is not one with many blocks after each other, or with smileys', () => {
    expect(
      messageOf(`${':('.repeat(90)}${'{{#if (or a b)}}a{{/if}}'.repeat(1_000)}`),
    ).toBeUndefined();
  });
});
