import { join } from 'node:path';
import { packageInfo } from '../../src/config/package-info.js';
import {
  type ImageFormat,
  imageFormatNames,
  imageFormats,
} from '../../src/formats/image-formats.js';
import { loadFolderRegistry } from '../../src/library/folder-registry.js';
import type { Template } from '../../src/templates/template.js';

/** The cards that all contenders draw, each an ordinary template. */
export const CARDS_FOLDER = join(packageInfo.root, 'bench', 'templates');

export const cardNames = ['plain', 'heavy', 'world'] as const;

export const CARD_SIZE = { name: 'og', widthPx: 1200, heightPx: 630 } as const;

/** What the service and every peer encode with, so that bytes can be compared. */
export const QUALITY = Object.fromEntries(
  imageFormatNames.map((format) => [format, imageFormats[format].output.quality?.default]),
) as { png: undefined } & Record<Exclude<ImageFormat, 'png'>, number>;

/** What encoders of browsers and of most libraries write. */
export const USUAL_FORMATS = ['png', 'jpeg', 'webp'] as const satisfies ImageFormat[];

export async function loadCard(name: string, folder = CARDS_FOLDER): Promise<Template> {
  const registry = await loadFolderRegistry({ directory: folder, intervalMs: 0 });
  await registry.close();
  return registry.get(name);
}

/** Every picture differs from the one before, as real ones do; by its number alone. */
export function cardData(card: Template, index: number): Record<string, unknown> {
  return { ...card.sample, title: `${card.sample.title} ${index}` };
}
