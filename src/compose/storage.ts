import { join } from 'node:path';
import type { Settings } from '../config/settings.js';
import type { ObjectStore } from '../images/ports.js';
import { createFileStore, type FileStore } from '../storage/file-store.js';
import { createS3Store } from '../storage/s3-store.js';

export interface Storage {
  store: ObjectStore;
  /** Where storage is files: what `/images` serves. */
  files?: FileStore;
}

export async function composeStorage(settings: Settings): Promise<Storage> {
  const { storage } = settings;
  if (storage.kind === 's3') {
    const { bucket, endpoint, region, forcePathStyle, publicUrl, checksums } = storage;
    return {
      store: createS3Store({
        bucket,
        region,
        forcePathStyle,
        checksums,
        ...(endpoint ? { endpoint } : {}),
        ...(publicUrl ? { publicUrl } : {}),
      }),
    };
  }
  const files = await createFileStore({
    directory: join(settings.dataDir, 'images'),
    publicUrl: settings.publicUrl,
  });
  return { store: files, files };
}
