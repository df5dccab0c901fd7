import { objectKey } from './image-id.js';
import type { ImageRecords, ObjectStore, StoredObject } from './ports.js';
import { recordFromObject } from './stored-record.js';

export interface ReindexCounts {
  /** Objects seen in the storage. */
  objects: number;
  /** Records that Redis did not have. */
  restored: number;
  /** Records that it has, also those of images under way: they are left as they are. */
  present: number;
  /** Objects that are no pictures of ours. */
  foreign: number;
}

export interface ReindexDeps {
  store: Pick<ObjectStore, 'list'>;
  records: Pick<ImageRecords, 'restore'>;
  onProgress?: (counts: Readonly<ReindexCounts>) => void;
  signal?: AbortSignal;
}

/** Enough to hide the way to Redis, few enough to leave it free for others. */
const AT_ONCE = 32;

/**
 * Rebuilds the index over the stored objects: every picture whose record Redis lost gets one
 * again, complete but for its field values and warnings. May run beside a working service, and
 * twice. Stops early, with the counts so far, when `signal` is aborted.
 * @throws AppError `storage_unavailable`, `redis_unavailable`
 */
export async function reindex(deps: ReindexDeps): Promise<ReindexCounts> {
  const counts: ReindexCounts = { objects: 0, restored: 0, present: 0, foreign: 0 };

  async function restore(object: StoredObject): Promise<void> {
    const record = recordFromObject(object);
    // A copy under another key tells of an image that is not there.
    const isOurs =
      record !== undefined &&
      objectKey(record.spec.templateId, record.id, record.spec.output.format) === object.key;
    if (!isOurs) counts.foreign += 1;
    else if (await deps.records.restore(record, { onlyIfAbsent: true })) counts.restored += 1;
    else counts.present += 1;
  }

  let batch: StoredObject[] = [];
  async function flush(): Promise<void> {
    await Promise.all(batch.map(restore));
    batch = [];
    deps.onProgress?.(counts);
  }
  for await (const object of deps.store.list()) {
    if (deps.signal?.aborted) break;
    counts.objects += 1;
    batch.push(object);
    if (batch.length === AT_ONCE) await flush();
  }
  await flush();
  return counts;
}
