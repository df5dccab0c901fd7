import { extname } from 'node:path';
import type { FieldError } from '../errors/app-error.js';
import { assetFormats } from '../formats/image-formats.js';
import type { TemplateFiles } from '../templates/template-files.js';
import type { JudgePicture } from './ports.js';
import { isTextFile, pathProblem } from './template-paths.js';

/** How files of fonts begin. */
const FONTS: Record<string, string[]> = {
  '.ttf': ['00010000', '74727565'],
  '.otf': ['4f54544f'],
  '.woff': ['774f4646'],
  '.woff2': ['774f4632'],
};

const PICTURES = Object.values(assetFormats).flatMap(({ extensions, inBrowsers }) =>
  inBrowsers ? extensions.map((one) => `.${one}`) : [],
);

const ACCEPTED = `Use a picture (${PICTURES.join(', ')}), a font (${Object.keys(FONTS).join(', ')}), .css or .txt.`;

function fontProblem(ending: string, bytes: Buffer): string | undefined {
  const head = bytes.subarray(0, 4).toString('hex');
  if (FONTS[ending]?.includes(head)) return undefined;
  return `The file is no font of the kind that its name says (${ending}). Give it the right ending.`;
}

function textProblem(bytes: Buffer): string | undefined {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    return 'The file is not UTF-8 text.';
  }
}

/** Judges files from outside by their content. Pictures are read by others. */
export function createJudgeFiles(judgePicture: JudgePicture) {
  async function problemOf(path: string, bytes: Buffer): Promise<string | undefined> {
    const wrongPath = pathProblem(path);
    if (wrongPath !== undefined) return wrongPath;
    if (isTextFile(path)) return textProblem(bytes);
    const ending = extname(path).toLowerCase();
    if (ending in FONTS) return fontProblem(ending, bytes);
    if (!PICTURES.includes(ending)) return `A file of this kind is no asset. ${ACCEPTED}`;
    return judgePicture(bytes, ending.slice(1));
  }

  /** Every mistake, by path. One file after the other: nobody's archive fills all decoders. */
  return async function judgeFiles(files: TemplateFiles): Promise<FieldError[]> {
    const errors: FieldError[] = [];
    for (const [path, bytes] of files) {
      const message = await problemOf(path, bytes);
      if (message !== undefined) errors.push({ path, message });
    }
    return errors;
  };
}

export type JudgeFiles = ReturnType<typeof createJudgeFiles>;
