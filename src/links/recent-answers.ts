import type { ImageFormat } from '../images/image.js';
import type { ImageAnswer } from './image-answer.js';
import type { Link } from './link.js';

interface Recent {
  answer: ImageAnswer;
  readAtMs: number;
}

/**
 * Answers by link and format for `freshMs`, so that a flood of one link costs one look. A link that
 * was changed is another object, so nothing of it is found.
 */
export function createRecentAnswers(freshMs: number, clock = () => performance.now()) {
  const byLink = new WeakMap<Link, Map<ImageFormat, Recent>>();

  return {
    get(link: Link, format: ImageFormat): ImageAnswer | undefined {
      const recent = byLink.get(link)?.get(format);
      return recent && clock() - recent.readAtMs < freshMs ? recent.answer : undefined;
    },
    /** Returns the answer. */
    keep(link: Link, format: ImageFormat, answer: ImageAnswer): ImageAnswer {
      const answers = byLink.get(link) ?? new Map<ImageFormat, Recent>();
      byLink.set(link, answers.set(format, { answer, readAtMs: clock() }));
      return answer;
    },
  };
}
