import { createHash } from 'node:crypto';
import type { ErrorCode } from '../errors/catalogue.js';
import type { WarningCode } from '../errors/warning-catalogue.js';
import { addRow, type RowsAndCount } from './batch-check-report.js';

/** Why rows failed, for all that failed alike. */
export interface FailureCause extends RowsAndCount {
  /** Names the cause, so that its rows can be listed. */
  cause: string;
  code: ErrorCode | WarningCode;
  /** Of the template. */
  field?: string;
  /** As the first of the rows has it. */
  message: string;
}

type Failure = Pick<FailureCause, 'code' | 'message'> & { field?: string | undefined };

const CAUSE_LENGTH = 12;
/** Further causes of one batch are counted together. */
const MAX_CAUSES = 50;
const OTHERS = 'others';

/** `data.price: "1.299" …` is about the field `price`; of several errors the first counts. */
function readFailure({ code, field, message }: Failure): Failure {
  const [first = message] = message.split(/ (?=data[.[][^ ]{1,100}: )/, 1);
  const [prefix = '', name] = /^data[.[]"?([\w-]{1,64})[^ ]{0,100}: /.exec(first) ?? [];
  return { code, field: field ?? name, message: first.slice(prefix.length) };
}

/** Without what differs from row to row: quoted values and numbers. */
function likeness(message: string): string {
  return message.replaceAll(/"[^"]*"/g, '""').replaceAll(/\d+/g, '0');
}

/** The cause of one failure, the same for all rows that failed alike. */
export function causeOf(given: Failure): Omit<FailureCause, keyof RowsAndCount> {
  const { code, field, message } = readFailure(given);
  const hash = createHash('sha256').update(`${code} ${field ?? ''} ${likeness(message)}`);
  const cause = hash.digest('hex').slice(0, CAUSE_LENGTH);
  return { cause, code, ...(field === undefined ? {} : { field }), message };
}

/** Counts failures by their cause. */
export function createCauseTally() {
  const causes = new Map<string, FailureCause>();

  return {
    /** `row` is counted from 1. */
    add(row: number, failure: Failure): void {
      const found = causeOf(failure);
      const isKnown = causes.has(found.cause) || causes.size < MAX_CAUSES;
      const key = isKnown ? found.cause : OTHERS;
      const message = isKnown ? found.message : 'Other causes, each of few rows.';
      const known = causes.get(key) ?? { ...found, cause: key, message, rows: [], count: 0 };
      causes.set(key, known);
      addRow(known, row);
    },

    /** The most frequent first. */
    report: (): FailureCause[] => [...causes.values()].sort((a, b) => b.count - a.count),
  };
}
