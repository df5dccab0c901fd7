import type { Browser, LaunchOptions as PlaywrightOptions } from 'playwright';
import { childEnvironment } from '../config/child-environment.js';
import { AppError } from '../errors/app-error.js';

export interface LaunchOptions {
  /** Absent: the browser that Playwright installed. */
  executablePath?: string | undefined;
  sandbox: boolean;
  /** `http://127.0.0.1:<port>` of our egress proxy. */
  proxyUrl: string;
  timeoutMs: number;
}

const args = [
  // The next four: only our proxy resolves host names, and nothing bypasses it.
  '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1',
  '--disable-quic',
  '--dns-prefetch-disable',
  '--force-webrtc-ip-handling-policy=disable_non_proxied_udp',
  // The next three: the same pixels on every machine.
  '--force-color-profile=srgb',
  '--font-render-hinting=none',
  '--disable-lcd-text',
  // An image is decoded before its frame is drawn, never in a later frame.
  '--disable-checker-imaging',
  // If only the changed part of a tile is drawn again, a blur in it differs by one or two of 255
  // from a tile drawn as a whole: pixels would depend on what the page showed before.
  '--disable-partial-raster',
  // HTML-in-canvas: a page is drawn into a canvas by `drawElementImage` (docs/decisions/0006).
  '--enable-blink-features=CanvasDrawElement',
  // /dev/shm is 64 MB in most containers, which is too small for a large frame.
  '--disable-dev-shm-usage',
];

/** Launch options as Playwright takes them. */
export function chromiumOptions(options: LaunchOptions): PlaywrightOptions {
  return {
    ...(options.executablePath ? { executablePath: options.executablePath } : {}),
    chromiumSandbox: options.sandbox,
    // By default Chromium does not use a proxy for loopback addresses.
    proxy: { server: options.proxyUrl, bypass: '<-loopback>' },
    // By default Playwright passes on our whole environment, and an exploit in a renderer process
    // could read the secrets in it.
    env: childEnvironment(),
    timeout: options.timeoutMs,
    handleSIGINT: false,
    handleSIGTERM: false,
    handleSIGHUP: false,
    args,
  };
}

/** @throws AppError `browser_unavailable` with the remedy */
export async function launchChromium(options: LaunchOptions): Promise<Browser> {
  // Imported with the first browser: commands and processes that draw nothing start faster.
  const { chromium } = await import('playwright');
  try {
    return await chromium.launch(chromiumOptions(options));
  } catch (cause) {
    throw new AppError('browser_unavailable', {
      detail:
        'Chromium did not start. Run "cardpress doctor" to see which one is used and what it says.',
      cause,
    });
  }
}

/**
 * Whether the sandbox can be used. `auto` means yes, except for root: Chromium refuses to start as
 * root with its sandbox.
 */
export function sandboxFor(
  setting: 'auto' | 'on' | 'off',
  uid: number | undefined,
): { sandbox: boolean; warning?: string } {
  if (setting === 'on') return { sandbox: true };
  const warning =
    'Chromium runs WITHOUT its sandbox. A hole in the browser would then be a hole in this ' +
    'machine. Run Cardpress as an ordinary user, or in the container that it ships with.';
  if (setting === 'off') return { sandbox: false, warning };
  return uid === 0 ? { sandbox: false, warning } : { sandbox: true };
}
