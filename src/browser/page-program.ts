import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../config/package-info.js';

/** The build bundles `page/main.ts` and all that it imports into this file. Tests run it too. */
const BUNDLE = join(packageInfo.root, 'dist', 'src', 'browser', 'page-bundle.js');

let bundle: string | undefined;

/**
 * Source text of a function that runs one of the functions which `page/main.ts` exports. It contains
 * the whole bundle. The bundle is read once, for the first browser page.
 */
export function pageProgram(name: 'installPage' | 'installCanvas'): string {
  bundle ??= readFileSync(BUNDLE, 'utf8');
  return `function (argument) {\n${bundle}\nreturn pageProgram.${name}(argument);\n}`;
}
