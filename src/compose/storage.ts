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
  switch (storage.kind) {
    case 'file': {
      const directory = join(settings.dataDir, 'images');
      const files = watch(await createFileStore({ directory, publicUrl: settings.publicUrl }));
      return { store: files, files };
    }
    case 's3': {
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
  }
}

/** For people: where images are stored, and what to look at if that fails. */
export function describeStorage({ storage }: Settings): { place: string; remedy: string } {
  switch (storage.kind) {
    case 'file':
      return { place: 'files below DATA_DIR', remedy: 'Make DATA_DIR writable for this user.' };
    case 's3':
      return {
        place: `bucket ${storage.bucket} at ${storage.endpoint ?? `AWS ${storage.region}`}`,
        remedy: 'Check S3_BUCKET, S3_ENDPOINT, S3_REGION and the credentials of AWS_…',
      };
  }
}
