import type { ErrorCode } from '../errors/catalogue.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import type { MeasuredWarning } from '../images/check-ports.js';

/** A problem or a correction in one row. */
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

/** Why a row is in the sample. */
export type Reason = (typeof reasons)[number];

/** Identifies a row for the person who sent it. */
export interface RowPlace {
  /** From 1. */
  row: number;
  /** Of the file, from 1. */
  line?: number;
  ref?: string;
}

/** `rows` lists the first ten; `count` is the total. */
export interface RowsAndCount {
  rows: number[];
  count: number;
}

/**
 * The report as the API returns it. Every row is in exactly one of `ok`, `with_warnings` and
 * `refused`.
 */
export interface BatchCheckReport {
  total: number;
  /** Rows without findings, or with notes only. */
  ok: number;
  with_warnings: number;
  /** Rows that the template refuses. */
  refused: number;
  /** Rows that lead to the same image. */
  duplicates: RowsAndCount[];
  pictures: {
    distinct: number;
    failing: (RowsAndCount & { url: string; code: ErrorCode; message: string })[];
  };
  /** Every row that is not `ok`, with all of its findings. */
  problems: (RowPlace & { items: CheckItem[] })[];
  /** Refused rows by cause, the most frequent first. */
  refused_by: (RowsAndCount & {
    cause: string;
    code: CheckItem['code'];
    field?: string;
    message: string;
  })[];
  /** Informational findings over all rows, with the message of the first row. */
  notes: (RowsAndCount & { field?: string; code: CheckItem['code']; message: string })[];
  worth_a_look: (RowPlace & {
    reasons: Reason[];
    warnings: CheckItem[];
    /** A thumbnail as a data: URL. */
    preview?: string;
  })[];
}

const ROWS_NAMED = 10;

/** Counts a row, and lists it if it is among the first. */
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

/** Only `row` if nothing else is known. */
export function placeOf({ row, line, ref }: RowPlace): RowPlace {
  return {
    row,
    ...(line === undefined ? {} : { line }),
    ...(ref === undefined ? {} : { ref }),
  };
}
