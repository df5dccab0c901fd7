import type { Browser } from 'playwright';

/**
 * Resolves once the browser has put out a picture of an empty page. A browser whose drawing
 * process hangs answers every other question, so nothing less tells. Bound the wait outside.
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
