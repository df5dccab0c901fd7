import { AppError } from '../errors/app-error.js';
import { idOfKey } from '../images/object-key.js';
import type { ImageRecords, ObjectStore } from '../images/ports.js';
import { lacksAsset } from '../images/stored-record.js';
import { withDeadline } from '../lib/deadline.js';
import type { ServedImage } from './image-answer.js';
import type { ImageMemory } from './image-memory.js';

/**
 * Limit for checking whether a cached image was deleted; without an answer it counts as not
 * deleted.
 */
const DELETION_TIMEOUT_MS = 300;

/**
 * Reads stored images by object key, from memory if they were read a moment ago. Concurrent reads
 * of one key are shared. If the storage fails, the cached image is used, unless it was deleted
 * since.
 */
export function createReadStored(deps: {
  store: Pick<ObjectStore, 'get'>;
  memory: ImageMemory;
  deletionOf: ImageRecords['deletionOf'];
}): (key: string) => Promise<ServedImage | undefined> {
  const inFlight = new Map<string, Promise<ServedImage | undefined>>();

  async function read(key: string): Promise<ServedImage | undefined> {
    const found = await deps.store.get(key);
    if (!found) {
      deps.memory.forget(key);
      return undefined;
    }
    const { object, body } = found;
    const { contentType } = object.info;
    // An error page of a proxy must not be served as an image, and be cached for a year.
    if (!contentType.startsWith('image/')) {
      throw new AppError('storage_unavailable', {
        detail: 'Where the storage should be, something else answers.',
      });
    }
    const image: ServedImage = {
      ...{ body, contentType, etag: object.etag },
      ...(lacksAsset(object.info) ? { incompleteSinceMs: object.modifiedAt.getTime() } : {}),
    };
    deps.memory.put(key, image);
    return image;
  }

  async function wasDeleted(key: string): Promise<boolean> {
    const asking = deps.deletionOf(idOfKey(key));
    const late = () => new Error('late');
    const deletion = await withDeadline(asking, DELETION_TIMEOUT_MS, late).catch(() => undefined);
    return deletion !== undefined;
  }

  return async function readStored(key) {
    const known = deps.memory.get(key);
    if (known?.isFresh) return known.image;
    const reading = inFlight.get(key) ?? read(key).finally(() => inFlight.delete(key));
    inFlight.set(key, reading);
    if (!known) return reading;
    try {
      return await reading;
    } catch (error) {
      if (!(await wasDeleted(key))) return known.image;
      deps.memory.forget(key);
      throw error;
    }
  };
}
