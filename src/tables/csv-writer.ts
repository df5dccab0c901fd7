import { Readable } from 'node:stream';
import { BYTE_ORDER_MARK, encodeText, hasMark } from './encode-text.js';
import { formulaSafe } from './formula-safe.js';

/** Null and undefined are empty cells. */
export type CsvCell = string | number | boolean | null | undefined;

export interface CsvOptions {
  /** Begin with a byte order mark, by which Excel knows UTF-8. Default true. */
  bom?: boolean;
  /** Default: a comma, and UTF-8. */
  delimiter?: string;
  encoding?: string;
}

/** Lines are handed on together; one by one would cost more than writing them. */
const CHUNK_CHARS = 16 * 1024;

function csvCell(cell: CsvCell, delimiter: string): string {
  if (cell === null || cell === undefined) return '';
  const text = formulaSafe(String(cell));
  // Beyond RFC 4180 semicolons and tabs too: some readers split at them whatever the file says.
  return /[",;\t\r\n]|^\s|\s$/.test(text) || text.includes(delimiter)
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

function lineOf(cells: readonly CsvCell[], delimiter: string): string {
  const written = cells.map((cell) => csvCell(cell, delimiter));
  // A single empty cell would be a blank line, which readers skip.
  const line = written.length === 1 ? written[0] || '""' : written.join(delimiter);
  return `${line}\r\n`;
}

/** One line of a CSV (RFC 4180) with its CR LF, safe to open in a spreadsheet. */
export const csvLine = (cells: readonly CsvCell[]) => lineOf(cells, ',');

/** A CSV, read from `rows` only as fast as it is taken. */
export function csvStream(
  rows: AsyncIterable<readonly CsvCell[]> | Iterable<readonly CsvCell[]>,
  { bom = true, delimiter = ',', encoding = 'utf-8' }: CsvOptions = {},
): Readable {
  async function* chunks() {
    let text = bom && hasMark(encoding) ? BYTE_ORDER_MARK : '';
    for await (const cells of rows) {
      text += lineOf(cells, delimiter);
      if (text.length < CHUNK_CHARS) continue;
      yield encodeText(text, encoding);
      text = '';
    }
    if (text !== '') yield encodeText(text, encoding);
  }
  return Readable.from(chunks(), { objectMode: false });
}
