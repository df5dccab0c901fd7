import type { ImageRecord } from './image.js';
import { objectKeys } from './object-key.js';
import type { ImageRecords, ObjectStore, StoredObject } from './ports.js';
import { recordFromObject } from './stored-record.js';
import { readTombstone, wasRequestedAfter } from './tombstone.js';

export interface ReindexCounts {
  /** Objects seen in the storage. */
  objects: number;
  /** Records that Redis did not have. */
  restored: number;
  /** Records that Redis has, queued and active ones included. They are left as they are. */
  present: number;
  /** Objects that are not images of Cardpress. */
  foreign: number;
  /** Deletions that were noted in Redis again. */
  deletions: number;
  /** Stored objects of deleted images, which were removed. */
  removed: number;
}

export interface ReindexDeps {
  store: Pick<ObjectStore, 'list' | 'head' | 'delete'>;
  records: Pick<ImageRecords, 'restore' | 'deletionOf' | 'noteDeletion'>;
  onProgress?: (counts: Readonly<ReindexCounts>) => void;
  signal?: AbortSignal;
}

/** Objects worked on at once: enough to hide the latency of Redis, few enough not to block others. */
const BATCH_SIZE = 32;

/**
 * Rebuilds the Redis index from the storage: every image whose record is lost gets one again,
 * complete except for field values and warnings; lost deletions are noted again. Safe to run beside
 * a running service, and repeatedly. Stops early, with the counts so far, when `signal` is aborted.
 * @throws AppError `storage_unavailable`, `redis_unavailable`
 */
export async function reindex(deps: ReindexDeps): Promise<ReindexCounts> {
  const counts: ReindexCounts = {
    objects: 0,
    restored: 0,
    present: 0,
    foreign: 0,
    deletions: 0,
    removed: 0,
  };

  /** For an image that was not restored: removes its object if the image was deleted. */
  async function removeIfDeleted({ id, key }: Pick<ImageRecord, 'id' | 'key'>): Promise<boolean> {
    if (!(await deps.records.deletionOf(id))) return false;
    await deps.store.delete(key);
    return true;
  }

  async function restore(object: StoredObject): Promise<void> {
    const record = recordFromObject(object);
    // A copy under another key is not the image itself.
    const isOurs =
      record !== undefined &&
      objectKeys.image(record.spec.templateId, record.id, record.spec.output.format) === object.key;
    if (!isOurs) counts.foreign += 1;
    else if (await deps.records.restore(record, { onlyIfAbsent: true })) counts.restored += 1;
    else if (await removeIfDeleted(record)) counts.removed += 1;
    else counts.present += 1;
  }

  /** An image that was requested again after its deletion is not deleted, even without a record. */
  async function noteDeletion(object: StoredObject): Promise<void> {
    const tombstone = readTombstone(object);
    if (!tombstone) return;
    const { id, deletion } = tombstone;
    if (await deps.records.deletionOf(id)) return;
    const stored = await deps.store.head(deletion.key);
    if (wasRequestedAfter(stored && recordFromObject(stored), deletion)) return;
    if (await deps.records.noteDeletion(id, deletion)) counts.deletions += 1;
  }

  async function forEachObject(prefix: string, work: (object: StoredObject) => Promise<void>) {
    let batch: StoredObject[] = [];
    async function flush(): Promise<void> {
      await Promise.all(batch.map(work));
      batch = [];
      deps.onProgress?.(counts);
    }
    for await (const object of deps.store.list(prefix)) {
      if (deps.signal?.aborted) break;
      batch.push(object);
      if (batch.length === BATCH_SIZE) await flush();
    }
    await flush();
  }

  // Tombstones first, so that no image is restored before its deletion is read.
  await forEachObject(objectKeys.tombstones, noteDeletion);
  await forEachObject('', async (object) => {
    const { tombstones, privates } = objectKeys;
    if (object.key.startsWith(tombstones) || object.key.startsWith(privates)) return;
    counts.objects += 1;
    await restore(object);
  });
  return counts;
}
