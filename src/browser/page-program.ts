import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../config/package-info.js';

/** What the build makes of `page/main.ts` and all that it imports; tests run the same file. */
const BUNDLE = join(packageInfo.root, 'dist', 'src', 'browser', 'page-bundle.js');

let bundle: string | undefined;

/**
 * A function of the program of browser pages, as text that needs nothing from outside itself. The
 * bundle is read once, with the first page.
 */
export function pageProgram(name: 'installPage' | 'installCanvas'): string {
  bundle ??= readFileSync(BUNDLE, 'utf8');
  return `function (argument) {\n${bundle}\nreturn pageProgram.${name}(argument);\n}`;
}
