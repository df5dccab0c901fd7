import type { Settings } from '../config/settings.js';
import { joinRegistries } from '../library/join-registries.js';
import { createStoredTemplates } from '../library/stored-templates.js';
import { createVersionStore } from '../library/version-store.js';
import { createVersionRecords } from '../records/version-records.js';
import { loadRegistry } from './drawing.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';

/** Builds the templates of a process that serves or draws: folders, and those that are stored. */
export async function composeLibrary(
  settings: Settings,
  parts: { storage: Storage; records: Pick<Records, 'redis' | 'subscriber'> },
  { logger }: Pick<Observers, 'logger'>,
) {
  const folders = await loadRegistry(settings, logger);
  const { redis, subscriber } = parts.records;
  const records = createVersionRecords(redis, subscriber);
  const versions = createVersionStore(parts.storage.store);
  const stored = createStoredTemplates({ records, versions, logger });
  // Without Redis the folders are served; it is looked again until there is an answer.
  await stored
    .refresh()
    .catch((error: unknown) => logger.warn({ err: error }, 'stored templates are not known yet'));
  return {
    registry: joinRegistries(folders, stored),
    folders,
    stored,
    records,
    versions,
    async close(): Promise<void> {
      await stored.close();
      await folders.close();
    },
  };
}

export type Library = Awaited<ReturnType<typeof composeLibrary>>;
