import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, CARDS_FOLDER, cardData, QUALITY } from '../cards/card.js';
import { createPhotoData } from '../cards/photo-data.js';
import type { Contender, ContenderOptions } from './contender.js';

const OWN_BUILD = fileURLToPath(new URL('../..', import.meta.url));

/** The same entrance as the command line has: it changes least between versions. */
async function loadEngine(build: string) {
  const load = (path: string) => import(pathToFileURL(join(build, 'src', path)).href);
  const { composeLocalDrawing }: typeof import('../../src/compose/drawing.js') =
    await load('compose/drawing.js');
  const { loadSettings }: typeof import('../../src/config/settings.js') =
    await load('config/settings.js');
  const { createLogger }: typeof import('../../src/observability/logger.js') =
    await load('observability/logger.js');
  const { createMetrics }: typeof import('../../src/observability/metrics.js') = await load(
    'observability/metrics.js',
  );
  return { composeLocalDrawing, loadSettings, createLogger, createMetrics };
}

/** Our engine without queue and storage: pictures, fit, verdict, stamps and encoding included. */
export async function engine(options: ContenderOptions): Promise<Contender> {
  const { card, folder = CARDS_FOLDER, lanes, build = OWN_BUILD, rotate, photos } = options;
  const own = await loadEngine(build);
  const settings = own.loadSettings({
    ...process.env,
    TEMPLATES_DIR: folder,
    RENDER_CONCURRENCY: String(lanes),
  });
  const observers = { logger: own.createLogger('error'), metrics: own.createMetrics() };
  const drawing = await own.composeLocalDrawing(settings, observers);
  const nameOf = (index: number) => (rotate === undefined ? card : `${card}-${index % rotate}`);
  const photoData = photos ? await createPhotoData(drawing.registry.get(nameOf(0))) : undefined;
  const dataOf = (name: string, index: number) =>
    photoData?.(index) ?? cardData(drawing.registry.get(name), index);

  async function draw(index: number, format: ImageFormat): Promise<Buffer> {
    const name = nameOf(index);
    const { spec } = drawing.prepare({
      template: name,
      data: dataOf(name, index),
      size: CARD_SIZE.name,
      output: { format, quality: QUALITY[format] },
    });
    return (await drawing.draw(spec)).encoded.body;
  }
  return {
    pids: [process.pid],
    render: async (index, format) => (await draw(index, format)).length,
    picture: (index) => draw(index, 'png'),
    close: () => drawing.close(),
  };
}
