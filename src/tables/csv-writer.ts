import { Readable } from 'node:stream';
import { formulaSafe } from './formula-safe.js';

/** Null and undefined are empty cells. */
export type CsvCell = string | number | boolean | null | undefined;

export interface CsvOptions {
  /** Begin with a byte order mark, by which Excel knows UTF-8. Default true. */
  bom?: boolean;
}

const BOM = '\ufeff';
/** Lines are handed on together; one by one would cost more than writing them. */
const CHUNK_CHARS = 16 * 1024;

function csvCell(cell: CsvCell): string {
  if (cell === null || cell === undefined) return '';
  const text = formulaSafe(String(cell));
  // Beyond RFC 4180 semicolons and tabs too: some readers split at them whatever the file says.
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One line of a CSV (RFC 4180) with its CR LF, safe to open in a spreadsheet. */
export function csvLine(cells: readonly CsvCell[]): string {
  // A single empty cell would be a blank line, which readers skip.
  const line = cells.length === 1 ? csvCell(cells[0]) || '""' : cells.map(csvCell).join(',');
  return `${line}\r\n`;
}

/** A CSV as UTF-8, read from `rows` only as fast as it is taken. */
export function csvStream(
  rows: AsyncIterable<readonly CsvCell[]> | Iterable<readonly CsvCell[]>,
  { bom = true }: CsvOptions = {},
): Readable {
  async function* chunks() {
    let text = bom ? BOM : '';
    for await (const cells of rows) {
      text += csvLine(cells);
      if (text.length < CHUNK_CHARS) continue;
      yield Buffer.from(text);
      text = '';
    }
    if (text !== '') yield Buffer.from(text);
  }
  return Readable.from(chunks(), { objectMode: false });
}
