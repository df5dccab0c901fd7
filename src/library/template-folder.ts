import { constants, type Dirent } from 'node:fs';
import { access, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { buildTemplate, type LoadedTemplate } from '../templates/load-template.js';
import {
  type FileProblem,
  isTemplateFile,
  MAX_FILES,
  sizeProblems,
  type TemplateFiles,
} from '../templates/template-files.js';

const MAX_FOLDER_DEPTH = 8;

/** What stands in a template's folder, before anything is read. */
interface FileEntry {
  /** Below the template's folder, with `/`. */
  path: string;
  absolute: string;
  bytes: number;
  /** Changes whenever the file may have. */
  stamp: string;
}

export interface FolderListing {
  entries: FileEntry[];
  problems: FileProblem[];
}

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
      if (!isTemplateFile(path)) continue;
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

/** @throws the system's error for the first file that cannot be read */
async function readEntries(entries: readonly FileEntry[]): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  for (const entry of entries) {
    await access(entry.absolute, constants.R_OK);
    files.set(entry.path, await readFile(entry.absolute));
  }
  return files;
}

/** Reads and checks one template. Never throws: what is wrong is in `problems`. */
export async function loadTemplateFolder(
  id: string,
  listing: FolderListing,
): Promise<LoadedTemplate> {
  const early = [...listing.problems, ...sizeProblems(listing.entries)];
  if (early.length > 0) {
    const problems = early.map((p) => ({ template: id, ...p }));
    return { template: undefined, problems, warnings: [] };
  }
  let files: Map<string, Buffer>;
  try {
    files = await readEntries(listing.entries);
  } catch (thrown) {
    return {
      template: undefined,
      problems: [{ template: id, file: '', message: reasonOf(thrown) }],
      warnings: [],
    };
  }
  return buildTemplate(id, files);
}

/** The files of a template as they are now. @throws the system's error for one that cannot be read */
export async function readTemplateFolder(root: string, id: string): Promise<TemplateFiles> {
  return readEntries((await listTemplateFolder(root, id)).entries);
}
