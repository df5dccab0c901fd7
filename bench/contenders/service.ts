import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, CARDS_FOLDER, cardData, loadCard, QUALITY } from '../cards/card.js';
import { askBatch, askImage } from '../service/ask-images.js';
import { startProgram } from '../service/start-program.js';
import type { Contender, ContenderOptions } from './contender.js';

/**
 * The whole way: HTTP, queue, engine, storage, record; with a Redis and files of its own. Time and
 * memory are the service's with Redis and browser, without this process, which only asks.
 */
export async function service(options: ContenderOptions): Promise<Contender> {
  const { card: name, folder = CARDS_FOLDER, lanes } = options;
  const card = await loadCard(name, folder);
  const program = await startProgram({
    env: { TEMPLATES_DIR: folder, RENDER_CONCURRENCY: String(lanes) },
  });
  const request = (format: ImageFormat) => ({
    template: name,
    size: CARD_SIZE.name,
    output: { format, ...(format === 'png' ? {} : { quality: QUALITY[format] }) },
  });

  async function draw(index: number, format: ImageFormat) {
    const image = await askImage(program, { ...request(format), data: cardData(card, index) });
    if (image.reused) throw new Error(`picture ${index} was there before`);
    return image;
  }
  return {
    pids: [program.pid],
    render: async (index, format) => (await draw(index, format)).bytes,
    async renderTogether(first, count, format) {
      const items = Array.from({ length: count }, (_, i) => ({ data: cardData(card, first + i) }));
      const seconds = await askBatch(program, { ...request(format), items });
      // One of them, asked for again, tells what all weigh.
      const data = cardData(card, first);
      const { bytes } = await askImage(program, { ...request(format), data });
      return { bytes: bytes * count, seconds };
    },
    async picture(index) {
      const { url } = await draw(index, 'png');
      return Buffer.from(await (await fetch(url)).arrayBuffer());
    },
    close: () => program.stop(),
  };
}
