import type { EndpointAnswer } from './endpoint.js';
import { imageContent } from './image-content.js';

/** What every address that never breaks answers, for the description. */
export const fallbackAnswers: Record<number, EndpointAnswer> = {
  200: {
    description: 'A picture, whatever happens behind.',
    content: imageContent,
    headers: {
      ETag: 'Strong validator.',
      'X-Cardpress-Source': '`stored`, `rendered`, or `fallback` for a picture that stands in.',
      'Cache-Control': 'A year for the picture itself, a minute for one that stands in.',
    },
  },
  206: {
    description: 'The range of it that was asked for.',
    content: imageContent,
  },
  304: { description: 'The picture that the caller holds is current.' },
};
