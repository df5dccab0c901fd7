import { LRUCache } from 'lru-cache';
import type { Caller } from '../images/caller.js';
import type { ImageService } from '../images/image-service.js';
import type { PreparedImage } from '../images/prepare.js';
import type { ServedImage } from './image-answer.js';

/**
 * A missing asset may be available again, but an unreachable host is not contacted for every
 * reader.
 */
const AGAIN_MS = 3_600_000;
/**
 * Requests remembered by this process; besides, the time of the last drawing limits all processes.
 */
const MAX_REMEMBERED = 1_000;

/**
 * Draws an image again that lacks an asset, once an hour at most, when it is requested. Nobody
 * waits: the current image is served until the new one is stored.
 */
export function createRedrawIncomplete(deps: {
  images: Pick<ImageService, 'ensure'>;
  /** Unix milliseconds. */
  now?: () => number;
}) {
  const now = deps.now ?? Date.now;
  const askedAtMs = new LRUCache<string, number>({ max: MAX_REMEMBERED });

  return function redrawIncomplete(
    prepared: PreparedImage,
    { incompleteSinceMs }: Pick<ServedImage, 'incompleteSinceMs'>,
    caller?: Caller,
  ): void {
    if (incompleteSinceMs === undefined) return;
    const lastMs = Math.max(incompleteSinceMs, askedAtMs.get(prepared.id) ?? 0);
    if (now() - lastMs < AGAIN_MS) return;
    askedAtMs.set(prepared.id, now());
    const options = { priority: 'publish', refresh: true, byReader: true, caller } as const;
    deps.images.ensure(prepared, options).catch(() => undefined);
  };
}
