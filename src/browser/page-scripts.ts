import { writingSystems } from '../lib/writing-systems.js';
import { installPageBackground } from './page-background.js';
import { installPageFaces } from './page-faces.js';
import { installPageFit } from './page-fit.js';
import { installPageGlyphs } from './page-glyphs.js';
import { installPageInk } from './page-ink.js';
import { installPageLayer } from './page-layer.js';
import { installPageLines } from './page-lines.js';
import { installPagePlacement } from './page-placement.js';
import { installPageApi } from './page-script.js';
import { installPageTypesetting } from './page-typesetting.js';
import { installPageJudge } from './page-verdict.js';
import { PROBE_EM } from './probe-fonts.js';

export interface PageScript {
  name: string;
  /** Sent as text: it may use nothing from outside itself but its argument. */
  install: (argument: never) => void;
  argument?: unknown;
}

/**
 * What runs inside of browser pages. In this order: each may use those before it, through what they
 * leave in `globalThis`.
 */
export const pageScripts: readonly PageScript[] = [
  { name: 'layer', install: installPageLayer },
  { name: 'faces', install: installPageFaces, argument: writingSystems },
  { name: 'lines', install: installPageLines },
  { name: 'ink', install: installPageInk },
  { name: 'typesetting', install: installPageTypesetting },
  { name: 'fit', install: installPageFit },
  { name: 'page script', install: installPageApi },
  { name: 'placement', install: installPagePlacement },
  { name: 'glyphs', install: installPageGlyphs, argument: PROBE_EM },
  { name: 'judge', install: installPageJudge },
  { name: 'background', install: installPageBackground },
];
