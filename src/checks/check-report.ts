import type { FieldError } from '../errors/app-error.js';
import type { Warning } from '../errors/warning.js';
import type { Chosen } from './rotate-choices.js';

/** `skipped`: the time was up before it was drawn. */
export type CheckStatus = 'pass' | 'warn' | 'fail' | 'skipped';

/** A warning, and what it means for this case: `expected` is what such data deserves. */
export interface JudgedWarning extends Warning {
  verdict: 'expected' | 'warn' | 'fail';
}

export interface CheckedCase {
  /** Of an ugly case: its name; of a given row: `row 3`, counted from 1. */
  name: string;
  about: string;
  /** Of a given row: its place in the list, from 0. */
  row?: number;
  size: string;
  /** What was chosen in place of the sample, e.g. the theme. */
  choices: Chosen;
  status: CheckStatus;
  warnings: JudgedWarning[];
  /** CSS pixels. */
  widthPx: number;
  heightPx: number;
  /** The template refused the data, or the drawing failed. */
  error?: { code: string; message: string; errors: FieldError[] };
  /** A small version of the picture, where pictures were asked for. */
  picture?: { contentType: string; body: Buffer };
}

export interface CheckSummary {
  pass: number;
  warn: number;
  fail: number;
  skipped: number;
  /** The worst of all cases; `skipped` ones say nothing. */
  status: 'pass' | 'warn' | 'fail';
}

export interface CheckReport {
  template: string;
  name: string;
  version: string;
  sizes: string[];
  cases: CheckedCase[];
  summary: CheckSummary;
}

export function summarizeCases(cases: Pick<CheckedCase, 'status'>[]): CheckSummary {
  const count = (status: CheckStatus) => cases.filter((c) => c.status === status).length;
  const [pass, warn, fail] = [count('pass'), count('warn'), count('fail')];
  const status = fail > 0 ? 'fail' : warn > 0 ? 'warn' : 'pass';
  return { pass, warn, fail, skipped: count('skipped'), status };
}

/**
 * How wide the pictures of a report may be, in pixels, for a page that stays below 10 MB: a card
 * takes about 20 KB at 600, 11 KB at 420, 6 KB at 280, and a third more as text.
 */
export function imageWidthFor(pictures: number): number {
  if (pictures <= 200) return 600;
  return pictures <= 500 ? 420 : 280;
}
