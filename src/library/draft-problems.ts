import { AppError, type FieldError } from '../errors/app-error.js';
import { buildTemplate, type TemplateProblem } from '../templates/load-template.js';
import { sizeProblems } from '../templates/template-files.js';
import { type Draft, draftFiles } from './draft.js';

/** Bounds of a body that is compiled where requests are answered: deep ones take minutes. */
const MAX_BODY_BYTES = 256 * 1024;
const MAX_DEPTH = 50;

function depthOf(source: string): number {
  let [blocks, parentheses, deepest] = [0, 0, 0];
  let isInside = false;
  for (const [mark] of source.matchAll(/\{\{~?[#^/]?|\}\}|[()]/g)) {
    const isMark = mark.startsWith('{');
    if (isMark || mark === '}}') {
      isInside = isMark;
      parentheses = 0;
    } else if (isInside) parentheses += mark === '(' ? 1 : -1;
    if (/[#^]$/.test(mark)) blocks += 1;
    else if (mark.endsWith('/')) blocks -= 1;
    deepest = Math.max(deepest, blocks, parentheses);
  }
  return deepest;
}

/** What keeps a body from being compiled at all; undefined if nothing does. */
export function bodyProblem(id: string, source: Buffer | undefined): TemplateProblem | undefined {
  const told = (message: string) => ({ template: id, file: 'template.hbs', message });
  if (source === undefined) return undefined;
  if (source.length > MAX_BODY_BYTES) {
    return told(`The file is larger than ${MAX_BODY_BYTES / 1024} KB. Move pictures to assets.`);
  }
  return depthOf(source.toString()) > MAX_DEPTH
    ? told(`Blocks or parentheses are nested more than ${MAX_DEPTH} deep.`)
    : undefined;
}

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
  const body = bodyProblem(draft.id, bodies.get('template.hbs'));
  if (body) return { problems: [body], warnings: [] };
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
