import type { CreateContender } from './contender.js';

/** Loaded one at a time: no contender should carry the code of the others. */
export const programs = {
  'page-per-picture': async (options) => (await import('./playwright.js')).pagePerPicture(options),
  'kept-pages': async (options) => (await import('./playwright.js')).keptPages(options),
  'node-html-to-image': async (options) =>
    (await import('./node-html-to-image.js')).nodeHtmlToImage(options),
  satori: async (options) => (await import('./satori.js')).satori(options),
  takumi: async (options) => (await import('./takumi.js')).takumi(options),
  engine: async (options) => (await import('./engine.js')).engine(options),
  service: async (options) => (await import('./service.js')).service(options),
} satisfies Record<string, CreateContender>;

export type ProgramName = keyof typeof programs;
