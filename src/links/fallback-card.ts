import { LRUCache } from 'lru-cache';
import type { ImageFormat } from '../images/image.js';
import type { ImageService } from '../images/image-service.js';
import { GENERIC_TEMPLATE, type ImageRequest, type PreparedImage } from '../images/prepare.js';
import { withDeadline } from '../lib/deadline.js';
import type { TemplateRegistry } from '../templates/template.js';
import type { ServedImage } from './image-answer.js';
import { staticCard } from './static-card.js';
import { templateNamed } from './template-named.js';

/** The reader has already waited once. */
const LOOK_TIMEOUT_MS = 300;
/** A card that is not stored yet is requested at most this often. */
const ASK_AGAIN_MS = 60_000;
const MAX_REMEMBERED = 1_000;

/**
 * The fallback image for an image that cannot be shown: the template's fallback template, else the
 * generic card, if stored; else an image that is part of the program. A missing card is requested
 * for the next time. Never throws.
 */
export function createFallbackCard(deps: {
  images: Pick<ImageService, 'prepare' | 'ensure'>;
  registry: Pick<TemplateRegistry, 'get'>;
  readStored(key: string): Promise<ServedImage | undefined>;
}) {
  /** Sizes and formats are a caller's to choose, so their number is bounded. */
  const asked = new LRUCache<string, true>({ max: MAX_REMEMBERED, ttl: ASK_AGAIN_MS });

  function requestCard(prepared: PreparedImage): void {
    if (asked.has(prepared.id)) return;
    asked.set(prepared.id, true);
    // Even if it was deleted: it contains no data, and every answer needs it.
    deps.images.ensure(prepared, { priority: 'publish' }).catch(() => undefined);
  }

  function candidates(request: ImageRequest | undefined): string[] {
    const template = request && templateNamed(deps.registry, request.template);
    const named = template?.manifest.fallback_template;
    return [...(named ? [named] : []), GENERIC_TEMPLATE];
  }

  function prepareCard(template: string, size: string | undefined, format: ImageFormat) {
    const sizes = templateNamed(deps.registry, template)?.manifest.sizes;
    if (!sizes) return undefined;
    const known = size !== undefined && Object.hasOwn(sizes, size) ? { size } : {};
    try {
      return deps.images.prepare({ template, data: {}, ...known, output: { format } });
    } catch {
      // The template has required fields.
      return undefined;
    }
  }

  async function readWithin(prepared: PreparedImage): Promise<ServedImage | undefined> {
    const reading = deps.readStored(prepared.key);
    return withDeadline(reading, LOOK_TIMEOUT_MS, () => new Error('late')).catch(() => undefined);
  }

  return async function fallbackCard(
    request: ImageRequest | undefined,
    format: ImageFormat,
    size?: string,
  ): Promise<Pick<ServedImage, 'body' | 'contentType'>> {
    for (const template of candidates(request)) {
      const prepared = prepareCard(template, size ?? request?.size, format);
      if (!prepared) continue;
      const image = await readWithin(prepared);
      if (image) return image;
      requestCard(prepared);
    }
    return staticCard[format];
  };
}
