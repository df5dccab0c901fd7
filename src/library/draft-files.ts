import { createHash, randomBytes } from 'node:crypto';
import { objectKeys } from '../images/object-key.js';
import type { ObjectStore } from '../images/ports.js';
import type { TemplateFiles } from '../templates/template-files.js';
import { type Draft, type DraftContent, draftFiles } from './draft.js';
import { isTextFile } from './template-paths.js';

type DraftName = Pick<Draft, 'id' | 'nonce'>;

const contentsOf = (draft: Draft): DraftContent[] => draftFiles(draft).map(([, file]) => file);

/** Where the bytes of drafts are: texts in the record, pictures and fonts in the object store. */
export function createDraftFiles(store: Pick<ObjectStore, 'put' | 'get' | 'delete' | 'list'>) {
  /**
   * Each upload has a key of its own: nobody removes an object that somebody else has put at the
   * same time.
   */
  async function put(draft: DraftName, path: string, bytes: Buffer): Promise<DraftContent> {
    const text = isTextFile(path) ? bytes.toString() : undefined;
    if (text !== undefined && Buffer.from(text).equals(bytes)) return { text };
    const key = objectKeys.draftAsset(draft.id, draft.nonce, randomBytes(16).toString('hex'));
    await store.put(key, bytes, { contentType: 'application/octet-stream', attributes: {} });
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    return { asset: { key, bytes: bytes.length, sha256 } };
  }

  async function discard(contents: Iterable<DraftContent>): Promise<void> {
    for (const content of contents) {
      // What stays is removed with the template.
      if ('asset' in content) await store.delete(content.asset.key).catch(() => undefined);
    }
  }

  return {
    /** The contents of a draft, to be written into its record. Nothing stays if one cannot be put. */
    async putAll(draft: DraftName, files: TemplateFiles): Promise<Map<string, DraftContent>> {
      const contents = new Map<string, DraftContent>();
      try {
        for (const [path, bytes] of files) contents.set(path, await put(draft, path, bytes));
        return contents;
      } catch (error) {
        await discard(contents.values());
        throw error;
      }
    },

    discard,

    /** Objects of the draft that another one does not have. */
    async discardReplaced(before: Draft, after: ReadonlyMap<string, DraftContent>): Promise<void> {
      const kept = [...after.values()].flatMap((file) => ('asset' in file ? [file.asset.key] : []));
      await discard(
        contentsOf(before).filter((file) => 'asset' in file && !kept.includes(file.asset.key)),
      );
    },

    /** Undefined if the draft was changed meanwhile, so that one of its files is gone. */
    async read(draft: Draft): Promise<Map<string, Buffer> | undefined> {
      const files = new Map<string, Buffer>();
      for (const [path, content] of draftFiles(draft)) {
        const found =
          'text' in content
            ? Buffer.from(content.text)
            : (await store.get(content.asset.key))?.body;
        if (!found) return undefined;
        files.set(path, found);
      }
      return files;
    },

    /** Also what was left by processes that died. */
    async removeAll({ id, nonce }: DraftName): Promise<void> {
      const prefix = objectKeys.draftAssets(id, nonce);
      for await (const { key } of store.list(prefix)) await store.delete(key);
    },
  };
}

export type DraftFiles = ReturnType<typeof createDraftFiles>;
