import { AppError } from '../errors/app-error.js';
import { objectKeys } from '../images/object-key.js';
import type { ObjectStore } from '../images/ports.js';
import { filesHash, type TemplateFiles } from '../templates/template-files.js';
import type { VersionFiles } from './ports.js';
import { packArchive, unpackArchive } from './template-archive.js';

/** Published files in the object store. They are never changed and never removed. */
export function createVersionStore(store: Pick<ObjectStore, 'put' | 'get' | 'head'>) {
  return {
    async put(id: string, version: VersionFiles, files: TemplateFiles): Promise<void> {
      const key = objectKeys.templateVersion(id, version);
      if (await store.head(key)) return;
      await store.put(key, await packArchive(files), {
        contentType: 'application/zip',
        attributes: { 'cardpress-template': id, 'cardpress-content': version.content },
      });
    },

    /** @throws AppError `template_version_gone` if the store does not have it, or damaged */
    async get(id: string, version: VersionFiles): Promise<TemplateFiles> {
      const found = await store.get(objectKeys.templateVersion(id, version));
      const files = found && (await unpackArchive(found.body));
      if (files && filesHash(files) === version.files) return files;
      throw new AppError('template_version_gone', {
        detail: `The storage has ${files ? 'other' : 'no'} files of this version of template "${id}".`,
      });
    },
  };
}

export type VersionStore = ReturnType<typeof createVersionStore>;
