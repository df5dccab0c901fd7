import { type Browser, chromium, type Page } from 'playwright';
import type { ImageFormat } from '../../src/images/image.js';
import { CARD_SIZE, loadCard, QUALITY } from '../cards/card.js';
import { createStandaloneHtml } from '../cards/standalone-html.js';
import { LOOKS, mayUseSandbox } from './browser-flags.js';
import type { Contender, ContenderOptions } from './contender.js';

const viewport = { width: CARD_SIZE.widthPx, height: CARD_SIZE.heightPx };

function launch(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH;
  return chromium.launch({
    ...(executablePath ? { executablePath } : {}),
    chromiumSandbox: mayUseSandbox,
    args: LOOKS,
  });
}

/** Playwright knows PNG and JPEG only; for WebP it has the protocol's own capture. */
async function screenshot(page: Page, format: ImageFormat): Promise<Buffer> {
  if (format === 'png') return page.screenshot();
  if (format === 'jpeg') return page.screenshot({ type: 'jpeg', quality: QUALITY.jpeg });
  const session = await page.context().newCDPSession(page);
  try {
    const options = { format: 'webp', quality: QUALITY.webp } as const;
    const { data } = await session.send('Page.captureScreenshot', options);
    return Buffer.from(data, 'base64');
  } finally {
    await session.detach();
  }
}

function contender(
  browser: Browser,
  draw: (index: number, format: ImageFormat) => Promise<Buffer>,
): Contender {
  return {
    pids: [process.pid],
    render: async (index, format) => (await draw(index, format)).length,
    picture: (index) => draw(index, 'png'),
    close: () => browser.close(),
  };
}

/** What most people write: a context and a page for each picture, and a screenshot. */
export async function pagePerPicture(options: ContenderOptions): Promise<Contender> {
  const { card, folder, defaultScreenshot = false } = options;
  const html = createStandaloneHtml(await loadCard(card, folder));
  const browser = await launch();
  return contender(browser, async (index, format) => {
    const context = await browser.newContext({ viewport });
    try {
      const page = await context.newPage();
      await page.setContent(html(index), { waitUntil: 'load' });
      return await screenshot(page, defaultScreenshot ? 'png' : format);
    } finally {
      await context.close();
    }
  });
}

/** Pages are kept, documents are set anew. */
export async function keptPages({ card, folder, lanes }: ContenderOptions): Promise<Contender> {
  const html = createStandaloneHtml(await loadCard(card, folder));
  const browser = await launch();
  const context = await browser.newContext({ viewport });
  const free = await Promise.all(Array.from({ length: lanes }, () => context.newPage()));
  return contender(browser, async (index, format) => {
    const page = free.pop();
    if (!page) throw new Error('more pictures at once than pages');
    try {
      await page.setContent(html(index), { waitUntil: 'load' });
      return await screenshot(page, format);
    } finally {
      free.push(page);
    }
  });
}
