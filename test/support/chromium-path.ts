import { MissingServiceError } from './require-service.js';

interface ChromiumModule {
  findChromium(): string | undefined;
}

let found: string | undefined;

/** The Chromium that tests drive: CHROMIUM_PATH, as `npm test` sets it, else what set-up finds. */
export async function chromiumPath(): Promise<string> {
  if (process.env.CHROMIUM_PATH) return process.env.CHROMIUM_PATH;
  if (found) return found;
  const setup = new URL('../../scripts/setup/chromium.mjs', import.meta.url).href;
  found = ((await import(setup)) as ChromiumModule).findChromium();
  if (!found) {
    throw new MissingServiceError(
      'no Chromium: install chromium-headless-shell, or set CHROMIUM_PATH; "npm test" does it on Debian and Ubuntu',
    );
  }
  return found;
}
