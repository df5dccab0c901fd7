import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { composeDrawing, loadRegistry } from '../../../src/compose/drawing.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createPixelReader } from '../../../src/encode/pixel-reader.js';
import { createPrepare, type Prepare } from '../../../src/images/prepare.js';
import type { FolderRegistry } from '../../../src/library/folder-registry.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { faultCount } from '../../support/fault-scale.js';
import { type InvalidRow, invalidRows } from '../../support/invalid-rows.js';

const ROWS = faultCount(500, 150);
const SEED = 20261121;
const AT_ONCE = 6;

/** A picture in which nothing was drawn has one colour, or nearly. */
function spread(data: Uint8Array): number {
  let [least, most] = [255, 0];
  for (let i = 0; i < data.length; i += 997) {
    least = Math.min(least, data[i] ?? 0);
    most = Math.max(most, data[i] ?? 0);
  }
  return most - least;
}

describe('rows as real lists have them', () => {
  let registry: FolderRegistry;
  let drawing: Awaited<ReturnType<typeof composeDrawing>>;
  let prepare: Prepare;
  const reader = createPixelReader();

  beforeAll(async () => {
    const settings = loadSettings({ ...process.env, LOG_LEVEL: 'silent' });
    registry = await loadRegistry(settings);
    drawing = await composeDrawing(settings, registry, {
      logger: createLogger('silent'),
      metrics: createMetrics(),
    });
    prepare = createPrepare({ registry, idKey: Buffer.alloc(32) });
  });
  afterAll(async () => {
    await drawing.close();
    await registry.close();
  });

  async function press({ template, data, deserved }: InvalidRow) {
    const prepared = prepare({ template, data, onMissing: 'fallback', output: { format: 'jpeg' } });
    const drawn = await drawing.draw(prepared.spec);
    const pixels = await reader.read(drawn.encoded.body);
    const warnings = [...prepared.warnings, ...drawn.warnings];
    return {
      data,
      deserved,
      told: [...new Set(warnings.map((w) => `${w.code}:${w.field ?? ''}`))].sort(),
      messages: warnings.map((w) => w.message),
      finished: pixels.widthPx === 1200 && pixels.heightPx === 630 && spread(pixels.data) > 60,
    };
  }

  it(`all ${ROWS} give finished pictures, each with exactly the warnings that its dirt deserves`, async () => {
    const waiting = invalidRows(ROWS, SEED);
    const wrong: unknown[] = [];
    const kinds = new Set<string>();
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (let row = waiting.pop(); row; row = waiting.pop()) {
          const pressed = await press(row);
          for (const warning of pressed.told) kinds.add(warning.split(':')[0] ?? '');
          const right = pressed.finished && pressed.told.join() === pressed.deserved.join();
          if (!right) wrong.push({ template: row.template, ...pressed });
        }
      }),
    );
    expect(wrong.slice(0, 5)).toEqual([]);
    expect(wrong).toHaveLength(0);
    expect(kinds.size).toBeGreaterThanOrEqual(10);
  }, 300_000);
});
