import { once } from 'node:events';
import type { PassThrough, Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { entryName } from './entry-name.js';
import { createZipDirectory, type ZipDirectory } from './zip-directory.js';

export interface ZipEntry {
  /** As wanted, with its ending; see `entryName` for what becomes of it. */
  name: string;
  body: Buffer;
}

/** What yazl knows of the entries that it was given, and where it is. */
interface WithEntries {
  entries: { getCentralDirectoryRecord(): Buffer }[];
  outputStreamCursor: number;
}

const ENDING = /^(.*[^.])\.([A-Za-z0-9]{1,8})$/s;

function uniqueName(name: string, taken: Map<string, number>): string {
  const [, stem = name, ext = ''] = ENDING.exec(name) ?? [];
  return entryName(stem, ext.toLowerCase(), taken);
}

/**
 * Takes what was written off yazl's hands. It searches its list from the beginning for each new
 * entry, which takes minutes of CPU for 100,000, holds the picture of each in the function that has
 * written it, so that the whole archive would lie in memory, and makes the directory at the end in
 * one go.
 */
function setAside(zip: WithEntries, directory: ZipDirectory): void {
  for (const entry of zip.entries.splice(0)) directory.add(entry.getCentralDirectoryRecord());
}

async function writeEntries(
  zip: ZipFile & WithEntries,
  output: PassThrough,
  entries: AsyncIterable<ZipEntry>,
): Promise<void> {
  const closing = new AbortController();
  output.once('close', () => closing.abort());
  const drained = async () => {
    if (output.writableNeedDrain) await once(output, 'drain', { signal: closing.signal });
  };
  const taken = new Map<string, number>();
  const directory = createZipDirectory();
  for await (const { name, body } of entries) {
    if (output.destroyed) return;
    // Pictures are compressed already. A buffer's length and checksum stand before it, so that
    // every program can unpack the archive while it arrives.
    zip.addBuffer(body, uniqueName(name, taken), { compress: false, mode: 0o100644 });
    setAside(zip, directory);
    await drained();
  }
  for (const piece of directory.bytes(zip.outputStreamCursor)) {
    if (output.destroyed) return;
    output.write(piece);
    await drained();
  }
  output.end();
}

/**
 * A ZIP of the entries, stored as they are, ZIP64 where it has to be. Takes the next entry only when
 * the one before was read, so that two are in memory at most. Destroying it ends `entries`; where
 * these fail, it fails.
 */
export function zipStream(entries: AsyncIterable<ZipEntry>): Readable {
  const zip = new ZipFile() as ZipFile & WithEntries;
  const output = zip.outputStream as PassThrough;
  writeEntries(zip, output, entries).catch((error: Error) => output.destroy(error));
  return output;
}
