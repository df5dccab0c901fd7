import { AppError, type FieldError } from '../errors/app-error.js';
import { buildTemplate, type TemplateProblem } from '../templates/load-template.js';
import { sizeProblems } from '../templates/template-files.js';
import { type Draft, draftFiles } from './draft.js';

/**
 * What is wrong with the files of a draft. None of its expressions is evaluated, and pictures and
 * fonts, which were judged when they came, are not read.
 */
export function draftProblems(draft: Draft): {
  problems: TemplateProblem[];
  warnings: TemplateProblem[];
} {
  const files = draftFiles(draft).map(([path, file]) => {
    const body = Buffer.from('text' in file ? file.text : '');
    return { path, body, bytes: 'text' in file ? body.length : file.asset.bytes };
  });
  const early = sizeProblems(files).map((problem) => ({ template: draft.id, ...problem }));
  if (early.length > 0) return { problems: early, warnings: [] };
  const bodies = new Map(files.map(({ path, body }) => [path, body]));
  const { problems, warnings } = buildTemplate(draft.id, bodies, { isTried: false });
  return { problems, warnings };
}

const placeOf = ({ file, line, column }: TemplateProblem): string =>
  line === undefined ? file : `${file}:${line}:${column ?? 1}`;

/** The problems as errors of a request, by file, line and column. */
export function problemsError(problems: TemplateProblem[]): AppError {
  const errors = problems.map((one): FieldError => ({ path: placeOf(one), message: one.message }));
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return new AppError('draft_invalid', {
    detail: `The draft has mistakes. ${first?.path}: ${first?.message}${more}`,
    errors: errors.slice(0, 50),
  });
}
