import type { ImageRecord } from './image.js';
import { objectKey } from './image-id.js';
import type { ImageRecords, ObjectStore, StoredObject } from './ports.js';
import { recordFromObject } from './stored-record.js';
import { outlives, readTombstone, TOMBSTONES } from './tombstone.js';

export interface ReindexCounts {
  /** Objects seen in the storage. */
  objects: number;
  /** Records that Redis did not have. */
  restored: number;
  /** Records that it has, also those of images under way: they are left as they are. */
  present: number;
  /** Objects that are no pictures of ours. */
  foreign: number;
  /** Deletions that Redis was told of again. */
  deletions: number;
  /** Pictures that were deleted and had been left over: they are gone now. */
  removed: number;
}

export interface ReindexDeps {
  store: Pick<ObjectStore, 'list' | 'head' | 'delete'>;
  records: Pick<ImageRecords, 'restore' | 'deletionOf' | 'noteDeletion'>;
  onProgress?: (counts: Readonly<ReindexCounts>) => void;
  signal?: AbortSignal;
}

/** Enough to hide the way to Redis, few enough to leave it free for others. */
const AT_ONCE = 32;

/**
 * Rebuilds the index over the stored objects: every picture whose record Redis lost gets one
 * again, complete but for its field values and warnings; and every deletion that Redis forgot
 * holds again. May run beside a working service, and twice. Stops early, with the counts so far, when `signal` is aborted.
 * @throws AppError `storage_unavailable`, `redis_unavailable`
 */
export async function reindex(deps: ReindexDeps): Promise<ReindexCounts> {
  const counts: ReindexCounts = {
    ...{ objects: 0, restored: 0, present: 0, foreign: 0, deletions: 0, removed: 0 },
  };

  /** Of a picture that is not to be restored: whether that is because it was deleted. */
  async function isLeftOver({ id, key }: Pick<ImageRecord, 'id' | 'key'>): Promise<boolean> {
    if (!(await deps.records.deletionOf(id))) return false;
    await deps.store.delete(key);
    return true;
  }

  async function restore(object: StoredObject): Promise<void> {
    const record = recordFromObject(object);
    // A copy under another key tells of an image that is not there.
    const isOurs =
      record !== undefined &&
      objectKey(record.spec.templateId, record.id, record.spec.output.format) === object.key;
    if (!isOurs) counts.foreign += 1;
    else if (await deps.records.restore(record, { onlyIfAbsent: true })) counts.restored += 1;
    else if (await isLeftOver(record)) counts.removed += 1;
    else counts.present += 1;
  }

  /** A picture that was asked for anew since then, and has no record yet, is not deleted. */
  async function noteDeletion(object: StoredObject): Promise<void> {
    const tombstone = readTombstone(object);
    if (!tombstone) return;
    const { id, deletion } = tombstone;
    if (await deps.records.deletionOf(id)) return;
    const picture = await deps.store.head(deletion.key);
    if (outlives(picture && recordFromObject(picture), deletion)) return;
    if (await deps.records.noteDeletion(id, deletion)) counts.deletions += 1;
  }

  async function forEach(prefix: string, work: (object: StoredObject) => Promise<void>) {
    let batch: StoredObject[] = [];
    async function flush(): Promise<void> {
      await Promise.all(batch.map(work));
      batch = [];
      deps.onProgress?.(counts);
    }
    for await (const object of deps.store.list(prefix)) {
      if (deps.signal?.aborted) break;
      batch.push(object);
      if (batch.length === AT_ONCE) await flush();
    }
    await flush();
  }

  // First, so that no picture comes back whose deletion is read later.
  await forEach(TOMBSTONES, noteDeletion);
  await forEach('', async (object) => {
    if (object.key.startsWith(TOMBSTONES)) return;
    counts.objects += 1;
    await restore(object);
  });
  return counts;
}
