import type { TemplateRegistry } from '../templates/template.js';
import { parseTemplateReference } from '../templates/template-reference.js';
import type { FolderRegistry } from './folder-registry.js';
import type { StoredTemplates } from './stored-templates.js';
import { pinnedNotFound, templateNotFound } from './template-not-found.js';

/** Folders and stored templates behind one registry. A folder is never shadowed. */
export function joinRegistries(
  folders: Pick<FolderRegistry, keyof TemplateRegistry | 'has'>,
  stored: Pick<StoredTemplates, 'get' | 'list' | 'getVersion' | 'pin' | 'pinned'>,
): TemplateRegistry {
  const list = () =>
    [...folders.list(), ...stored.list().filter(({ id }) => !folders.has(id))].sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  return {
    list,

    get(reference) {
      const { id, version } = parseTemplateReference(reference);
      if (folders.has(id)) return folders.get(reference);
      const current = stored.get(id);
      const found = version === undefined ? current : stored.pinned(id, version);
      if (found) return found;
      if (current && version !== undefined) throw pinnedNotFound({ id, version });
      throw templateNotFound(
        id,
        list().map((template) => template.id),
      );
    },

    async load(reference) {
      const { id, version } = parseTemplateReference(reference);
      if (version === undefined) return;
      if (folders.has(id)) await folders.load(reference);
      else await stored.pin(id, version);
    },

    async getVersion(id, version) {
      // An id may have been a folder's once, and a stored template's now, or the other way round.
      const [first, second] = folders.has(id) ? [folders, stored] : [stored, folders];
      return (await first.getVersion(id, version)) ?? (await second.getVersion(id, version));
    },
  };
}
