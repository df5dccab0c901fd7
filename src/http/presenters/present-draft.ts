import type { z } from 'zod';
import { type Draft, draftFiles, draftTag } from '../../library/draft.js';
import { draftProblems } from '../../library/draft-problems.js';
import type { StaleDraft } from '../../library/stale-draft.js';
import type { TemplateProblem } from '../../templates/load-template.js';
import type { draftSchema } from '../schemas/draft.js';

function presentProblem({ file, line, column, message }: TemplateProblem) {
  return { file, ...(line === undefined ? {} : { line, column: column ?? 1 }), message };
}

/** A draft with its texts, and what is wrong with them. */
export function presentDraft(draft: Draft): z.infer<typeof draftSchema> {
  const all = draftFiles(draft);
  const { problems, warnings } = draftProblems(draft);
  return {
    id: draft.id,
    etag: draftTag(draft),
    created_at: draft.createdAt,
    changed_at: draft.changedAt,
    changed_by: draft.changedBy,
    files: Object.fromEntries(
      all.flatMap(([path, file]) => ('text' in file ? [[path, file.text]] : [])),
    ),
    assets: all.flatMap(([path, file]) =>
      'asset' in file ? [{ path, bytes: file.asset.bytes, sha256: file.asset.sha256 }] : [],
    ),
    problems: problems.map(presentProblem),
    warnings: warnings.map(presentProblem),
  };
}

/** What others saved since, for one whose change was refused. */
export function presentStale({ draft, changes }: StaleDraft) {
  return {
    etag: draftTag(draft),
    changed_at: draft.changedAt,
    changed_by: draft.changedBy,
    changes: [...changes].map(([path, file]) => ({
      path,
      ...('text' in file ? { text: file.text } : {}),
      ...('asset' in file ? { bytes: file.asset.bytes, sha256: file.asset.sha256 } : {}),
      ...('removed' in file ? { removed: true as const } : {}),
      ...{ changed_at: file.at, changed_by: file.by },
    })),
  };
}
