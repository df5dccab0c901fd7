import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { annotationOf, matches, reuseAnnotations } from '../../support/docs/reuse-annotations.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
/** Folders that hold nothing of the repository's. */
const OUTSIDE = new Set(['node_modules', 'dist', 'data', 'coverage', '.cache', 'out', '.git']);
const PICTURE = /\.(png|jpe?g|webp|gif|avif|tiff?|bmp|ico|svg|heic|jxl|mp4|webm|pdf|psd)$/i;
const FONT = /\.(woff2?|ttf|otf|ttc|eot)$/i;

function filesBelow(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    if (OUTSIDE.has(entry.name)) return [];
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

const files = filesBelow('');
const isBinary = (file: string) =>
  readFileSync(root + file)
    .subarray(0, 8_192)
    .includes(0);
const foreign = files.filter((file) => PICTURE.test(file) || FONT.test(file) || isBinary(file));
const annotations = reuseAnnotations();

describe('REUSE.toml', () => {
  it('tells licence and origin of every picture, font and other binary file', () => {
    // The control: pictures are found.
    expect(foreign.length).toBeGreaterThan(100);
    const untold = foreign.filter((file) => {
      const { copyright, licence, comment } = annotationOf(annotations, file) ?? {};
      return !copyright || !licence || !comment;
    });
    expect(untold).toEqual([]);
  });

  it('has no entry for files that are gone, nor one that is always overridden', () => {
    const stale = annotations.flatMap((annotation) =>
      annotation.paths.filter(
        (path) =>
          !files.some(
            (file) => matches(path, file) && annotationOf(annotations, file) === annotation,
          ),
      ),
    );
    expect(stale).toEqual([]);
  });

  it('names licences whose text is there', () => {
    for (const { licence } of annotations) {
      expect([licence, existsSync(`${root}LICENSES/${licence}.txt`)]).toEqual([licence, true]);
    }
    expect(readFileSync(`${root}LICENSES/MIT.txt`, 'utf8')).toBe(
      readFileSync(`${root}LICENSE`, 'utf8'),
    );
  });
});

describe('fonts that come as packages', () => {
  const { dependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const fonts = Object.keys(dependencies).filter((name) => name.startsWith('@fontsource'));

  it('are several', () => expect(fonts.length).toBeGreaterThan(3));

  it.each(fonts)('%s is under the licence that the README names', (name) => {
    const { license } = JSON.parse(
      readFileSync(`${root}node_modules/${name}/package.json`, 'utf8'),
    ) as { license: string };
    expect(license).toBe('OFL-1.1');
    expect(readFileSync(`${root}README.md`, 'utf8')).toContain('SIL Open Font Licence');
  });
});
