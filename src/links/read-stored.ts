import { AppError } from '../errors/app-error.js';
import { withDeadline } from '../errors/deadline.js';
import { idOfKey } from '../images/image-id.js';
import type { ImageRecords, ObjectStore } from '../images/ports.js';
import { lacksImage } from '../images/stored-record.js';
import type { ServedImage } from './image-answer.js';
import type { ImageMemory } from './image-memory.js';

/** For asking whether a picture in memory was deleted; without an answer it was not. */
const DELETION_TIMEOUT_MS = 300;

/**
 * Reads stored pictures by object key, from memory where they were read a moment ago. Many
 * readers of one key at once cause one read. Where the storage fails, what memory holds will do,
 * unless it was deleted since.
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
    // A proxy's page of apologies must not go out as a picture, for a year at that.
    if (!contentType.startsWith('image/')) {
      throw new AppError('storage_unavailable', {
        detail: 'Where the storage should be, something else answers.',
      });
    }
    const picture: ServedImage = {
      ...{ body, contentType, etag: object.etag },
      ...(lacksImage(object.info) ? { incompleteSinceMs: object.modifiedAt.getTime() } : {}),
    };
    deps.memory.put(key, picture);
    return picture;
  }

  async function wasDeleted(key: string): Promise<boolean> {
    const asking = deps.deletionOf(idOfKey(key));
    const late = () => new Error('late');
    const deletion = await withDeadline(asking, DELETION_TIMEOUT_MS, late).catch(() => undefined);
    return deletion !== undefined;
  }

  return async function readStored(key) {
    const known = deps.memory.get(key);
    if (known?.isFresh) return known.picture;
    const reading = inFlight.get(key) ?? read(key).finally(() => inFlight.delete(key));
    inFlight.set(key, reading);
    if (!known) return reading;
    try {
      return await reading;
    } catch (error) {
      if (!(await wasDeleted(key))) return known.picture;
      deps.memory.forget(key);
      throw error;
    }
  };
}
