import type { Warning } from '../templates/template.js';
import type { CheckStatus, JudgedWarning } from './check-report.js';

/** Seen in the picture and wrong with whatever data: a reader cannot read or see something. */
const FAULTS = new Set([
  'text_clipped',
  'text_overlaps',
  'text_overflows',
  'glyph_missing',
  'picture_not_shown',
  'low_contrast',
  'blank_picture',
]);

/** Only for information to who draws one picture, but worth a look where a design is judged. */
const WORTH_A_LOOK = new Set(['text_near_edge']);

function verdictOn(
  { code, severity }: Warning,
  deserves: ReadonlySet<string>,
): JudgedWarning['verdict'] {
  if (deserves.has(code)) return 'expected';
  if (FAULTS.has(code)) return 'fail';
  if (WORTH_A_LOOK.has(code)) return 'warn';
  if (severity === 'error') return 'fail';
  return severity === 'info' ? 'expected' : 'warn';
}

/**
 * What the warnings of one picture say about its template (or, for data that is judged itself,
 * about the data: then nothing is deserved).
 */
export function judgeWarnings(
  warnings: Warning[],
  deserves: ReadonlySet<string>,
): { status: Exclude<CheckStatus, 'skipped'>; warnings: JudgedWarning[] } {
  const judged = warnings.map((w) => ({ ...w, verdict: verdictOn(w, deserves) }));
  const has = (verdict: JudgedWarning['verdict']) => judged.some((w) => w.verdict === verdict);
  return { status: has('fail') ? 'fail' : has('warn') ? 'warn' : 'pass', warnings: judged };
}
