import { randomBytes } from 'node:crypto';
import type { Browser, Frame, Page } from 'playwright';
import sharp from 'sharp';
import { createAddressPolicy } from '../../src/assets/address-policy.js';
import { startEgressProxy } from '../../src/assets/egress-proxy.js';
import {
  createBrowserSupervisor,
  type RestartReason,
} from '../../src/browser/browser-supervisor.js';
import { loadFontLibrary } from '../../src/browser/font-library.js';
import { createInternalOrigin, INTERNAL_HOST } from '../../src/browser/internal-origin.js';
import { launchChromium } from '../../src/browser/launch-chromium.js';
import { createRenderer, type RendererOptions } from '../../src/browser/renderer.js';
import type { EgressRule } from '../../src/config/egress-rule.js';
import { createPixelReader } from '../../src/encode/pixel-reader.js';
import type { RenderInput, RenderOutput } from '../../src/images/ports.js';
import { manifestSchema, type TemplateManifest } from '../../src/templates/manifest.js';
import type { Template } from '../../src/templates/template.js';
import { chromiumPath } from './chromium-path.js';

const fonts = loadFontLibrary();
const pixelReader = createPixelReader();

export interface EngineOptions
  extends Partial<Omit<RendererOptions, 'supervisor' | 'origin' | 'onDiscard'>> {
  maxRendersPerBrowser?: number;
  maxBytes?: number;
  memoryCheckIntervalMs?: number;
  closeTimeoutMs?: number;
  /** Hosts that count as declared by a template, and the rules that let them be dialled. */
  declared?: string[];
  egressAllow?: EgressRule[];
}

/** As files that are equal where the pixels are, whichever way these were taken. */
async function asFile({ pixels, form, ...rest }: RenderOutput, isTransparent: boolean) {
  if (Buffer.isBuffer(pixels) && form.type !== 'png') return { ...rest, form, pixels };
  const { data, widthPx: width, heightPx: height, channels } = await pixelReader.read(pixels);
  const samples = sharp(data, { raw: { width, height, channels: channels as 3 | 4 } });
  return {
    ...rest,
    form,
    pixels: await (isTransparent ? samples.ensureAlpha() : samples.removeAlpha())
      .png({ compressionLevel: 1 })
      .toBuffer(),
  };
}

/** The real engine: Chromium behind its proxy, with small limits where a test asks for them. */
export async function startEngine(options: EngineOptions = {}) {
  const executablePath = await chromiumPath();
  const browsers: Browser[] = [];
  const restarts: RestartReason[] = [];
  const discards: string[] = [];
  const refused: string[] = [];
  const origin = createInternalOrigin(fonts);
  const proxy = await startEgressProxy({
    policy: createAddressPolicy({ allow: options.egressAllow ?? [] }),
    allowedHosts: () => new Set(options.declared ?? []),
    internal: { host: INTERNAL_HOST, handle: origin.handle },
    onRefused: ({ host }) => refused.push(host),
  });
  const supervisor = createBrowserSupervisor({
    async launch() {
      const browser = await launchChromium({
        executablePath,
        sandbox: process.getuid?.() !== 0,
        proxyUrl: proxy.url,
        timeoutMs: 30_000,
      });
      browsers.push(browser);
      return browser;
    },
    maxRenders: options.maxRendersPerBrowser ?? 10_000,
    maxBytes: options.maxBytes ?? 8 * 1024 ** 3,
    closeTimeoutMs: options.closeTimeoutMs ?? 5_000,
    memoryCheckIntervalMs: options.memoryCheckIntervalMs ?? 60_000,
    onRestart: (reason) => restarts.push(reason),
  });
  const own = createRenderer({
    concurrency: 1,
    timeoutMs: 30_000,
    pixelReader,
    ...options,
    supervisor,
    origin,
    onDiscard: (code) => discards.push(code),
  });

  const renderer = {
    ...own,
    render: async (job: RenderInput & { isolated?: boolean }) =>
      asFile(await own.render(job), job.template.manifest.transparent === true),
  };

  return {
    renderer,
    supervisor,
    origin,
    proxy,
    /** Every browser that was launched, newest last. */
    browsers,
    restarts,
    discards,
    /** Hosts that the browser asked for in vain. */
    refused,
    /** The live pages of the newest browser. */
    pages: (): Page[] =>
      browsers
        .at(-1)
        ?.contexts()
        .flatMap((c) => c.pages()) ?? [],
    /** Where template pages stand: in pages of their own, or in frames below a canvas. */
    frames: (): Frame[] =>
      browsers
        .at(-1)
        ?.contexts()
        .flatMap((c) => c.pages())
        .flatMap((page) => page.frames())
        .filter((frame) => frame.url().includes('/t/')) ?? [],
    /** Presses a body in a template and returns all that the engine says of it. */
    draw: (template: Template, html: string, more: Partial<RenderInput> = {}) =>
      renderer.render(jobFor(template, html, more)),
    async stop() {
      await renderer.close();
      await supervisor.close();
      await proxy.close();
    },
  };
}

export type Engine = Awaited<ReturnType<typeof startEngine>>;

export function jobFor(
  template: Template,
  html: string,
  more: Partial<RenderInput> = {},
): RenderInput {
  const [name, side] = Object.entries(template.manifest.sizes)[0] ?? ['og', [320, 180]];
  return {
    nonce: randomBytes(12).toString('hex'),
    template,
    size: { name, widthPx: Number(side[0]), heightPx: Number(side[1]) },
    scale: 1,
    assets: new Map(),
    body: () => html,
    capture: { type: 'png' },
    ...more,
  };
}

let made = 0;

/**
 * A template in memory that never saw the lint: what its body holds is up to the test, as if the
 * lint had a hole.
 */
export function bareTemplate(css = '', manifest: Partial<TemplateManifest> = {}): Template {
  made += 1;
  return {
    id: `bare-${made}`,
    version: made.toString(16).padStart(16, '0'),
    manifest: manifestSchema.parse({
      name: 'Bare',
      description: 'Made by a test',
      sizes: { small: [320, 180] },
      default_size: 'small',
      fields: {},
      ...manifest,
    }),
    css,
    assets: new Map(),
    sample: {},
    edgeCases: new Map(),
    body: () => '',
  };
}
