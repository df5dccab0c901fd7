import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import { AppError, type FieldError } from '../errors/app-error.js';
import { MAX_FILES, MAX_TEMPLATE_BYTES, type TemplateFiles } from '../templates/template-files.js';
import { pathProblem } from './template-paths.js';

/** Of every entry: equal files make equal archives. */
const MODIFIED = new Date(2000, 0, 1);
const MODE = 0o100644;

/** A ZIP of the files, in the order of their names. */
export async function packArchive(files: TemplateFiles): Promise<Buffer> {
  const zip = new ZipFile();
  for (const path of [...files.keys()].sort()) {
    const body = files.get(path) ?? Buffer.alloc(0);
    zip.addBuffer(body, path, { mtime: MODIFIED, mode: MODE, forceDosTimestamp: true });
  }
  zip.end();
  return buffer(zip.outputStream);
}

const MEBIBYTE = 1024 * 1024;
/** Files that programs put beside those of people; folders have none of their own. */
const LEFT_OUT = /(?:^|\/)(?:\.|__MACOSX(?:\/|$)|Thumbs\.db$|desktop\.ini$)|\/$/;

const STORED = 0;
const DEFLATED = 8;
const MADE_ON_UNIX = 3;
const FILE_TYPE = 0o170000;
const REGULAR_FILE = 0o100000;

function refused(errors: FieldError[], cause?: unknown): AppError {
  const [first] = errors;
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  const path = first?.path ? `${first.path}: ` : '';
  return new AppError('invalid_request', {
    detail: `The archive is refused. ${path}${first?.message ?? ''}${more}`,
    errors: errors.slice(0, 50),
    cause,
  });
}

const archiveProblem = (message: string, cause?: unknown) =>
  refused([{ path: 'archive', message }], cause);

function entryProblem(entry: Entry): string | undefined {
  if (entry.isEncrypted()) return 'It is encrypted. Send an archive without a password.';
  const isUnix = entry.versionMadeBy >>> 8 === MADE_ON_UNIX;
  const type = (entry.externalFileAttributes >>> 16) & FILE_TYPE;
  if (isUnix && type !== 0 && type !== REGULAR_FILE) {
    return 'It is a link or a device. Put the file itself into the archive.';
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return 'It is compressed in a way that is not known here. Make a plain ZIP.';
  }
  return undefined;
}

/** Programs that pack a folder put its name before every path. */
function commonFolder(names: string[]): string {
  const [first = ''] = names;
  const folder = first.slice(0, first.indexOf('/') + 1);
  if (folder === '' || /^(?:assets|ugly)\/$/.test(folder)) return '';
  return names.every((name) => name.startsWith(folder)) ? folder : '';
}

/** Directory of the archive: nothing is unpacked before all of it was judged. */
async function readDirectory(bytes: Buffer) {
  const zip = await fromBufferPromise(bytes, { lazyEntries: true, strictFileNames: true });
  if (zip.entryCount > MAX_FILES) {
    throw archiveProblem(`It holds ${zip.entryCount} entries; at most ${MAX_FILES} are allowed.`);
  }
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) entries.push(entry);
  return { zip, entries: entries.filter(({ fileName }) => !LEFT_OUT.test(fileName)) };
}

function assertSizes(entries: Entry[]): void {
  const total = entries.reduce((sum, { uncompressedSize }) => sum + uncompressedSize, 0);
  if (total <= MAX_TEMPLATE_BYTES) return;
  const limit = `${MAX_TEMPLATE_BYTES / MEBIBYTE} MB`;
  throw archiveProblem(
    `Its files have ${(total / MEBIBYTE).toFixed(1)} MB; at most ${limit} are allowed.`,
  );
}

async function unpack(bytes: Buffer): Promise<Map<string, Buffer>> {
  const { zip, entries } = await readDirectory(bytes);
  if (entries.length === 0) throw archiveProblem('It holds no files.');
  assertSizes(entries);
  const folder = commonFolder(entries.map(({ fileName }) => fileName));
  const paths = new Set<string>();
  const errors = entries.flatMap((entry): FieldError[] => {
    const path = entry.fileName.slice(folder.length);
    const message = paths.has(path)
      ? 'It is there twice.'
      : (entryProblem(entry) ?? pathProblem(path));
    paths.add(path);
    return message === undefined ? [] : [{ path: path.slice(0, 200), message }];
  });
  if (errors.length > 0) throw refused(errors);
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    // Fails where more comes out than the directory says.
    const stream = await zip.openReadStreamPromise(entry);
    files.set(entry.fileName.slice(folder.length), await buffer(stream));
  }
  return files;
}

/**
 * The files of a template in a ZIP, at its root or in one folder. All of the archive is refused if
 * one entry cannot be a template's: nothing of it is written anywhere.
 * @throws AppError `invalid_request` that names the entries
 */
export async function unpackArchive(bytes: Buffer): Promise<Map<string, Buffer>> {
  try {
    return await unpack(bytes);
  } catch (error) {
    if (error instanceof AppError) throw error;
    const reason = error instanceof Error ? error.message.slice(0, 200) : 'it cannot be read';
    throw archiveProblem(`It is no sound ZIP archive: ${reason}.`, error);
  }
}
