import { isTemplateFile } from '../templates/template-files.js';

const MAX_PATH_BYTES = 200;
const MAX_DEPTH = 8;

/** Control characters, and what separates folders elsewhere. */
const isForbidden = (char: string): boolean => char < ' ' || char === '\x7f' || char === '\\';

const FILES =
  'template.json, template.hbs, style.css, sample.json, design.json, ugly/*.json and assets/…';

/** Why a file of a template cannot have this path; undefined if it can. */
export function pathProblem(path: string): string | undefined {
  const segments = path.split('/');
  if (Buffer.byteLength(path) > MAX_PATH_BYTES || segments.length > MAX_DEPTH) {
    return `The path is too long: use at most ${MAX_PATH_BYTES} bytes and ${MAX_DEPTH} levels.`;
  }
  if ([...path].some(isForbidden)) {
    return 'The path holds characters that names of files cannot have.';
  }
  if (segments.some((segment) => segment === '' || segment.startsWith('.'))) {
    return 'The path must be relative, without hidden names, "." and "..".';
  }
  return isTemplateFile(path) ? undefined : `It is no file of a template: these are ${FILES}.`;
}

const TEXT_ASSET = /^assets\/.+\.(?:css|txt)$/i;

/** Whether a file of a template is text: all are but pictures and fonts. */
export const isTextFile = (path: string): boolean =>
  !path.startsWith('assets/') || TEXT_ASSET.test(path);
