import { createHash } from 'node:crypto';
import { extname } from 'node:path';
import { assetFormats } from '../formats/image-formats.js';

/**
 * Goes up whenever the engine draws the same template differently (base rules, fitting, bundled
 * fonts, helpers): every picture then gets a new name instead of mixing with old ones.
 */
const ENGINE_REVISION = 4;

export const MAX_TEMPLATE_BYTES = 20 * 1024 * 1024;
export const MAX_SOURCE_BYTES = 2 * 1024 * 1024;
export const MAX_FILES = 1000;

/** What a template is made of: its files' bytes, by their paths below its folder, with `/`. */
export type TemplateFiles = ReadonlyMap<string, Buffer>;

export interface FileProblem {
  file: string;
  message: string;
}

const KEPT =
  /^(?:template\.json|template\.hbs|style\.css|sample\.json|design\.json|ugly\/[^/]+\.json|assets\/.+)$/;

/** Whether a file of this path matters to a template; whatever else lies in a folder is ignored. */
export const isTemplateFile = (path: string): boolean => KEPT.test(path);

/** Problems of size, found before a byte is read. */
export function sizeProblems(files: readonly { path: string; bytes: number }[]): FileProblem[] {
  const problems: FileProblem[] = [];
  const mebibytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  let total = 0;
  for (const { path, bytes } of files) {
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
  if (files.length >= MAX_FILES) {
    problems.push({ file: '', message: `More than ${MAX_FILES} files.` });
  }
  return problems;
}

/**
 * Whether a file can change a pixel. Sample, edge cases, and the design from which other files were
 * made cannot.
 */
const isDrawn = (path: string): boolean =>
  path !== 'sample.json' && path !== 'design.json' && !path.startsWith('ugly/');

/** Each file goes in with its length, so that no two sets of files look the same. */
function hashFiles(salt: string, files: TemplateFiles, isCounted: (path: string) => boolean) {
  const hash = createHash('sha256').update(salt);
  for (const path of [...files.keys()].filter(isCounted).sort()) {
    const body = files.get(path) ?? Buffer.alloc(0);
    hash.update(`${Buffer.byteLength(path)} ${path} ${body.length}\n`).update(body);
  }
  return hash.digest('hex');
}

/** The version of a template: a hash of this engine, and of the files that can change a pixel. */
export function templateVersion(files: TemplateFiles): string {
  return hashFiles(`cardpress engine ${ENGINE_REVISION}\n`, files, isDrawn).slice(0, 16);
}

/** SHA-256 of the files that can change a pixel, whatever engine draws them. */
export const contentHash = (files: TemplateFiles): string => hashFiles('', files, isDrawn);

/** SHA-256 of all files. */
export const filesHash = (files: TemplateFiles): string => hashFiles('', files, () => true);

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
