import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright';
import { type AddressPolicyOptions, createAddressPolicy } from '../../src/assets/address-policy.js';
import { startEgressProxy } from '../../src/assets/egress-proxy.js';
import { chromiumOptions } from '../../src/browser/launch-chromium.js';
import { chromiumPath } from './chromium-path.js';
import { type Contacts, readNetLog } from './egress-net-log.js';
import { createPageOrigin, PAGE_HOST } from './egress-page-origin.js';

/** Every host counts as declared: nothing but the judgement of its address is then in the way. */
class Everything extends Set<string> {
  override has(): boolean {
    return true;
  }
}

export interface EgressBrowserOptions {
  policy?: AddressPolicyOptions;
  /** What templates declare. Default everything. */
  declared?: ReadonlySet<string>;
  /** Without proxy and arguments of the product: what a page can do where nothing holds it. */
  isOpen?: boolean;
  javaScript?: boolean;
  /** Writes all that the browser does with the network to a file, for `stop` to read. */
  isLogged?: boolean;
}

/** A Chromium as the product starts it, but with script, so that the proxy is the only measure. */
export async function startEgressBrowser(options: EgressBrowserOptions = {}) {
  const refused = new Set<string>();
  const pages = createPageOrigin();
  const proxy = await startEgressProxy({
    policy: createAddressPolicy(options.policy),
    allowedHosts: () => options.declared ?? new Everything(),
    internal: { host: PAGE_HOST, handle: pages.handle },
    onRefused: ({ host }) => refused.add(host.replace(/^.*:/, '')),
    limits: { maxConcurrent: 1_000 },
  });
  const { args, ...guarded } = chromiumOptions({
    executablePath: await chromiumPath(),
    sandbox: process.getuid?.() !== 0,
    proxyUrl: proxy.url,
    timeoutMs: 30_000,
  });
  const { proxy: _guard, ...open } = guarded;
  const folder = await mkdtemp(join(tmpdir(), 'cp-egress-'));
  const log = options.isLogged ? [`--log-net-log=${join(folder, 'net.json')}`] : [];
  const browser: Browser = await chromium.launch(
    options.isOpen ? { ...open, args: log } : { ...guarded, args: [...(args ?? []), ...log] },
  );
  // An open browser has no proxy that could answer for the page's host.
  const server = createServer(pages.handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const openHost = `${PAGE_HOST}:${(server.address() as AddressInfo).port}`;
  const origin = `http://${options.isOpen ? openHost : PAGE_HOST}`;

  const context = await browser.newContext({ javaScriptEnabled: options.javaScript ?? true });

  return {
    proxy,
    /** Ports of what the proxy refused. */
    refused,
    /** Shows a page while `work` lasts, and closes it with all that it opened. */
    async show(html: string, work: () => Promise<unknown>): Promise<void> {
      const page = await context.newPage();
      try {
        await page.goto(origin + pages.publish(html), { waitUntil: 'commit' });
        await work();
      } finally {
        // Not waited for: a page that is just being led elsewhere may never say that it is closed.
        for (const one of context.pages()) one.close().catch(() => undefined);
      }
    },
    /** Resolves with all that the browser did with the network in its life, where it is logged. */
    async stop(): Promise<Contacts | undefined> {
      await browser.close();
      await proxy.close();
      server.closeAllConnections();
      server.close();
      const contacts = options.isLogged ? await readNetLog(join(folder, 'net.json')) : undefined;
      await rm(folder, { recursive: true, force: true });
      return contacts;
    },
  };
}

export type EgressBrowser = Awaited<ReturnType<typeof startEgressBrowser>>;
