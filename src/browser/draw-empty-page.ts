import type { Browser } from 'playwright';

/**
 * Captures an empty page of the browser, and resolves when that is done. A browser whose GPU or
 * compositor process hangs still answers every other call, so only a capture shows that it works.
 * In a hung browser this never resolves: the caller limits the time.
 */
export async function drawEmptyPage(browser: Browser): Promise<void> {
  const context = await browser.newContext({ javaScriptEnabled: false });
  try {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    await session.send('Page.captureScreenshot', { format: 'jpeg', optimizeForSpeed: true });
  } finally {
    await context.close();
  }
}
