import { createTemplateCheck } from '../checks/check-template.js';
import type { DrawOne } from '../checks/ports.js';
import { createTestAssets } from '../encode/draw-test-asset.js';
import { createThumbnailer } from '../encode/draw-thumbnail.js';
import { createPixelReader } from '../encode/pixel-reader.js';
import type { TemplateRegistry } from '../templates/template.js';

/** Builds the check of templates by drawing them, wherever they are drawn. */
export function composeTemplateCheck(
  registry: TemplateRegistry,
  draw: DrawOne,
  concurrency: number,
) {
  return createTemplateCheck({
    registry,
    draw,
    concurrency,
    testAssets: createTestAssets(),
    thumbnails: createThumbnailer(),
    pixelReader: createPixelReader(),
  });
}
