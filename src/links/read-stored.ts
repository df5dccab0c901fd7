import { AppError } from '../errors/app-error.js';
import type { ObjectStore } from '../images/ports.js';
import { lacksPicture } from '../images/stored-record.js';
import type { ServedPicture } from './picture-answer.js';
import type { PictureMemory } from './picture-memory.js';

/**
 * Reads stored pictures by object key, from memory where they were read a moment ago. Many
 * readers of one key at once cause one read. Where the storage fails, what memory holds will do.
 */
export function createReadStored(deps: {
  store: Pick<ObjectStore, 'get'>;
  memory: PictureMemory;
}): (key: string) => Promise<ServedPicture | undefined> {
  const underWay = new Map<string, Promise<ServedPicture | undefined>>();

  async function read(key: string): Promise<ServedPicture | undefined> {
    const found = await deps.store.get(key);
    if (!found) {
      deps.memory.forget(key);
      return undefined;
    }
    const { object, body } = found;
    const { contentType } = object.info;
    // A proxy's page of apologies must not go out as a picture, for a year at that.
    if (!contentType.startsWith('image/')) {
      throw new AppError('storage_unavailable', {
        detail: 'Where the storage should be, something else answers.',
      });
    }
    const picture: ServedPicture = {
      ...{ body, contentType, etag: object.etag },
      ...(lacksPicture(object.info) ? { incompleteSinceMs: object.modifiedAt.getTime() } : {}),
    };
    deps.memory.put(key, picture);
    return picture;
  }

  return async function readStored(key) {
    const known = deps.memory.get(key);
    if (known?.isFresh) return known.picture;
    const reading = underWay.get(key) ?? read(key).finally(() => underWay.delete(key));
    underWay.set(key, reading);
    if (!known) return reading;
    return reading.catch(() => known.picture);
  };
}
