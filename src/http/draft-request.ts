import type { Request, Response } from 'express';
import { AppError } from '../errors/app-error.js';
import { allows } from '../keys/scope.js';
import { type Author, type Draft, draftTag } from '../library/draft.js';
import { StaleDraft } from '../library/stale-draft.js';
import { presentDraft, presentStale } from './presenters/present-draft.js';
import { sendProblem } from './problem.js';
import type {} from './request-context.js';

/** On whose behalf a template is changed. */
export function authorOf({ locals }: Response): Author {
  return { keyId: locals.keyId ?? '', isAdmin: allows(locals.scopes ?? [], ['admin']) };
}

/**
 * Expressions of a template are evaluated in the processes of this service.
 * @throws AppError `forbidden`
 */
export function assertMayRun(author: Author, what: string): void {
  if (author.isAdmin) return;
  throw new AppError('forbidden', {
    detail:
      `${what} runs the expressions of the draft in this service, so the key needs the scope "admin" ` +
      'besides "templates:write". Ask someone who has such a key.',
  });
}

const TAG = /^(?:W\/)?"([^"]{1,64})"$/;

/** The state that a caller wants to change, as far as the caller says so; `*` for any. */
export function givenTag(req: Request): string | undefined {
  const given = req.headers['if-match']?.trim();
  if (given === undefined || given === '*') return given;
  // What is no tag of ours is one that does not fit.
  return TAG.exec(given)?.[1] ?? 'none';
}

/** The state that a caller wants to change. @throws AppError `precondition_required` */
export function requiredTag(req: Request): string {
  const tag = givenTag(req);
  if (tag !== undefined) return tag;
  throw new AppError('precondition_required', {
    detail:
      'Say which state of the draft you change, so that nobody overwrites what another has saved: ' +
      'send the ETag of the draft as the header If-Match, or If-Match: * to overwrite in any case.',
  });
}

export function sendDraft(res: Response, draft: Draft, status = 200): void {
  res.setHeader('ETag', `"${draftTag(draft)}"`);
  res.status(status).json(presentDraft(draft));
}

/** Answers a change that came too late with what was changed by others. */
export async function orStale(res: Response, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StaleDraft)) throw error;
    res.setHeader('ETag', `"${draftTag(error.draft)}"`);
    sendProblem(res, error, { current: presentStale(error) });
  }
}
