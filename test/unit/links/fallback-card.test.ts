import { expect, it } from '@jest/globals';
import type { PreparedImage } from '../../../src/images/prepare.js';
import { createFallbackCard } from '../../../src/links/fallback-card.js';
import type { Template } from '../../../src/templates/template.js';

const CARDS = 1_200;
const sizes = Object.fromEntries(Array.from({ length: CARDS }, (_, i) => [`s${i}`, [100, 100]]));

it('orders a missing card once, and remembers no more cards than it may', async () => {
  const ordered: string[] = [];
  const fallbackCard = createFallbackCard({
    registry: { get: () => ({ id: 'generic', manifest: { sizes } }) as unknown as Template },
    images: {
      prepare: ({ size }) => ({ id: size, key: `${size}.png` }) as unknown as PreparedImage,
      ensure: async ({ id }) => {
        ordered.push(id);
        throw new Error('not drawn here');
      },
    },
    readStored: async () => undefined,
  });
  for (let i = 0; i < CARDS; i += 1) await fallbackCard(undefined, 'png', `s${i}`);
  await fallbackCard(undefined, 'png', `s${CARDS - 1}`);
  expect(ordered).toHaveLength(CARDS);
  // Sizes and formats are anybody's to choose: the first of so many is forgotten by now.
  await fallbackCard(undefined, 'png', 's0');
  expect(ordered.slice(CARDS)).toEqual(['s0']);
});
