import { AppError } from '../errors/app-error.js';
import { buildTemplate } from '../templates/load-template.js';
import type { Template } from '../templates/template.js';
import { contentHash, filesHash, type TemplateFiles } from '../templates/template-files.js';
import { type Author, type Draft, draftTag, readDraftTag } from './draft.js';
import type { DraftFiles } from './draft-files.js';
import { bodyProblem, problemsError } from './draft-problems.js';
import type { DraftService } from './draft-service.js';
import type {
  CheckBeforePublishing,
  CheckOutcome,
  HistoryEntry,
  VersionFiles,
  VersionRecords,
} from './ports.js';
import { StaleDraft } from './stale-draft.js';
import type { StoredTemplates } from './stored-templates.js';
import { packArchive } from './template-archive.js';
import { templateNotFound } from './template-not-found.js';
import type { VersionStore } from './version-store.js';

export interface VersionServiceDeps {
  records: VersionRecords;
  versions: VersionStore;
  drafts: DraftService;
  contents: DraftFiles;
  stored: Pick<StoredTemplates, 'refresh'>;
  check: CheckBeforePublishing;
  now?: () => Date;
}

export interface PublishRequest {
  /** Only if the draft is in this state. Default: as it is. */
  tag?: string | undefined;
  message?: string | undefined;
  /** Although the check fails. */
  force?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

const versionName = ({ content, files }: VersionFiles): VersionFiles => ({ content, files });

function checkFailed({ failures, fail }: CheckOutcome): AppError {
  const [first] = failures;
  return new AppError('template_check_failed', {
    detail:
      `${fail} cases of the check failed. ${first?.path}: ${first?.message} Correct the draft, or publish ` +
      'with "force": true.',
    errors: failures,
  });
}

/** Published versions: immutable, one of them current. */
export function createVersionService(deps: VersionServiceDeps) {
  const { records, drafts } = deps;
  const now = () => (deps.now?.() ?? new Date()).toISOString();

  /** A draft as workers can draw it. @throws AppError `draft_invalid` */
  async function tryOut(draft: Draft): Promise<{ template: Template; files: TemplateFiles }> {
    const files = await drafts.filesOf(draft);
    const body = bodyProblem(draft.id, files.get('template.hbs'));
    if (body) throw problemsError([body]);
    const { template, problems } = buildTemplate(draft.id, files);
    if (!template) throw problemsError(problems);
    await records.putTrial(draft.id, template.version, await packArchive(files));
    return { template, files };
  }

  /**
   * Makes a draft the current version. Files first, then the pointer: a process that dies between
   * has published nothing and lost nothing.
   * @throws AppError `draft_invalid`, `template_check_failed`; StaleDraft
   */
  async function publish(id: string, request: PublishRequest, author: Author) {
    const draft = await drafts.get(id);
    const { tag = '*', message, force = false } = request;
    if (tag !== '*' && tag !== draftTag(draft)) throw new StaleDraft(draft, readDraftTag(tag));
    const { template, files } = await tryOut(draft);
    const outcome = await deps.check(template, request.signal);
    if (outcome.status === 'fail' && !force) throw checkFailed(outcome);
    const version: VersionFiles = { content: contentHash(files), files: filesHash(files) };
    await deps.versions.put(id, version, files);
    const entry: HistoryEntry = {
      ...{ action: 'published', version: template.version, ...version },
      ...{ at: now(), by: author.keyId },
      ...(message === undefined ? {} : { message }),
      ...(outcome.status === 'fail' ? { forced: true } : {}),
    };
    if (!(await records.publish(id, draft, entry))) {
      throw new StaleDraft(await drafts.get(id), draft);
    }
    await deps.stored.refresh();
    return { entry, outcome };
  }

  /** The files of a version that was published. @throws AppError `template_version_not_found` */
  async function published(id: string, version: string): Promise<VersionFiles> {
    const found = /^[0-9a-f]{16}$/.test(version) ? await records.filesOf(id, version) : undefined;
    if (found) return found;
    throw new AppError('template_version_not_found', {
      detail: `Template "${id}" has no version "${version.slice(0, 64)}". GET /v1/templates/${id}/versions lists them.`,
    });
  }

  async function rollBack(
    id: string,
    { version, message }: { version: string; message?: string | undefined },
    author: Author,
  ): Promise<HistoryEntry> {
    const draft = await drafts.get(id);
    const target = versionName(await published(draft.id, version));
    const entry: HistoryEntry = {
      ...{ action: 'rolled_back', version, ...target, at: now(), by: author.keyId },
      ...(message === undefined ? {} : { message }),
    };
    if (!(await records.rollBack(id, entry))) throw templateNotFound(id, []);
    await deps.stored.refresh();
    return entry;
  }

  return {
    tryOut,
    publish,
    rollBack,

    /** Newest first. */
    async history(id: string): Promise<HistoryEntry[]> {
      await drafts.get(id);
      return (await records.history(id)).reverse();
    },

    /**
     * Removes a template from what can be asked for. Its versions stay for images that were asked
     * for before.
     */
    async remove(id: string, author: Author): Promise<void> {
      const draft = await drafts.get(id);
      await records.remove(id, { at: now(), by: author.keyId });
      await deps.stored.refresh();
      await deps.contents.removeAll(draft);
    },

    async filesOf(id: string, version: string): Promise<TemplateFiles> {
      return deps.versions.get(id, await published(id, version));
    },
  };
}

export type VersionService = ReturnType<typeof createVersionService>;
