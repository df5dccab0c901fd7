import { randomBytes } from 'node:crypto';
import { AppError, type FieldError } from '../errors/app-error.js';
import { MAX_FILES, type TemplateFiles } from '../templates/template-files.js';
import { TEMPLATE_ID_PATTERN } from '../templates/template-id.js';
import { templateSkeleton } from '../templates/template-skeleton.js';
import {
  type Author,
  type Draft,
  type DraftContent,
  type DraftFile,
  draftFiles,
  readDraftTag,
} from './draft.js';
import type { DraftFiles } from './draft-files.js';
import type { JudgeFiles } from './judge-files.js';
import { assertMayChangeNetwork } from './network-guard.js';
import type { DraftRecords } from './ports.js';
import { StaleDraft } from './stale-draft.js';
import { templateNotFound } from './template-not-found.js';
import { isTextFile, pathProblem } from './template-paths.js';

export interface DraftServiceDeps {
  records: DraftRecords;
  contents: DraftFiles;
  judgeFiles: JudgeFiles;
  isFolder(id: string): boolean;
  /** Files of what is installed or published. @throws AppError `template_not_found` */
  filesOf(id: string): Promise<TemplateFiles>;
  now?: () => Date;
}

/** What is to be saved: texts and bytes; null removes a file. */
export type DraftChange = ReadonlyMap<string, string | Buffer | null>;

/** Texts stand in Redis. A large template has 100 KB of them. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;
const MAX_TEMPLATES = 1_000;
/** Removed files that are remembered, so that others can be told of them. */
const MAX_REMOVED = 200;
/** How often a change that may overwrite others is tried again. */
const ATTEMPTS = 5;
/** Folders of the store that are not of templates begin with the one; the other is a route. */
const RESERVED = /^(?:cardpress-.*|import)$/;

function invalid(errors: FieldError[]): AppError {
  const [first] = errors;
  return new AppError('invalid_request', {
    detail: `${first?.path}: ${first?.message}`,
    errors: errors.slice(0, 50),
  });
}

/** The files of a new template: the starter with this name, a copy, or none. */
function named(files: TemplateFiles, name: string | undefined): TemplateFiles {
  const manifest = files.get('template.json');
  if (name === undefined || !manifest) return files;
  const value = JSON.parse(manifest.toString()) as object;
  const text = `${JSON.stringify({ ...value, name }, null, 2)}\n`;
  return new Map([...files, ['template.json', Buffer.from(text)]]);
}

const starterFiles = (id: string): TemplateFiles =>
  new Map([...templateSkeleton(id)].map(([path, text]) => [path, Buffer.from(text)]));

function manifestOf(draft: Draft): Buffer | undefined {
  const file = draft.files.get('template.json');
  return file && 'text' in file ? Buffer.from(file.text) : undefined;
}

/** The oldest of the removed files, beyond those that are remembered. */
function forgotten(draft: Draft): string[] {
  const removed = [...draft.files].filter(([, file]) => 'removed' in file);
  const oldest = removed.sort(([, a], [, b]) => a.revision - b.revision);
  return oldest.slice(0, Math.max(0, oldest.length - MAX_REMOVED)).map(([path]) => path);
}

function assertFits(draft: Draft, change: DraftChange): void {
  const files = new Map<string, number>(
    draftFiles(draft).map(([path, file]) => [
      path,
      'text' in file ? Buffer.byteLength(file.text) : 0,
    ]),
  );
  for (const [path, value] of change) {
    if (value === null) files.delete(path);
    else files.set(path, isTextFile(path) ? Buffer.byteLength(value) : 0);
  }
  const textBytes = [...files.values()].reduce((sum, bytes) => sum + bytes, 0);
  const megabytes = MAX_TEXT_BYTES / 1024 / 1024;
  if (textBytes > MAX_TEXT_BYTES) {
    const message = `The texts of a draft may have ${megabytes} MB together. Move pictures and fonts to assets.`;
    throw invalid([{ path: 'files', message }]);
  }
  if (files.size >= MAX_FILES) {
    throw invalid([{ path: 'files', message: `A template may have ${MAX_FILES} files at most.` }]);
  }
}

