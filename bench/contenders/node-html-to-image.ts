import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, loadCard, QUALITY } from '../cards/card.js';
import { createStandaloneHtml } from '../cards/standalone-html.js';
import { LOOKS, mayUseSandbox } from './browser-flags.js';
import type { Contender, ContenderOptions } from './contender.js';
import { loadPeer } from './load-peer.js';

/** What is used of https://github.com/frinyvonnick/node-html-to-image#api */
interface Options {
  html: string;
  content: Record<string, unknown>[];
  type: 'png' | 'jpeg';
  quality?: number;
  maxConcurrency: number;
  puppeteerArgs: {
    executablePath?: string;
    args: string[];
    defaultViewport: { width: number; height: number };
  };
}
interface Module {
  default(options: Options): Promise<Buffer[]>;
}

/**
 * Its own bulk mode: one call with a list as `content`. Each call starts a browser and ends it,
 * which is how the library works and therefore counts.
 */
export async function nodeHtmlToImage(options: ContenderOptions): Promise<Contender> {
  const library = loadPeer<Module>('node-html-to-image').default;
  const html = createStandaloneHtml(await loadCard(options.card, options.folder));
  const executablePath = process.env.CHROMIUM_PATH;

  async function draw(first: number, count: number, format: ImageFormat): Promise<Buffer[]> {
    if (format !== 'png' && format !== 'jpeg')
      throw new Error('node-html-to-image knows PNG and JPEG only');
    return library({
      html: '{{{document}}}',
      content: Array.from({ length: count }, (_, i) => ({ document: html(first + i) })),
      type: format,
      ...(format === 'jpeg' ? { quality: QUALITY.jpeg } : {}),
      maxConcurrency: options.lanes,
      puppeteerArgs: {
        ...(executablePath ? { executablePath } : {}),
        args: mayUseSandbox ? LOOKS : [...LOOKS, '--no-sandbox'],
        defaultViewport: { width: CARD_SIZE.widthPx, height: CARD_SIZE.heightPx },
      },
    });
  }
  async function renderTogether(first: number, count: number, format: ImageFormat) {
    const startedAt = performance.now();
    const pictures = await draw(first, count, format);
    const seconds = (performance.now() - startedAt) / 1000;
    return { bytes: pictures.reduce((sum, picture) => sum + picture.length, 0), seconds };
  }
  return {
    pids: [process.pid],
    render: async (index, format) => (await renderTogether(index, 1, format)).bytes,
    renderTogether,
    picture: async (index) => (await draw(index, 1, 'png'))[0] ?? Buffer.alloc(0),
    close: async () => undefined,
  };
}
