import type { ErrorCode } from '../errors/catalogue.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { MeasuredWarning } from '../images/check-ports.js';

/** Something that is wrong, or was mended, in one row. */
export interface CheckItem {
  /** Of the template. */
  field?: string;
  code: WarningCode | ErrorCode;
  severity: 'info' | 'warning' | 'error';
  message: string;
}

export const reasons = [
  'longest',
  'emptiest',
  'right_to_left',
  'emoji',
  'failing_picture',
  'most_warnings',
] as const;

/** Why a row is worth a look. */
export type Reason = (typeof reasons)[number];

/** Which row, as whoever gave it finds it again. */
export interface RowPlace {
  /** From 1. */
  row: number;
  /** Of the file, from 1. */
  line?: number;
  ref?: string;
}

/** Lists of `rows` hold the first ten; `count` is how many there are. */
export interface RowsAndCount {
  rows: number[];
  count: number;
}

/** As it is answered. Every row is in exactly one of `ok`, `with_warnings` and `refused`. */
export interface BatchCheckReport {
  total: number;
  /** Rows with nothing to tell, or only notes. */
  ok: number;
  with_warnings: number;
  /** Rows that the template does not take. */
  refused: number;
  /** Rows that come out as the same picture. */
  duplicates: RowsAndCount[];
  pictures: {
    distinct: number;
    failing: (RowsAndCount & { url: string; code: ErrorCode; message: string })[];
  };
  /** Every row that is not `ok`, with all that there is to tell of it. */
  problems: (RowPlace & { items: CheckItem[] })[];
  /** What is only for information, over all rows, with the first row's words. */
  notes: (RowsAndCount & { field?: string; code: CheckItem['code']; message: string })[];
  worth_a_look: (RowPlace & {
    reasons: Reason[];
    warnings: CheckItem[];
    /** A thumbnail as a data: URL. */
    preview?: string;
  })[];
}

const ROWS_NAMED = 10;

/** Counts a row, and names it if it is among the first. */
export function addRow(to: RowsAndCount, row: number): void {
  to.count += 1;
  if (to.rows.length < ROWS_NAMED) to.rows.push(row);
}

export function toCheckItem({ code, field, message, severity }: MeasuredWarning): CheckItem {
  return {
    ...(field === undefined ? {} : { field }),
    code,
    severity: severity ?? 'warning',
    message,
  };
}

/** `row` alone where nothing else is known. */
export function placeOf({ row, line, ref }: RowPlace): RowPlace {
  return {
    row,
    ...(line === undefined ? {} : { line }),
    ...(ref === undefined ? {} : { ref }),
  };
}
