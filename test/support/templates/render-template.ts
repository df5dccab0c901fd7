import { join } from 'node:path';
import { composeLocalDrawing } from '../../../src/compose/drawing.js';
import { loadSettings } from '../../../src/config/settings.js';
import { createLogger } from '../../../src/observability/logger.js';
import { createMetrics } from '../../../src/observability/metrics.js';
import { chromiumPath } from '../chromium-path.js';
import { type Raw, readPixels } from '../colour-code.js';
import { type Files, temporaryDirectory, writeFiles } from './template-files.js';

export interface TemplateRenderer {
  press(template: string, data?: object, scale?: number): Promise<RenderOutput>;
  stop(): Promise<void>;
}

interface RenderOutput extends Raw {
  /** `code:field` of each. */
  warnings: string[];
}

/** The real way from files and data to pixels, for these templates, one page at a time. */
export async function startTemplateRenderer(
  templates: Record<string, Files>,
): Promise<TemplateRenderer> {
  const directory = await temporaryDirectory();
  for (const [id, files] of Object.entries(templates)) {
    await writeFiles(join(directory.path, id), files);
  }
  const settings = loadSettings({
    CHROMIUM_PATH: await chromiumPath(),
    TEMPLATES_DIR: directory.path,
    RENDER_CONCURRENCY: '1',
  });
  const local = await composeLocalDrawing(settings, {
    logger: createLogger('silent'),
    metrics: createMetrics(),
  });
  return {
    async press(template, data = {}, scale = 1) {
      const prepared = local.prepare({ template, data, output: { scale } });
      const drawn = await local.draw(prepared.spec);
      const warnings = [...prepared.warnings, ...drawn.warnings];
      return {
        ...(await readPixels(drawn.encoded.body)),
        warnings: warnings.map((w) => `${w.code}:${w.field ?? ''}`),
      };
    },
    async stop() {
      await local.close();
      await directory.remove();
    },
  };
}
