import type { Browser } from 'playwright';

/**
 * Resolves once the browser has captured an empty page. A browser whose drawing process hangs still
 * answers every other call, so only a capture shows that it works. The caller bounds the wait.
 */
export async function canDraw(browser: Browser): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Page.captureScreenshot', { format: 'jpeg', optimizeForSpeed: true });
  } finally {
    await context.close();
  }
}
