import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { saysMissing } from '../lib/spreadsheet-marks.js';
import { entryName } from '../tables/entry-name.js';

/** A line of results.jsonl, as far as it is read here. */
interface ResultLine {
  row: number;
  image_url?: string;
  input: Record<string, unknown>;
}

export interface FileOptions {
  folder: string;
  /** The column whose value names each picture; default: the number of its row. */
  nameColumn: string | undefined;
  total: number;
  open(path: string): Promise<Response>;
}

function nameOf({ row, input }: ResultLine, { nameColumn, total }: FileOptions): string {
  const named = nameColumn === undefined ? '' : String(input[nameColumn] ?? '').trim();
  const isNamed = named !== '' && !saysMissing(named, true);
  return isNamed ? named : `row-${String(row).padStart(String(total).length, '0')}`;
}

/** Under another name until it is whole. */
async function saveAs(path: string, response: Response): Promise<void> {
  const part = `${path}.part`;
  await pipeline(Readable.fromWeb(response.body as ReadableStream), createWriteStream(part));
  await rename(part, path);
}

/** Writes the pictures of a batch into a folder, each under a name of its own. Returns how many. */
export async function writeFiles(results: Response, options: FileOptions): Promise<number> {
  await mkdir(options.folder, { recursive: true });
  const lines = createInterface({ input: Readable.fromWeb(results.body as ReadableStream) });
  const taken = new Map<string, number>();
  let written = 0;
  for await (const line of lines) {
    const result = JSON.parse(line) as ResultLine;
    if (!result.image_url) continue;
    const ext = /\.([a-z0-9]{2,5})(?:[?#]|$)/i.exec(result.image_url)?.[1] ?? '';
    const name = entryName(nameOf(result, options), ext.toLowerCase(), taken);
    await saveAs(join(options.folder, name), await options.open(result.image_url));
    written += 1;
  }
  return written;
}
