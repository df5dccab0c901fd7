import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageInfo } from '../../src/config/package-info.js';

/** A file of the repository of which code writes the whole or a part. */
export interface GeneratedDocument {
  /** From the root. */
  file: string;
  /** The whole file as it should be. `current` is the file as it is: the rest of it stays. */
  write(current: string): string | Promise<string>;
}

export const pathOf = (file: string) => join(packageInfo.root, file);

/** Of a document: what is in the file, and what should be. A file that is missing is empty. */
export async function compareDocument({ file, write }: GeneratedDocument) {
  const current = await readFile(pathOf(file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return { current, expected: await write(current) };
}

/** As the project formats its code, so that what is generated is held to the same rules. */
export function formatted(file: string, text: string): string {
  const program = pathOf('node_modules/@biomejs/biome/bin/biome');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [program, 'format', `--stdin-file-path=${file}`],
    { input: text, encoding: 'utf8', cwd: packageInfo.root, maxBuffer: 64 * 1024 * 1024 },
  );
  if (status !== 0) throw new Error(`Biome cannot read what was written for ${file}: ${stderr}`);
  return stdout;
}
