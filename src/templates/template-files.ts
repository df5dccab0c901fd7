import { createHash } from 'node:crypto';
import { constants, type Dirent } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { assetFormats } from '../formats/image-formats.js';

/**
 * Goes up whenever the engine draws the same template differently (base rules, fitting, bundled
 * fonts, helpers): every picture then gets a new name instead of mixing with old ones.
 */
const ENGINE_REVISION = 4;

export const MAX_TEMPLATE_BYTES = 20 * 1024 * 1024;
export const MAX_SOURCE_BYTES = 2 * 1024 * 1024;
const MAX_FILES = 1000;
const MAX_FOLDER_DEPTH = 8;

/** What stands in a template's folder, before anything is read. */
export interface FileEntry {
  /** Below the template's folder, with `/`. */
  path: string;
  absolute: string;
  bytes: number;
  /** Changes whenever the file may have. */
  stamp: string;
}

export interface FileProblem {
  file: string;
  message: string;
}

export interface FolderListing {
  entries: FileEntry[];
  problems: FileProblem[];
}

const KEPT =
  /^(?:template\.json|template\.hbs|style\.css|sample\.json|ugly\/[^/]+\.json|assets\/.+)$/;
const FOLDERS = /^(?:ugly|assets)(?:\/|$)/;

/** Mounted configuration is made of links; they are fine as long as they stay inside `root`. */
async function entryFor(root: string, absolute: string, path: string): Promise<FileEntry | string> {
  const real = await realpath(absolute);
  if (!real.startsWith(root + sep))
    return 'A link that leads out of the templates is not followed.';
  const found = await stat(real);
  const { size, mtimeMs, ctimeMs, ino } = found;
  return { path, absolute: real, bytes: size, stamp: `${size} ${mtimeMs} ${ctimeMs} ${ino}` };
}

/**
 * The files of a template that matter; whatever else lies in the folder is ignored, as are hidden
 * files. Costs one `stat` a file: what changed shows in the stamps.
 */
export async function listTemplateFolder(root: string, folder: string): Promise<FolderListing> {
  const entries: FileEntry[] = [];
  const problems: FileProblem[] = [];
  const base = join(root, folder);

  async function visit(below: string, depth: number): Promise<void> {
    const found: Dirent[] = await readdir(join(base, below), { withFileTypes: true });
    for (const item of found.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = below === '' ? item.name : `${below}/${item.name}`;
      if (item.name.startsWith('.') || entries.length >= MAX_FILES) continue;
      const absolute = join(base, path);
      const isFolder =
        item.isDirectory() || (item.isSymbolicLink() && (await leadsToFolder(absolute)));
      if (isFolder) {
        if (FOLDERS.test(path) && depth < MAX_FOLDER_DEPTH) await visit(path, depth + 1);
        continue;
      }
      if (!KEPT.test(path)) continue;
      const entry = await entryFor(root, absolute, path).catch((thrown: unknown) =>
        reasonOf(thrown),
      );
      if (typeof entry === 'string') problems.push({ file: path, message: entry });
      else entries.push(entry);
    }
  }

  await visit('', 0);
  return { entries, problems };
}

async function leadsToFolder(absolute: string): Promise<boolean> {
  try {
    return (await stat(absolute)).isDirectory();
  } catch {
    return false;
  }
}

/** Why the system refused, without the paths of the machine. */
export function reasonOf(thrown: unknown): string {
  const code = (thrown as NodeJS.ErrnoException).code;
  if (code === 'ENOENT') return 'The file does not exist.';
  if (code === 'EACCES' || code === 'EPERM') return 'The file cannot be read: permission denied.';
  return `The file cannot be read${code === undefined ? '' : `: ${code}`}.`;
}

export function folderSignature(listing: FolderListing): string {
  const files = listing.entries.map((e) => `${e.path} ${e.stamp}`);
  return [...files, ...listing.problems.map((p) => `${p.file} ${p.message}`)].join('\n');
}

/** Problems of size, found before a byte is read. */
export function sizeProblems(listing: FolderListing): FileProblem[] {
  const problems: FileProblem[] = [];
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  let total = 0;
  for (const { path, bytes } of listing.entries) {
    total += bytes;
    if (!path.startsWith('assets/') && bytes > MAX_SOURCE_BYTES) {
      const message = `The file has ${mebibytes(bytes)}; at most ${mebibytes(MAX_SOURCE_BYTES)} are allowed.`;
      problems.push({ file: path, message });
    }
  }
  if (total > MAX_TEMPLATE_BYTES) {
    const message = `The template has ${mebibytes(total)}; at most ${mebibytes(MAX_TEMPLATE_BYTES)} are allowed.`;
    problems.push({ file: '', message });
  }
  if (listing.entries.length >= MAX_FILES) {
    problems.push({ file: '', message: `More than ${MAX_FILES} files.` });
  }
  return problems;
}

/** @throws the system's error for the first file that cannot be read */
export async function readEntries(entries: readonly FileEntry[]): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    await access(entry.absolute, constants.R_OK);
    files.set(entry.path, await readFile(entry.absolute));
  }
  return files;
}

/**
 * The version of a template: a hash of the files that can change a pixel. Sample and ugly data
 * cannot. Each file goes in with its length, so that no two sets of files look the same.
 */
export function templateVersion(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256').update(`cardpress engine ${ENGINE_REVISION}\n`);
  const paths = [...files.keys()].filter((p) => p !== 'sample.json' && !p.startsWith('ugly/'));
  for (const path of paths.sort()) {
    const body = files.get(path) ?? Buffer.alloc(0);
    hash.update(`${Buffer.byteLength(path)} ${path} ${body.length}\n`).update(body);
  }
  return hash.digest('hex').slice(0, 16);
}

const assetTypes = Object.values(assetFormats)
  .filter(({ inBrowsers }) => inBrowsers)
  .flatMap(({ extensions, mediaType }) => extensions.map((one) => [`.${one}`, mediaType]));

const contentTypes: Record<string, string> = {
  ...Object.fromEntries(assetTypes),
  '.css': 'text/css; charset=utf-8',
  '.otf': 'font/otf',
  '.ttf': 'font/ttf',
  '.txt': 'text/plain; charset=utf-8',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
};

export function contentTypeOf(path: string): string {
  return contentTypes[extname(path).toLowerCase()] ?? 'application/octet-stream';
}
