import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The bundled variable font families (all under the OFL), by the name that templates use. */
const families = [
  { name: 'Inter', folder: 'inter', sheets: ['opsz.css', 'opsz-italic.css'] },
  { name: 'Fraunces', folder: 'fraunces', sheets: ['full.css', 'full-italic.css'] },
  { name: 'Bricolage Grotesque', folder: 'bricolage-grotesque', sheets: ['standard.css'] },
  {
    name: 'Instrument Sans',
    folder: 'instrument-sans',
    sheets: ['standard.css', 'standard-italic.css'],
  },
  { name: 'JetBrains Mono', folder: 'jetbrains-mono', sheets: ['wght.css', 'wght-italic.css'] },
] as const;

export interface FontLibrary {
  /** `@font-face` rules of every bundled family; their addresses are below `/fonts/`. */
  css: string;
  /** The font file at a path below `/fonts/`. */
  file(path: string): Buffer | undefined;
}

/**
 * Loads the `@font-face` rules of the bundled fonts. A declared face costs nothing until some text
 * needs it, so every template page declares all of them. Files are read on first use, then kept.
 */
export function loadFontLibrary(): FontLibrary {
  const require = createRequire(import.meta.url);
  const files = new Map<string, { location: string; body?: Buffer }>();
  const rules = families.flatMap(({ name, folder, sheets }) => {
    const root = dirname(require.resolve(`@fontsource-variable/${folder}/package.json`));
    return sheets.map((sheet) =>
      readFileSync(join(root, sheet), 'utf8')
        .replaceAll(/font-family:\s*'[^']*'/g, `font-family: '${name}'`)
        // Text must never be captured in a fallback font while its own font is still loading.
        .replaceAll(/font-display:\s*\w+/g, 'font-display: block')
        .replaceAll(/url\(\.\/files\/([\w.-]+)\)/g, (_, file: string) => {
          files.set(`${folder}/${file}`, { location: join(root, 'files', file) });
          return `url(/fonts/${folder}/${file})`;
        }),
    );
  });
  return {
    css: rules.join('\n'),
    file(path) {
      const entry = files.get(path);
      if (!entry) return undefined;
      entry.body ??= readFileSync(entry.location);
      return entry.body;
    },
  };
}
