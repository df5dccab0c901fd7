import { AppError } from '../errors/app-error.js';
import type { Draft, DraftFile, DraftState } from './draft.js';

/** The draft was changed since its caller read it. Nothing was written. */
export class StaleDraft extends AppError {
  readonly draft: Draft;
  /** What the caller has not seen yet. */
  readonly changes: ReadonlyMap<string, DraftFile>;

  constructor(draft: Draft, seen: DraftState | undefined) {
    super('precondition_failed', {
      detail:
        'The draft was changed meanwhile, and nothing of this was saved. "current" holds the changes ' +
        'of the other: put yours on top of them, and save with the ETag that stands there.',
    });
    this.draft = draft;
    const isSame = seen?.nonce === draft.nonce;
    this.changes = new Map(
      [...draft.files].filter(([, { revision }]) => !isSame || revision > seen.revision),
    );
  }
}
