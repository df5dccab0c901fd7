import { colourFields } from './colour-code.js';
import { goodAddresses } from './good-addresses.js';
import { goodImages } from './good-images.js';
import { expect, type GoodContext, type GoodKind, pathOf } from './good-kind.js';
import type { Ask } from './http-client.js';

/** Weights are shares of requests; a batch draws many pictures, the others one. */
export const goodKinds: GoodKind[] = [...goodImages, ...goodAddresses];

/** What all good requests share, made once. */
export async function prepareGood(
  ask: Ask,
  more: Pick<GoodContext, 'strange' | 'random' | 'took'>,
  bundled: string[],
): Promise<GoodContext> {
  const linkText = 'the link of the soak';
  const made = await ask('/v1/links', {
    body: {
      template: 'colour-code',
      fixed: { ...colourFields(linkText), note: 'nobody' },
      fields: { note: { max_length: 100 } },
      max_images: 1_000_000,
      max_per_minute: 100_000,
    },
  });
  expect(made.status === 201, 'a link', made);
  const samples = await Promise.all(
    bundled.map(async (id) => {
      const { json } = await ask(`/v1/templates/${id}`);
      const { sizes, sample } = json as { sizes?: object; sample?: Record<string, unknown> };
      return { id, sizes: Object.keys(sizes ?? {}), sample: sample ?? {} };
    }),
  );
  return { ...more, ask, linkText, linkPath: pathOf(made.json.url), samples };
}
