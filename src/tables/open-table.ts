import { columnNames } from './column-names.js';
import { readUtf8, type TextEncoding, type TextFile } from './decode-text.js';
import { type DetectedDelimiter, detectDelimiter } from './detect-delimiter.js';
import { detectEncoding } from './detect-encoding.js';
import { findHeader } from './find-header.js';
import { withoutGuards } from './formula-safe.js';
import { type CsvRecord, type RecordOptions, readRecords } from './read-records.js';
import { nameAsGiven, resultColumnsIn } from './result-columns.js';
import { tableError } from './table-error.js';

export interface TableRow {
  /** Of the file, where the record begins; from 1. */
  line: number;
  /** As written, one for each column; more only where there is a `problem`. */
  cells: string[];
  /** Cells that it lacks at its end; they are there and empty. */
  missing?: number;
  /** Why the row cannot be trusted, with the line and the remedy. */
  problem?: string;
}

export interface Table {
  /** As the header names them, made unique. */
  columns: string[];
  encoding: TextEncoding;
  delimiter: string;
  /** What the sender should know about how the file was read, in sentences; often empty. */
  notes: string[];
  /** Reads the file from its first row on, each time it is called. @throws AppError as `openTable` */
  rows(): AsyncIterable<TableRow>;
}

export interface TableOptions {
  /** As the sender says; else it is found by looking. */
  encoding?: TextEncoding | undefined;
  /** Of fields and columns that are asked for: lines above the header do not have them. */
  names?: readonly string[] | undefined;
  maxColumns?: number;
  maxRecordBytes?: number;
  /** Keeps the columns that earlier results have added; else they are left out, with a note. */
  keepResults?: boolean;
}

const RESULTS_NOTE =
  'These are results of an earlier batch: the columns image_url, status and warnings were left out, and the apostrophes before formulas are read as not being there.';

/** Templates have some dozens of fields; Excel itself ends at 16,384. */
const DEFAULT_MAX_COLUMNS = 1_000;
/** As large as a body of JSON may be. */
const DEFAULT_MAX_RECORD_BYTES = 1024 * 1024;
/** Dozens of records of a usual file. */
const SAMPLE_BYTES = 64 * 1024;

async function readDelimiter(text: TextFile): Promise<DetectedDelimiter> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readUtf8(text)) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= SAMPLE_BYTES) break;
  }
  return detectDelimiter(Buffer.concat(chunks).toString('utf8'), bytes < SAMPLE_BYTES);
}

/** Also what spreadsheets leave behind the last row: nothing but delimiters. */
const isBlank = ({ cells }: CsvRecord) => cells.every((cell) => cell.trim() === '');

function count(cells: number): string {
  return cells === 1 ? '1 cell' : `${cells} cells`;
}

const REPLACEMENT = '\ufffd';

function lostLetters({ line, cells }: CsvRecord, encoding: TextEncoding): string | undefined {
  const lost = cells.find((cell) => cell.includes(REPLACEMENT));
  if (lost === undefined) return undefined;
  const shown = `"${lost.slice(0, 40)}"`;
  return `Line ${line} has bytes that are not ${encoding}, and letters of ${shown} are lost. Mend the cell, or save the list as "CSV UTF-8" again.`;
}

function toRow({ line, cells, isBadlyQuoted }: CsvRecord, columns: number): TableRow {
  if (isBadlyQuoted) {
    const problem = `Line ${line}: a quoted cell goes on behind its closing quote. Write each quote within a quoted cell twice ("").`;
    return { line, cells, problem };
  }
  const extra = cells.slice(columns);
  // Delimiters at the end of a row add nothing.
  if (extra.every((cell) => cell.trim() === '')) cells.splice(columns);
  if (cells.length === columns) return { line, cells };
  if (cells.length < columns) {
    // Many programs write no delimiters behind the last cell that is filled.
    const missing = columns - cells.length;
    return { line, cells: [...cells, ...Array<string>(missing).fill('')], missing };
  }
  const problem = `Line ${line} has ${count(cells.length)}, but the header has ${columns}. Put cells that hold a delimiter or a line break in double quotes.`;
  return { line, cells, problem };
}

/** Enough to find the header among, and to see that there is a table below it. */
const FIRST_RECORDS = 50;

/** Header and first rows; reading them finds what is wrong with the beginning of the file. */
async function readBeginning(records: AsyncIterable<CsvRecord>, names: readonly string[]) {
  const first: CsvRecord[] = [];
  for await (const record of records) {
    if (isBlank(record)) continue;
    first.push(record);
    if (first.length === FIRST_RECORDS) break;
  }
  const { skipped, notes } = findHeader(first, names);
  const [header, row] = first.slice(skipped);
  if (header?.isBadlyQuoted) {
    throw tableError(
      `The header on line ${header.line} has a quoted name that goes on behind its closing quote. Write each quote within a quoted cell twice ("").`,
    );
  }
  if (header && row) return { header: header.cells, skipped, notes };
  throw tableError(
    header
      ? 'The file has a header line but no rows. Add at least one row below it.'
      : 'The file is empty. Send a CSV with a header line and at least one row.',
  );
}

/**
 * Opens a CSV of whatever encoding, delimiter and line breaks; the first line that is not blank names
 * the columns, or the first below the title of a table. Memory does not grow with the file. The file must stay until the last row was read.
 * @throws AppError `invalid_request` (`file`), naming the line where there is one: empty, header
 * only, no text (a workbook, a NUL byte), a quote that is not closed, a record over
 * `maxRecordBytes` (1 MB), more than `maxColumns` (1,000) columns
 */
export async function openTable(path: string, options: TableOptions = {}): Promise<Table> {
  const text = await detectEncoding(path, options.encoding);
  const { delimiter, skipBytes, skipLines } = await readDelimiter(text);
  const recordOptions: RecordOptions = {
    delimiter,
    firstLine: 1 + skipLines,
    maxColumns: options.maxColumns ?? DEFAULT_MAX_COLUMNS,
    maxRecordBytes: options.maxRecordBytes ?? DEFAULT_MAX_RECORD_BYTES,
  };
  async function* content() {
    let toSkip = skipBytes;
    for await (const chunk of readUtf8(text)) {
      yield chunk.subarray(toSkip);
      toSkip = Math.max(0, toSkip - chunk.length);
    }
  }
  const records = () => readRecords(content(), recordOptions);

  const { header, skipped, notes: titles } = await readBeginning(records(), options.names ?? []);
  // Our own results, sent in again: what was written to be safe is read as it was meant.
  const results = resultColumnsIn(header);
  const isOurs = results.length > 0;
  const stale = new Set(options.keepResults ? [] : results);
  const cellsOf = (cells: string[]) =>
    isOurs ? cells.filter((_, index) => !stale.has(index)).map(withoutGuards) : cells;

  const { columns, notes } = columnNames(
    isOurs ? cellsOf(header).map(nameAsGiven) : cellsOf(header),
  );
  return {
    columns,
    encoding: text.encoding,
    delimiter,
    notes: [...text.notes, ...titles, ...(stale.size > 0 ? [RESULTS_NOTE] : []), ...notes],
    async *rows() {
      let toSkip = skipped + 1;
      for await (const record of records()) {
        if (isBlank(record)) continue;
        toSkip -= 1;
        if (toSkip >= 0) continue;
        const row = toRow({ ...record, cells: cellsOf(record.cells) }, columns.length);
        const lost = text.isDamaged ? lostLetters(record, text.encoding) : undefined;
        yield lost === undefined ? row : { ...row, problem: lost };
      }
    },
  };
}
