import { createTemplateCheck } from '../checks/check-template.js';
import type { DrawOne } from '../checks/ports.js';
import { createTestPictures } from '../encode/draw-test-picture.js';
import { createThumbnailer } from '../encode/draw-thumbnail.js';
import { createPixelReader } from '../encode/pixel-reader.js';
import type { TemplateRegistry } from '../templates/template.js';

/** Judges templates by their pictures, wherever these are drawn. */
export function composeTemplateCheck(
  registry: TemplateRegistry,
  draw: DrawOne,
  concurrency: number,
) {
  return createTemplateCheck({
    registry,
    draw,
    concurrency,
    testPictures: createTestPictures(),
    thumbnails: createThumbnailer(),
    pixelReader: createPixelReader(),
  });
}
