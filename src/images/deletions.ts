import { DeletedImage } from './deleted-image.js';
import type { ImageRecord } from './image.js';
import { objectKeys } from './object-key.js';
import type { ImageRecords, ObjectStore } from './ports.js';
import { outlives, readTombstone, TOMBSTONE_BODY, tombstoneInfo } from './tombstone.js';

/** Two processes that overwrite each other check again; more rounds mean that many do. */
const MAX_ROUNDS = 10;

export interface DeletionsDeps {
  records: Pick<ImageRecords, 'deletionOf' | 'noteDeletion'>;
  store: Pick<ObjectStore, 'put' | 'head' | 'delete'>;
}

/**
 * Images that were deleted and not requested with a key since. Redis knows it at once, in the step
 * that deletes or opens a record. A tombstone in the storage keeps it for a Redis that lost its
 * data.
 */
export function createDeletions({ records, store }: DeletionsDeps) {
  /**
   * Makes the tombstone in the storage agree with Redis. Called after every change in Redis, so
   * that of several concurrent changes the last one leaves the storage right.
   */
  async function align(id: string): Promise<void> {
    let deletion = await records.deletionOf(id);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const key = objectKeys.tombstone(id);
      if (deletion) await store.put(key, TOMBSTONE_BODY, tombstoneInfo(id, deletion));
      else await store.delete(key);
      const now = await records.deletionOf(id);
      if (now?.at === deletion?.at) return;
      deletion = now;
    }
  }

  return {
    align,

    /** Completes a deletion that a storage failure left incomplete. False if there is none. */
    async finish(id: string): Promise<boolean> {
      const deletion = await records.deletionOf(id);
      if (!deletion) return false;
      const [tombstone, stored] = await Promise.all([
        store.head(objectKeys.tombstone(id)),
        store.head(deletion.key),
      ]);
      if (tombstone && !stored) return false;
      await store.delete(deletion.key);
      await align(id);
      return true;
    },

    /**
     * For an image without a record. `reading` resolves with its stored object.
     * @throws DeletedImage
     */
    async assertNone(id: string, reading: Promise<ImageRecord | undefined>): Promise<void> {
      if (await records.deletionOf(id)) throw new DeletedImage();
      const [object, stored] = await Promise.all([store.head(objectKeys.tombstone(id)), reading]);
      const deletion = object && readTombstone(object)?.deletion;
      if (!deletion || outlives(stored, deletion)) return;
      // If it was just requested with a key, there is a record again and nothing is noted.
      if (await records.noteDeletion(id, deletion)) throw new DeletedImage();
    },
  };
}
