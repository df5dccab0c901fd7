import { expect, type GoodContext, image, pathOf } from './good-kind.js';

/** A little more than the pictures that the service keeps at hand (src/http/routes/image-file-routes.ts). */
const FILL_BYTES = 72 * 1024 * 1024;
/** Larger ones it does not keep. */
const MAX_KEPT_BYTES = 2 * 1024 * 1024;
const AT_ONCE = 4;

/**
 * Draws and fetches large pictures until the service holds as many as it ever will: what it is meant
 * to keep at hand is then no growth. Returns how many it took.
 * @throws Error where a picture cannot be had
 */
export async function fillMemories({ ask, samples }: GoodContext): Promise<number> {
  let left = FILL_BYTES;
  let next = 0;

  async function one(): Promise<void> {
    const { id, sample } = samples[next % samples.length] as GoodContext['samples'][number];
    next += 1;
    const accent = `#${(0x203040 + next).toString(16)}`;
    const data = { ...sample, accent };
    const body = { template: id, data, size: 'story' };
    const { json } = await image(ask, body);
    const picture = await ask(pathOf(json.url));
    expect(picture.status === 200, `a large ${id}`, picture);
    if (picture.bytes.length <= MAX_KEPT_BYTES) left -= picture.bytes.length;
  }

  async function fill(): Promise<void> {
    while (left > 0) await one();
  }
  await Promise.all(Array.from({ length: AT_ONCE }, fill));
  return next;
}
