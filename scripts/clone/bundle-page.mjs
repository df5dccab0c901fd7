import { join } from 'node:path';
import { build } from 'esbuild';
import { projectRoot } from '../setup/project-root.mjs';

/**
 * Bundles the program of browser pages, with all that it imports, into one script that leaves
 * `pageProgram` behind; see `src/browser/page-program.ts`. It fails on an import of Node's modules or
 * of a package, neither of which a page has.
 */
export async function bundlePage() {
  await build({
    absWorkingDir: projectRoot,
    entryPoints: ['src/browser/page/main.ts'],
    outfile: join('dist', 'src', 'browser', 'page-bundle.js'),
    bundle: true,
    format: 'iife',
    globalName: 'pageProgram',
    platform: 'neutral',
    // It is sent to one browser, as new as the service asks for, and read by people where it fails.
    target: 'es2024',
    charset: 'utf8',
    legalComments: 'none',
    // Its own settings alone: those of the project are for Node.
    tsconfigRaw: {},
    logLevel: 'warning',
  });
}
