import type { Batch, BatchRow } from '../../batches/batch.js';
import type { BatchItem } from '../../batches/batch-service.js';
import type { CsvCell } from '../../tables/csv-writer.js';
import { givenName, RESULT_COLUMNS } from '../../tables/result-columns.js';
import type { ZipEntry } from '../../tables/zip-writer.js';
import { presentItem } from './present-batch.js';

/** A value of JSON as the text of a cell. */
function shown(value: unknown): CsvCell {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What the row held in its columns, as it came. */
function cellsOf(columns: string[], { cells, data, ref }: BatchRow): CsvCell[] {
  if (cells) return columns.map((_, i) => cells[i] ?? '');
  const fields = Object(data) as Record<string, unknown>;
  return columns.map((column) =>
    column === 'ref' && !Object.hasOwn(fields, 'ref') ? ref : shown(fields[column]),
  );
}

function remarks({ result }: BatchItem): string {
  const error = result?.error ? [`${result.error.code}: ${result.error.message}`] : [];
  const warnings = (result?.warnings ?? []).map(
    ({ code, field, message }) => `${code}${field ? ` (${field})` : ''}: ${message}`,
  );
  return [...error, ...warnings].join(' | ');
}

/** The lines of results.csv: the input's columns, then how each row ended. */
export async function* resultTable(
  batch: Batch,
  items: AsyncIterable<BatchItem>,
): AsyncIterable<CsvCell[]> {
  const columns = batch.spec.columns ?? [];
  yield [...columns.map(givenName), ...RESULT_COLUMNS];
  for await (const item of items) {
    yield [...cellsOf(columns, item.given), item.url ?? '', item.status, remarks(item)];
  }
}

/** One row with what it held and how it ended. */
function presentResult(batch: Batch, item: BatchItem) {
  const columns = batch.spec.columns ?? [];
  const { given } = item;
  const input = given.cells
    ? Object.fromEntries(cellsOf(columns, given).map((cell, i) => [String(columns[i]), cell]))
    : (given.data ?? {});
  return { ...presentItem(item), input };
}

/** Items are handed on together; one by one would cost more than writing them. */
const CHUNK_CHARS = 16 * 1024;

/** JSON Lines, or with `asArray` a JSON list with an entry on each line. */
export async function* resultLines(
  batch: Batch,
  items: AsyncIterable<BatchItem>,
  asArray: boolean,
): AsyncIterable<string> {
  let text = asArray ? '[' : '';
  let isFirst = true;
  for await (const item of items) {
    const line = JSON.stringify(presentResult(batch, item));
    if (asArray) text += isFirst ? `\n${line}` : `,\n${line}`;
    else text += `${line}\n`;
    isFirst = false;
    if (text.length < CHUNK_CHARS) continue;
    yield text;
    text = '';
  }
  yield asArray ? `${text}\n]\n` : text;
}

/** Pictures that are read at once: an object store answers each in some 10 ms, or in 100. */
const READ_AHEAD = 8;

/** The results of `work` in the order of the items, with some under way ahead of the one wanted. */
async function* readAhead<T, R>(items: AsyncIterable<T>, work: (item: T) => Promise<R>) {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    // Awaited below, in its turn; until then its failure is nobody's surprise.
    result.catch(() => undefined);
    underWay.push(result);
    if (underWay.length >= READ_AHEAD) yield (await underWay.shift()) as R;
  }
  for (const result of underWay) yield await result;
}

/** The pictures of a batch, named by a column, else by their rows. */
export async function* resultImages(
  batch: Batch,
  items: AsyncIterable<BatchItem>,
  options: { nameColumn: string | undefined; read(key: string): Promise<Buffer | undefined> },
): AsyncIterable<ZipEntry> {
  const columns = batch.spec.columns ?? [];
  const at = options.nameColumn === undefined ? -1 : columns.indexOf(options.nameColumn);
  const digits = String(batch.total).length;

  async function entry({ row, result, given }: BatchItem): Promise<ZipEntry | undefined> {
    if (!result?.key || (result.status !== 'completed' && result.status !== 'reused')) return;
    // One that was deleted meanwhile is not in the archive; results.csv tells its row.
    const body = await options.read(result.key);
    if (!body) return;
    const wanted = at < 0 ? '' : String(cellsOf(columns, given)[at] ?? '').trim();
    const ext = result.key.slice(result.key.lastIndexOf('.'));
    return { name: `${wanted || `row-${String(row).padStart(digits, '0')}`}${ext}`, body };
  }

  for await (const found of readAhead(items, entry)) if (found) yield found;
}
