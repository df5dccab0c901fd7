import { DeletedImage } from './deleted-image.js';
import type { ImageRecord } from './image.js';
import type { ImageRecords, ObjectStore } from './ports.js';
import {
  outlives,
  readTombstone,
  TOMBSTONE_BODY,
  tombstoneInfo,
  tombstoneKey,
} from './tombstone.js';

/** Each of two that undo each other's work looks again; more rounds mean that many do. */
const MAX_ROUNDS = 10;

export interface DeletionsDeps {
  records: Pick<ImageRecords, 'deletionOf' | 'noteDeletion'>;
  store: Pick<ObjectStore, 'put' | 'head' | 'delete'>;
}

/**
 * Images that were deleted and not asked for with a key since. Redis says so at once, in the step
 * that deletes the record or opens another; the storage says it for a Redis that lost its data.
 */
export function createDeletions({ records, store }: DeletionsDeps) {
  /**
   * Brings the storage's note into line with Redis. Whoever changes Redis calls it afterwards, so
   * that of several at once the last one leaves the storage right.
   */
  async function align(id: string): Promise<void> {
    let deletion = await records.deletionOf(id);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const key = tombstoneKey(id);
      if (deletion) await store.put(key, TOMBSTONE_BODY, tombstoneInfo(id, deletion));
      else await store.delete(key);
      const now = await records.deletionOf(id);
      if (now?.at === deletion?.at) return;
      deletion = now;
    }
  }

  return {
    align,

    /** Ends a deletion that a failing storage left half done. False where there is none. */
    async finish(id: string): Promise<boolean> {
      const deletion = await records.deletionOf(id);
      if (!deletion) return false;
      const [tombstone, picture] = await Promise.all([
        store.head(tombstoneKey(id)),
        store.head(deletion.key),
      ]);
      if (tombstone && !picture) return false;
      await store.delete(deletion.key);
      await align(id);
      return true;
    },

    /**
     * For an image without a record, whose stored picture is `reading`.
     * @throws DeletedImage
     */
    async assertNone(id: string, reading: Promise<ImageRecord | undefined>): Promise<void> {
      if (await records.deletionOf(id)) throw new DeletedImage();
      const [object, picture] = await Promise.all([store.head(tombstoneKey(id)), reading]);
      const deletion = object && readTombstone(object)?.deletion;
      if (!deletion || outlives(picture, deletion)) return;
      // Asked for with a key just now, there is a record again.
      if (await records.noteDeletion(id, deletion)) throw new DeletedImage();
    },
  };
}

export type Deletions = ReturnType<typeof createDeletions>;
