import { DeletedImage } from './deleted-image.js';
import type { ImageRecord } from './image.js';
import { objectKeys } from './object-key.js';
import type { ImageRecords, ObjectStore } from './ports.js';
import { readTombstone, TOMBSTONE_BODY, tombstoneInfo, wasRequestedAfter } from './tombstone.js';

/** Each further round follows a change by another process, which aligns the storage too. */
const MAX_ROUNDS = 10;

export interface DeletionsDeps {
  records: Pick<ImageRecords, 'deletionOf' | 'noteDeletion'>;
  store: Pick<ObjectStore, 'put' | 'head' | 'delete'>;
}

/**
 * Images that were deleted and not requested with a key since. Redis notes a deletion in the same
 * step that deletes the record, and removes the note in the step that opens a new one. A tombstone
 * in the storage repeats the note, for the case that Redis loses its data (docs/decisions/0005).
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

    /** Completes a deletion that a storage failure left incomplete. False if there was none. */
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
     * Asserts that an image without a record was not deleted.
     * @param reading resolves with the record from its stored object, if there is one
     * @throws DeletedImage
     */
    async assertNotDeleted(id: string, reading: Promise<ImageRecord | undefined>): Promise<void> {
      if (await records.deletionOf(id)) throw new DeletedImage();
      const [object, stored] = await Promise.all([store.head(objectKeys.tombstone(id)), reading]);
      const deletion = object && readTombstone(object)?.deletion;
      if (!deletion || wasRequestedAfter(stored, deletion)) return;
      // Redis lost the note. If the image was just requested with a key, nothing is noted.
      if (await records.noteDeletion(id, deletion)) throw new DeletedImage();
    },
  };
}
