import type { CheckReport } from '../checks/check-report.js';
import { limitChecks } from '../checks/limit-checks.js';
import type { DrawOne } from '../checks/ports.js';
import { createAssetPreparer } from '../encode/prepare-asset.js';
import { sniffAsset } from '../encode/sniff-asset.js';
import { AppError } from '../errors/app-error.js';
import { assetFormats } from '../formats/image-formats.js';
import { draftRoutes } from '../http/routes/draft-routes.js';
import { versionRoutes } from '../http/routes/version-routes.js';
import type { Previewer } from '../images/ports.js';
import { createDraftFiles } from '../library/draft-files.js';
import { createDraftService } from '../library/draft-service.js';
import { createJudgeFiles } from '../library/judge-files.js';
import type { CheckBeforePublishing, CheckOutcome, JudgePicture } from '../library/ports.js';
import { createPreviewDraft } from '../library/preview-draft.js';
import { registryOf } from '../library/registry-of.js';
import { templateNotFound } from '../library/template-not-found.js';
import { createVersionService } from '../library/version-service.js';
import { createDraftRecords } from '../records/draft-records.js';
import type { TemplateFiles } from '../templates/template-files.js';
import { instrumentDecoder } from './instrumented-decoder.js';
import type { Library } from './library.js';
import type { Observers } from './observers.js';
import type { Records } from './records.js';
import type { Storage } from './storage.js';
import { composeTemplateCheck } from './template-check.js';

/** Common proxies give up on an answer after 60 s. */
const CHECK_LIMIT_MS = 45_000;
const MAX_FAILURES = 20;

function outcomeOf({ cases, summary }: CheckReport): CheckOutcome {
  const failed = cases.filter(({ status }) => status === 'fail');
  const failures = failed.slice(0, MAX_FAILURES).map(({ name, size, error, warnings }) => {
    const found = warnings.filter(({ verdict }) => verdict === 'fail');
    const message = error?.message ?? found.map((warning) => warning.message).join(' ');
    return { path: `${name}, ${size}`, message };
  });
  return { ...summary, failures };
}

/** Decodes pictures in processes of their own, as those that are fetched. */
function composeJudgePicture(prepare: ReturnType<typeof createAssetPreparer>['prepare']) {
  const judge: JudgePicture = async (bytes, ending) => {
    try {
      const kind = sniffAsset(bytes);
      if (!assetFormats[kind].extensions.includes(ending)) {
        return `The file is ${kind.toUpperCase()}, which its name does not say. Give it the ending .${assetFormats[kind].extensions[0]}.`;
      }
      await prepare(bytes, { fit: 'contain' });
      return undefined;
    } catch (error) {
      if (error instanceof AppError && error.code.startsWith('asset_')) return error.detail;
      throw error;
    }
  };
  return judge;
}

/** Builds what people do with stored templates: drafts, publishing, history. For the API. */
export function composeTemplates(
  parts: {
    library: Library;
    records: Pick<Records, 'redis'>;
    storage: Storage;
    previewer: Previewer;
    previewTimeoutMs: number;
    draw: DrawOne;
    /** Checks that may be under way at once, and drawings of each. */
    checksAtOnce: number;
    drawingsPerCheck: number;
  },
  observers: Observers,
) {
  const { library, storage, draw, drawingsPerCheck } = parts;
  const { folders, stored, versions: store } = library;
  const preparer = createAssetPreparer({ onDeath: instrumentDecoder(observers, 'pictures') });
  const contents = createDraftFiles(storage.store);

  async function currentFiles(id: string): Promise<TemplateFiles> {
    if (folders.has(id)) return folders.files(id);
    const files = await stored.files(id);
    if (files) return files;
    const known = library.registry.list().map((template) => template.id);
    throw templateNotFound(id, known);
  }

  const drafts = createDraftService({
    records: createDraftRecords(parts.records.redis),
    contents,
    judgeFiles: createJudgeFiles(composeJudgePicture(preparer.prepare)),
    isFolder: folders.has,
    filesOf: currentFiles,
  });
  const check: CheckBeforePublishing = async (template, signal) => {
    const checkOne = composeTemplateCheck(registryOf(template), draw, drawingsPerCheck);
    const request = { template: template.id, timeLimitMs: CHECK_LIMIT_MS, signal };
    return outcomeOf(await checkOne(request));
  };
  const versions = createVersionService({
    records: library.records,
    versions: store,
    drafts,
    contents,
    stored,
    check: limitChecks(check, parts.checksAtOnce),
  });
  const previewDraft = createPreviewDraft({
    drafts,
    tryOut: versions.tryOut,
    previewer: parts.previewer,
    timeoutMs: parts.previewTimeoutMs,
  });
  return {
    endpoints: [
      ...draftRoutes({ drafts, previewDraft }),
      ...versionRoutes({ drafts, versions, currentFiles }),
    ],
    close: () => preparer.close(),
  };
}
