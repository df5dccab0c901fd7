import { cpus } from 'node:os';
import type { ImageFormat } from '../../src/images/image.js';
import { USUAL_FORMATS } from '../cards/card.js';
import type { ContenderOptions } from './contender.js';
import { TREE_CARDS } from './plain-tree.js';
import type { ProgramName } from './programs.js';

/** A line of the table. */
export interface Entry {
  id: string;
  title: string;
  program: ProgramName;
  /** Pages of the browser, or threads of those without one. */
  lanes: number;
  /** Pictures asked for at once; absent: in one go. */
  inFlight?: number;
  /** What it can draw; absent: all. */
  cards?: readonly string[];
  formats?: readonly ImageFormat[];
  /** What its program takes besides. */
  options?: Pick<ContenderOptions, 'build' | 'folder' | 'rotate' | 'photos' | 'defaultScreenshot'>;
}

/** As many pages as Cardpress takes by default, for all who have pages: 1.5 a core. */
export const PAGES = Math.max(2, Math.ceil(cpus().length * 1.5));

/** Those of these ids, in this order: the first is what ratios are to. */
export function entriesOf(ids: readonly string[], pages = PAGES): Entry[] {
  const all = entries(pages);
  return ids.flatMap((id) => all.find((entry) => entry.id === id) ?? []);
}

/** The first is what all ratios are to. */
export function entries(pages = PAGES): Entry[] {
  const two = { lanes: 2, inFlight: 2, cards: TREE_CARDS, formats: USUAL_FORMATS };
  const one = { lanes: 1, inFlight: 1, cards: TREE_CARDS, formats: USUAL_FORMATS };
  const whole = { program: 'service', lanes: pages } as const;
  return [
    {
      id: 'naive',
      title: 'Playwright, a page per picture, default screenshot (PNG)',
      program: 'page-per-picture',
      lanes: pages,
      inFlight: pages,
      options: { defaultScreenshot: true },
    },
    {
      id: 'naive-1',
      title: 'the same, one at a time',
      program: 'page-per-picture',
      lanes: 1,
      inFlight: 1,
      options: { defaultScreenshot: true },
    },
    {
      id: 'naive-format',
      title: 'Playwright, a page per picture, in this format',
      program: 'page-per-picture',
      lanes: pages,
      inFlight: pages,
      formats: ['jpeg', 'webp'],
    },
    {
      id: 'kept',
      title: 'Playwright, kept pages',
      program: 'kept-pages',
      lanes: pages,
      inFlight: pages,
      formats: USUAL_FORMATS,
    },
    {
      id: 'node-html-to-image',
      title: 'node-html-to-image, its bulk mode',
      program: 'node-html-to-image',
      lanes: pages,
      formats: ['png', 'jpeg'],
    },
    { id: 'satori', title: 'Satori + resvg, one thread', program: 'satori', ...one },
    { id: 'satori-2', title: 'Satori + resvg, two threads', program: 'satori', ...two },
    { id: 'takumi', title: 'Takumi, one at a time', program: 'takumi', ...one },
    { id: 'takumi-2', title: 'Takumi, two at once', program: 'takumi', ...two },
    {
      id: 'engine-1',
      title: 'Cardpress engine, one page',
      program: 'engine',
      lanes: 1,
      inFlight: 1,
    },
    {
      id: 'engine',
      title: 'Cardpress engine',
      program: 'engine',
      lanes: pages,
      // As its worker does: pictures are prepared and encoded while others are in the pages.
      inFlight: pages * 2,
    },
    { id: 'service-1', title: 'Cardpress service, 1 in flight', inFlight: 1, ...whole },
    { id: 'service-4', title: 'Cardpress service, 4 in flight', inFlight: 4, ...whole },
    { id: 'service-16', title: 'Cardpress service, 16 in flight', inFlight: 16, ...whole },
    { id: 'batch', title: 'Cardpress service, a batch', ...whole },
  ];
}

export function canDraw(entry: Entry, card: string, format: ImageFormat): boolean {
  return (entry.cards?.includes(card) ?? true) && (entry.formats?.includes(format) ?? true);
}
