import type { CsvRecord } from './read-records.js';

/** Further down no title stands any more. */
const MAX_TITLE_LINES = 20;
const MAX_TITLE_SHOWN = 60;

/** Names are equal whatever their case, spaces, `_` and `-`. */
const plain = (name: string) =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s_-]/g, '');

const isNumber = (cell: string) => /\d/.test(cell) && !/[^\d\s.,'+-]/.test(cell);

const filled = ({ cells }: CsvRecord) => cells.filter((cell) => cell.trim() !== '');

export interface FoundHeader {
  /** How many records stand above it. */
  skipped: number;
  notes: string[];
}

/** How many names of fields or columns that are asked for stand in a record. */
function matches(record: CsvRecord, names: ReadonlySet<string>): number {
  return record.cells.filter((cell) => names.has(plain(cell))).length;
}

/** A title fills one cell, and the table below it has several columns throughout. */
function isTitled(records: CsvRecord[]): boolean {
  const [first, ...rest] = records;
  if (!first || filled(first).length !== 1) return false;
  const body = rest.filter((record) => filled(record).length > 1);
  const [head, ...others] = body;
  if (!head || others.length === 0) return false;
  const width = head.cells.length;
  // Cells that exports of spreadsheets pad a title to; or so many columns that it is no chance.
  const isPadded = first.cells.length === width;
  const isWide = width > 2 && others.every(({ cells }) => cells.length === width);
  const areNames = head.cells.every((cell) => !isNumber(cell));
  return (isPadded || isWide) && areNames && new Set(head.cells.map(plain)).size === width;
}

/**
 * Which of the first records, none of them blank, names the columns: the one with names that are
 * asked for, else the first behind lines that are a title of the table.
 * @param names of fields and columns, as far as they are known
 */
export function findHeader(records: CsvRecord[], names: readonly string[]): FoundHeader {
  const wanted = new Set(names.map(plain));
  const first = records[0];
  const early = records.slice(0, MAX_TITLE_LINES);
  let skipped = 0;
  if (first && wanted.size > 0) {
    const counts = early.map((record) => matches(record, wanted));
    // One word may stand in any row; a header has the most of them.
    const most = Math.max(...counts);
    if (counts[0] === 0 && most > 0) skipped = counts.indexOf(most);
    // Only what looks like lines above a table: fewer cells are filled than in the header.
    const header = early[skipped];
    const isAbove = early
      .slice(0, skipped)
      .every((record) => header && filled(record).length < filled(header).length);
    if (!isAbove) skipped = 0;
  }
  if (skipped === 0 && isTitled(early)) {
    skipped = early.findIndex((record) => filled(record).length > 1);
  }
  const titles = early.slice(0, Math.max(0, skipped));
  return {
    skipped: titles.length,
    notes: titles.map((record) => {
      const text = filled(record).join(' ').replaceAll(/\s+/g, ' ').slice(0, MAX_TITLE_SHOWN);
      return `Line ${record.line} ("${text}") stands above the names of the columns and was left out.`;
    }),
  };
}
