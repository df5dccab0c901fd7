import { createAddressPolicy } from '../../src/assets/address-policy.js';
import { createAssetSource } from '../../src/assets/asset-source.js';
import { createGuardedFetch } from '../../src/assets/guarded-fetch.js';
import { createAssetProbe } from '../../src/assets/probe-asset.js';
import { parseEgressRule } from '../../src/config/egress-rule.js';
import { loadSettings } from '../../src/config/settings.js';
import { createPlaceholderSource } from '../../src/encode/draw-placeholder.js';
import { createEncoder } from '../../src/encode/encoder.js';
import { createPixelReader } from '../../src/encode/pixel-reader.js';
import { createAssetPreparer } from '../../src/encode/prepare-asset.js';
import { sniffAsset } from '../../src/encode/sniff-asset.js';
import { createDraw } from '../../src/images/draw.js';
import { createGather } from '../../src/images/gather.js';
import { createMeasure } from '../../src/images/measure.js';
import { createPrepare } from '../../src/images/prepare.js';
import { createSemaphore } from '../../src/lib/semaphore.js';
import { loadFolderRegistry } from '../../src/library/folder-registry.js';
import { type Engine, startEngine } from './engine.js';

/** What the browser was told to do, by method of its protocol, from now on in pages opened anew. */
export async function countCommands(engine: Engine): Promise<string[]> {
  const commands: string[] = [];
  const { browser, release } = await engine.supervisor.lease();
  const newContext = browser.newContext.bind(browser);
  browser.newContext = async (options) => {
    const context = await newContext(options);
    const newSession = context.newCDPSession.bind(context);
    context.newCDPSession = async (page) => {
      const session = await newSession(page);
      const send = session.send.bind(session) as (...a: unknown[]) => Promise<never>;
      session.send = ((method: string, ...rest: unknown[]) => {
        commands.push(method);
        return send(method, ...rest);
      }) as typeof session.send;
      return session;
    };
    return context;
  };
  release();
  return commands;
}

/** Measuring beside drawing, over the bundled templates, in one real browser. */
export async function startMeasuring(options: { egressAllow?: string[] } = {}) {
  const { templatesDir } = loadSettings({});
  const registry = await loadFolderRegistry({ directory: templatesDir, intervalMs: 0 });
  const engine = await startEngine({ concurrency: 2 });
  const policy = createAddressPolicy({ allow: (options.egressAllow ?? []).map(parseEgressRule) });
  const fetcher = createGuardedFetch({ policy, version: '1' });
  const preparer = createAssetPreparer();
  const source = createAssetSource({ fetch: fetcher.fetch, prepare: preparer.prepare });
  const placeholders = createPlaceholderSource();
  return {
    registry,
    engine,
    prepare: createPrepare({ registry, idKey: Buffer.alloc(32) }),
    draw: createDraw({
      registry,
      gather: createGather({ source, placeholders }),
      renderer: engine.renderer,
      encoder: createEncoder(),
      pixelReader: createPixelReader(),
      gate: createSemaphore(Number.POSITIVE_INFINITY),
    }),
    measure: createMeasure({ registry, renderer: engine.renderer, placeholders }),
    probe: createAssetProbe({ fetch: fetcher.fetch, sniff: sniffAsset }),
    async stop() {
      await engine.stop();
      await source.close();
      await preparer.close();
      await fetcher.close();
      await registry.close();
    },
  };
}

export type Measuring = Awaited<ReturnType<typeof startMeasuring>>;
