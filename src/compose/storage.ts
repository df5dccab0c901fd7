import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { ObjectStore } from '../images/ports.js';
import type { Metrics } from '../observability/metrics.js';
import { createFileStore, type FileStore } from '../storage/file-store.js';
import { instrumentStore } from '../storage/instrumented-store.js';

export interface Storage {
  store: ObjectStore;
  /** Set if images are stored as files: the store that `/images` serves. */
  files?: FileStore;
}

/** `metrics`, if given, counts failures. */
export async function composeStorage(
  settings: Settings,
  metrics?: Pick<Metrics, 'storageError'>,
): Promise<Storage> {
  const { storage } = settings;
  const watch = <S extends ObjectStore>(store: S): S =>
    metrics ? instrumentStore(store, metrics.storageError) : store;
  if (storage.kind === 's3') {
    // Only where it is used: the SDK behind it costs every process memory and time to start.
    const { createS3Store } = await import('../storage/s3-store.js');
    const { bucket, endpoint, region, forcePathStyle, publicUrl, checksums } = storage;
    return {
      store: watch(
        createS3Store({
          bucket,
          region,
          forcePathStyle,
          checksums,
          ...(endpoint ? { endpoint } : {}),
          ...(publicUrl ? { publicUrl } : {}),
        }),
      ),
    };
  }
  const files = watch(
    await createFileStore({
      directory: join(settings.dataDir, 'images'),
      publicUrl: settings.publicUrl,
    }),
  );
  return { store: files, files };
}