/** Drafts of stored templates: made, read, and changed by several people at once. */
export function createDraftService(deps: DraftServiceDeps) {
  const { records, contents } = deps;
  const now = () => (deps.now?.() ?? new Date()).toISOString();

  function assertNoFolder(id: string): void {
    if (!deps.isFolder(id)) return;
    throw new AppError('conflict', {
      detail:
        `Template "${id}" is a folder of this installation and cannot be changed here. Make a copy ` +
        `under another id: POST /v1/templates {"id": "my-${id}", "from": "${id}"}`,
    });
  }

  /** @throws AppError `template_not_found`, `conflict` for a folder */
  async function get(id: string): Promise<Draft> {
    assertNoFolder(id);
    const draft = TEMPLATE_ID_PATTERN.test(id) ? await records.get(id) : undefined;
    if (draft) return draft;
    throw templateNotFound(id, await records.ids());
  }

  async function assertNew(id: string): Promise<void> {
    if (!TEMPLATE_ID_PATTERN.test(id) || RESERVED.test(id)) {
      const message =
        'must be at most 64 small letters, digits and "-", letter first, and neither "import" nor begin with "cardpress-"';
      throw invalid([{ path: 'id', message }]);
    }
    assertNoFolder(id);
    const ids = await records.ids();
    if (ids.includes(id)) {
      throw new AppError('conflict', {
        detail: `There is a template "${id}" already. Change its draft: PUT /v1/templates/${id}/draft, or choose another id.`,
      });
    }
    if (ids.length >= MAX_TEMPLATES) {
      throw new AppError('conflict', {
        detail: `${MAX_TEMPLATES} templates are stored already. Delete one that nobody needs.`,
      });
    }
  }

  async function createFrom(id: string, files: TemplateFiles, author: Author): Promise<Draft> {
    const [at, by] = [now(), author.keyId];
    const nonce = randomBytes(8).toString('hex');
    const empty: Draft = {
      ...{ id, nonce, revision: 1, createdAt: at, changedAt: at, changedBy: by },
      files: new Map(),
    };
    assertFits(empty, files);
    const put = await contents.putAll(empty, files);
    const draft: Draft = {
      ...empty,
      files: new Map([...put].map(([path, file]) => [path, { revision: 1, at, by, ...file }])),
    };
    if (await records.create(draft)) return draft;
    await contents.discard(put.values());
    throw new AppError('conflict', { detail: `There is a template "${id}" already.` });
  }

  async function create(
    { id, name, from }: { id: string; name?: string | undefined; from?: string | undefined },
    author: Author,
  ): Promise<Draft> {
    await assertNew(id);
    const files = from === undefined ? starterFiles(id) : await deps.filesOf(from);
    assertMayChangeNetwork(author, undefined, files.get('template.json'));
    return createFrom(id, named(files, name), author);
  }

  /** The files as they are put, and those that are removed or forgotten. */
  async function write(draft: Draft, change: DraftChange, by: string): Promise<Draft | undefined> {
    const at = now();
    const revision = draft.revision + 1;
    const given = [...change].flatMap(([path, value]): [string, Buffer][] =>
      value === null ? [] : [[path, Buffer.from(value)]],
    );
    const put = await contents.putAll(draft, new Map(given));
    const files = new Map<string, DraftFile | undefined>(
      forgotten(draft).map((path) => [path, undefined]),
    );
    for (const [path, value] of change) {
      if (value === null) files.set(path, { revision, at, by, removed: true });
    }
    for (const [path, content] of put) files.set(path, { revision, at, by, ...content });
    if (!(await records.change(draft.id, draft, { at, by, files }))) {
      await contents.discard(put.values());
      return undefined;
    }
    const all = new Map<string, DraftFile | undefined>([...draft.files, ...files]);
    const kept = [...all].flatMap(([path, file]): [string, DraftFile][] =>
      file ? [[path, file]] : [],
    );
    const after: Draft = {
      ...{ ...draft, revision, changedAt: at, changedBy: by },
      files: new Map(kept.sort(([a], [b]) => (a < b ? -1 : 1))),
    };
    await contents.discardReplaced(draft, new Map<string, DraftContent>(draftFiles(after)));
    return after;
  }

  /**
   * Saves what a caller made of the state `tag`; `*` overwrites any. `change`: made of the draft as
   * it is.
   * @throws StaleDraft
   */
  async function save(
    id: string,
    tag: string,
    author: Author,
    changeOf: (draft: Draft) => DraftChange,
  ): Promise<Draft> {
    const seen = readDraftTag(tag);
    for (let attempt = 1; ; attempt += 1) {
      const draft = await get(id);
      const isCurrent = seen?.nonce === draft.nonce && seen.revision === draft.revision;
      if (tag !== '*' && !isCurrent) throw new StaleDraft(draft, seen);
      const change = changeOf(draft);
      const manifest = change.get('template.json');
      if (manifest !== undefined) {
        const after = manifest === null ? undefined : Buffer.from(manifest);
        assertMayChangeNetwork(author, manifestOf(draft), after);
      }
      assertFits(draft, change);
      const after = await write(draft, change, author.keyId);
      if (after) return after;
      if (tag !== '*' || attempt === ATTEMPTS) throw new StaleDraft(await get(id), seen);
    }
  }

  function assertTexts(files: ReadonlyMap<string, string | null>): void {
    const errors = [...files.keys()].flatMap((path): FieldError[] => {
      const isAsset = `Send it as bytes: PUT …/draft/assets/${path.replace(/^assets\//, '')}`;
      const message = pathProblem(path) ?? (isTextFile(path) ? undefined : isAsset);
      return message === undefined ? [] : [{ path: `files.${path}`, message }];
    });
    if (errors.length > 0) throw invalid(errors);
  }

  return {
    create,
    get,

    /** Saves texts. Mistakes in them are kept: see `draftProblems`. */
    async change(
      id: string,
      tag: string,
      files: ReadonlyMap<string, string | null>,
      author: Author,
    ): Promise<Draft> {
      assertTexts(files);
      return save(id, tag, author, () => files);
    },

    async putAsset(
      id: string,
      tag: string,
      name: string,
      bytes: Buffer,
      author: Author,
    ): Promise<Draft> {
      const path = `assets/${name}`;
      await get(id);
      const errors = await deps.judgeFiles(new Map([[path, bytes]]));
      if (errors.length > 0) throw invalid(errors);
      return save(id, tag, author, () => new Map([[path, bytes]]));
    },

    async removeAsset(id: string, tag: string, name: string, author: Author): Promise<Draft> {
      const path = `assets/${name}`;
      return save(id, tag, author, (draft) => {
        const file = draft.files.get(path);
        if (file && !('removed' in file)) return new Map([[path, null]]);
        throw new AppError('not_found', { detail: `The draft has no file "${path}".` });
      });
    },

    /** Files from outside become a new template or, with `tag`, all of an existing draft. */
    async importFiles(
      id: string,
      tag: string | undefined,
      files: TemplateFiles,
      author: Author,
    ): Promise<Draft> {
      if (tag === undefined) await assertNew(id);
      else await get(id);
      const errors = await deps.judgeFiles(files);
      if (errors.length > 0) throw invalid(errors);
      if (tag === undefined) {
        assertMayChangeNetwork(author, undefined, files.get('template.json'));
        return createFrom(id, files, author);
      }
      return save(id, tag, author, (draft) => {
        const others = draftFiles(draft).filter(([path]) => !files.has(path));
        return new Map<string, Buffer | null>([
          ...others.map(([path]): [string, null] => [path, null]),
          ...files,
        ]);
      });
    },

    /** @throws AppError `conflict` if it was changed while it was read */
    async filesOf(draft: Draft): Promise<TemplateFiles> {
      const files = await contents.read(draft);
      if (files) return files;
      throw new AppError('conflict', {
        detail: 'The draft was changed while it was read. Try again.',
        retryable: true,
      });
    },
  };
}

export type DraftService = ReturnType<typeof createDraftService>;
