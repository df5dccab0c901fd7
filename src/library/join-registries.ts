import type { TemplateRegistry } from '../templates/template.js';
import type { FolderRegistry } from './folder-registry.js';
import type { StoredTemplates } from './stored-templates.js';
import { templateNotFound } from './template-not-found.js';

/** Folders and stored templates behind one registry. A folder is never shadowed. */
export function joinRegistries(
  folders: Pick<FolderRegistry, keyof TemplateRegistry | 'has'>,
  stored: Pick<StoredTemplates, 'get' | 'list' | 'getVersion'>,
): TemplateRegistry {
  const list = () =>
    [...folders.list(), ...stored.list().filter(({ id }) => !folders.has(id))].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  return {
    list,

    get(id) {
      if (folders.has(id)) return folders.get(id);
      const found = stored.get(id);
      if (found) return found;
      throw templateNotFound(
        id,
        list().map((template) => template.id),
      );
    },

    async getVersion(id, version) {
      // An id may have been a folder's once, and a stored template's now, or the other way round.
      const [first, second] = folders.has(id) ? [folders, stored] : [stored, folders];
      return (await first.getVersion(id, version)) ?? (await second.getVersion(id, version));
    },
  };
}
