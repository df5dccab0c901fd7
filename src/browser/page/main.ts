import { createPageBackground } from './background.js';
import { type CanvasSpec, createPageCanvas, type PageCanvas } from './canvas.js';
import { createPageChecks } from './checks.js';
import { createPageFit } from './fit.js';
import { createPageFontFamilies } from './font-families.js';
import { createPageGlyphs } from './glyphs.js';
import { createPageInk } from './ink.js';
import { createPageLayer } from './layer.js';
import { createPageLines } from './lines.js';
import { createPageOverlaps } from './overlaps.js';
import { createPageApi, type PageApi } from './page-api.js';
import { createPlacedInk } from './placed-text.js';
import { createPagePlacement } from './placement.js';
import { createPageTypesetting } from './typesetting.js';

/*
 * Entry point of the page program, which runs in browser pages. The build bundles it with all that
 * it imports, and `page-program.ts` sends it. It runs in isolated worlds, whose globals no page can
 * see.
 */

const world = globalThis as unknown as { cardpress: PageApi; cardpressCanvas: PageCanvas };

/** For a template page: sets the global `cardpress` in its isolated world. */
export function installPage(): void {
  const ink = createPageInk();
  const placedInk = createPlacedInk(ink);
  world.cardpress = createPageApi({
    layer: createPageLayer(),
    fontFamilies: createPageFontFamilies(),
    typesetting: createPageTypesetting(ink),
    fit: createPageFit(createPageLines(), ink),
    checks: createPageChecks(
      createPagePlacement(ink, placedInk),
      createPageOverlaps(ink, placedInk),
      createPageGlyphs(),
    ),
    background: createPageBackground(),
  });
}

/**
 * For the document around a template page: sets the global `cardpressCanvas` in its isolated world.
 * Returns whether this browser can capture elements.
 */
export function installCanvas(spec: CanvasSpec): boolean {
  const canvas = createPageCanvas(spec);
  if (canvas) world.cardpressCanvas = canvas;
  return canvas !== undefined;
}
