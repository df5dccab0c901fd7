import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../../src/errors/app-error.js';
import { openTable, type TableRow } from '../../../src/tables/open-table.js';

export interface TableFiles {
  directory: string;
  /** Writes a file and gives its path. */
  write(content: string | Buffer): Promise<string>;
  /** Opens and reads a whole table. */
  read(content: string | Buffer): Promise<{
    columns: string[];
    encoding: string;
    delimiter: string;
    notes: string[];
    rows: TableRow[];
    /** The rows' cells alone. */
    cells: string[][];
  }>;
  /** The error that reading ends with; fails where there is none. */
  refuse(content: string | Buffer): Promise<AppError>;
  remove(): Promise<void>;
}

/** A folder for the spreadsheets of one test file. */
export async function createTableFiles(): Promise<TableFiles> {
  const directory = await mkdtemp(join(tmpdir(), 'tables-'));
  let files = 0;
  const write: TableFiles['write'] = async (content) => {
    files += 1;
    const path = join(directory, `${files}.csv`);
    await writeFile(path, content);
    return path;
  };
  const read: TableFiles['read'] = async (content) => {
    const { rows: open, ...table } = await openTable(await write(content));
    const rows: TableRow[] = [];
    for await (const row of open()) rows.push(row);
    return { ...table, rows, cells: rows.map(({ cells }) => cells) };
  };
  return {
    directory,
    write,
    read,
    async refuse(content) {
      const error = await read(content).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof AppError)) throw new Error(`expected a refusal, got ${String(error)}`);
      return error;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}
