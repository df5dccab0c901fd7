import type { Warning } from '../errors/warning.js';
import { type WarningCode, warningEntry } from '../errors/warning-catalogue.js';
import type { CheckStatus, JudgedWarning } from './check-report.js';

function verdictOn(
  { code, severity }: Warning,
  deserves: ReadonlySet<WarningCode>,
): JudgedWarning['verdict'] {
  if (deserves.has(code)) return 'expected';
  const verdict = warningEntry(code)?.check;
  if (verdict) return verdict;
  if (severity === 'error') return 'fail';
  return severity === 'info' ? 'expected' : 'warn';
}

/**
 * What the warnings of one picture say about its template (or, for data that is judged itself,
 * about the data: then nothing is deserved).
 */
export function judgeWarnings(
  warnings: Warning[],
  deserves: ReadonlySet<WarningCode>,
): { status: Exclude<CheckStatus, 'skipped'>; warnings: JudgedWarning[] } {
  const judged = warnings.map((w) => ({ ...w, verdict: verdictOn(w, deserves) }));
  const has = (verdict: JudgedWarning['verdict']) => judged.some((w) => w.verdict === verdict);
  return { status: has('fail') ? 'fail' : has('warn') ? 'warn' : 'pass', warnings: judged };
}
