import { createPageBackground } from './background.js';
import { type CanvasSpec, createPageCanvas, type PageCanvas } from './canvas.js';
import { createPageFaces } from './faces.js';
import { createPageFit } from './fit.js';
import { createPageGlyphs } from './glyphs.js';
import { createPageInk } from './ink.js';
import { createPageJudge } from './judge.js';
import { createPageLayer } from './layer.js';
import { createPageLines } from './lines.js';
import { createPagePlacement } from './placement.js';
import { createPageApi, type PageApi } from './show.js';
import { createPageTypesetting } from './typesetting.js';

/*
 * Where the program of browser pages begins: the build bundles it with all that it imports, and
 * `page-program.ts` sends it. It runs in worlds of its own, whose globals no page can see.
 */

const world = globalThis as unknown as { cardpress: PageApi; cardpressCanvas: PageCanvas };

/** In a template page: leaves `cardpress` in its world. */
export function installPage(): void {
  const ink = createPageInk();
  const placement = createPagePlacement(ink);
  world.cardpress = createPageApi({
    layer: createPageLayer(),
    faces: createPageFaces(),
    typesetting: createPageTypesetting(ink),
    fit: createPageFit(createPageLines(), ink),
    judge: createPageJudge(placement, createPageGlyphs()),
    background: createPageBackground(),
  });
}

/**
 * In the document around a template page: leaves `cardpressCanvas` in its world. Returns whether
 * this browser can do it.
 */
export function installCanvas(spec: CanvasSpec): boolean {
  const canvas = createPageCanvas(spec);
  if (canvas) world.cardpressCanvas = canvas;
  return canvas !== undefined;
}
