import { Readable, type TransformOptions } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, type Options, type Parser, parse } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { createTimeSlice } from '../lib/time-slice.js';
import { RecordTracker } from './record-tracker.js';
import { tableError } from './table-error.js';

export interface CsvRecord {
  /** Of the file, where the record begins; from 1. */
  line: number;
  cells: string[];
  /** A quoted cell goes on behind its closing quote, so where cells end is a guess. */
  isBadlyQuoted: boolean;
}

export interface RecordOptions {
  delimiter: string;
  /** Of the first byte, from 1. */
  firstLine: number;
  maxColumns: number;
  maxRecordBytes: number;
}

/** What csv-parse hands out with `info: true`. `bytes`: the end of the record, line break included. */
interface ParsedRecord {
  record: string[];
  info: { bytes: number };
}

const QUOTE = 0x22;
/** The parser takes all records of a piece in one go: of 64 KB these may be 30,000. */
const PIECE_BYTES = 4 * 1024;

function parserOptions(options: RecordOptions): Options & TransformOptions {
  return {
    // Each piece is asked for when the one before was parsed.
    writableHighWaterMark: PIECE_BYTES,
    delimiter: options.delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    bom: false,
    info: true,
    relax_column_count: true,
    // A quote within an unquoted cell is a character, as in 5" or a name; see `isBadlyQuoted`.
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: options.maxRecordBytes,
    // What stands behind the last allowed column is one cell: millions of columns cost nothing.
    ignore_last_delimiters: options.maxColumns + 1,
  };
}

function tooManyColumns(line: number, maxColumns: number) {
  return tableError(
    `The record that begins on line ${line} has more than ${maxColumns.toLocaleString('en')} columns. Delete the columns that are not needed, or check the line breaks.`,
  );
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 1024 / 1024).toFixed(1))} MB`;
}

/** The parser's own error in the words of someone with a spreadsheet. */
function recordError(thrown: unknown, tracker: RecordTracker, options: RecordOptions): unknown {
  if (!(thrown instanceof CsvError)) return thrown;
  // `bytes` is where the last whole cell ended, `index` how many of the record were whole.
  tracker.moveTo(Number(thrown.bytes));
  const index = Number(thrown.index);
  if (index === 0) tracker.skipLineBreaks();
  const { line } = tracker;
  if (index >= options.maxColumns) return tooManyColumns(line, options.maxColumns);
  const isQuoted = tracker.peek(index === 0 ? 0 : 1) === QUOTE;
  if (thrown.code === 'CSV_QUOTE_NOT_CLOSED') {
    return tableError(
      `The quote (") that opens on line ${line} is never closed. Close the cell with a quote, and write each quote within it twice ("").`,
      thrown,
    );
  }
  if (thrown.code !== 'CSV_MAX_RECORD_SIZE') return thrown;
  const limit = megabytes(options.maxRecordBytes);
  const message = isQuoted
    ? `The quote (") that opens on line ${line} is not closed within ${limit}. Close the cell with a quote, and write each quote within it twice ("").`
    : `The record on line ${line} is larger than ${limit}. Check that the file has line breaks and is a CSV.`;
  return tableError(message, thrown);
}

/**
 * Lets each record have a length of its own. The parser compares them with that of its first record,
 * and makes an error of each that differs, with its stack and all cells as JSON, also where it is
 * told to accept them: 100 ms of CPU for 500 such rows.
 */
function expectNoLength(parser: Parser): void {
  Object.defineProperty(parser.info, 'records', { get: () => 0, set: () => undefined });
}

/** Reads one record again, strictly. Only for records with a cell that begins with a quote. */
function isBadlyQuoted(raw: Buffer, delimiter: string): boolean {
  try {
    parseSync(raw, { delimiter, record_delimiter: ['\r\n', '\n', '\r'] });
    return false;
  } catch (error) {
    return error instanceof CsvError && error.code === 'CSV_INVALID_CLOSING_QUOTE';
  }
}

/**
 * Splits UTF-8 text into records, one after the other, blank lines left out. Holds a few pieces of
 * the text at a time, whatever its lines are like.
 * @throws AppError `invalid_request` (`file`), naming the line: a quote that is not closed, a record
 * over `maxRecordBytes`, more than `maxColumns` columns
 */
export async function* readRecords(
  chunks: AsyncIterable<Buffer>,
  options: RecordOptions,
): AsyncGenerator<CsvRecord> {
  const tracker = new RecordTracker(options.firstLine);
  const slice = createTimeSlice();
  async function* followed() {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += PIECE_BYTES) {
        if (slice.isOver()) await slice.turn();
        const piece = chunk.subarray(at, at + PIECE_BYTES);
        tracker.push(piece);
        yield piece;
      }
    }
  }
  const parser: Parser = parse(parserOptions(options));
  expectNoLength(parser);
  const source = Readable.from(followed());
  // Its failure reaches the loop below through the parser.
  const done = pipeline(source, parser).catch(() => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<ParsedRecord>) {
      tracker.skipLineBreaks();
      const { line } = tracker;
      if (record.length > options.maxColumns) throw tooManyColumns(line, options.maxColumns);
      const isSuspect = record.some((cell) => cell.startsWith('"'));
      const isBad = isSuspect && isBadlyQuoted(tracker.bytesTo(info.bytes), options.delimiter);
      tracker.moveTo(info.bytes);
      yield { line, cells: record, isBadlyQuoted: isBad };
    }
  } catch (error) {
    throw recordError(error, tracker, options);
  } finally {
    parser.destroy();
    await done;
  }
}
