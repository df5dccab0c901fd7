import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { packageInfo } from '../../../src/config/package-info.js';
import { createEncoder } from '../../../src/encode/encoder.js';
import { createPixelReader } from '../../../src/encode/pixel-reader.js';
import { createDraw } from '../../../src/images/draw.js';
import { createPrepare } from '../../../src/images/prepare.js';
import { createSemaphore } from '../../../src/lib/semaphore.js';
import { type FolderRegistry, loadFolderRegistry } from '../../../src/library/folder-registry.js';
import { type Engine, startEngine } from '../../support/engine.js';

let registry: FolderRegistry;
let engine: Engine;

beforeAll(async () => {
  const directory = join(packageInfo.root, 'templates');
  registry = await loadFolderRegistry({ directory, intervalMs: 0 });
  engine = await startEngine();
});
afterAll(async () => {
  await engine?.stop();
  await registry?.close();
});

/** The most pictures that were in the press at once, of three that were asked for together. */
async function mostAtOnce(capacityPixels: number): Promise<number> {
  let inFlight = 0;
  let most = 0;
  const draw = createDraw({
    registry,
    gather: async () => ({ assets: new Map(), warnings: [] }),
    renderer: {
      ...engine.renderer,
      async render(job) {
        inFlight += 1;
        most = Math.max(most, inFlight);
        return engine.renderer.render(job).finally(() => {
          inFlight -= 1;
        });
      },
    },
    encoder: createEncoder(),
    pixelReader: createPixelReader(),
    gate: createSemaphore(capacityPixels),
  });
  const prepare = createPrepare({ registry, idKey: Buffer.alloc(32) });
  const titles = ['One', 'Two', 'Three'];
  const drawn = await Promise.all(
    titles.map((title) => {
      const output = { format: 'png' as const, scale: 2 };
      return draw(prepare({ template: 'generic', data: { title }, output }).spec);
    }),
  );
  for (const { encoded } of drawn) expect(encoded.widthPx).toBe(2_400);
  return most;
}

it('draws as many pictures at once as their pixels, at their scale, have room for', async () => {
  const pixels = 2_400 * 1_260;
  expect(await mostAtOnce(2 * pixels - 1)).toBe(1);
  expect(await mostAtOnce(2 * pixels)).toBe(2);
  expect(await mostAtOnce(Number.POSITIVE_INFINITY)).toBe(3);
});
