import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
export const CLIENT = join(ROOT, 'clients/js');

function compile(args: string[], cwd: string): string {
  const program = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr, error } = spawnSync(process.execPath, [program, ...args], {
    cwd,
    encoding: 'utf8',
  });
  if (error) throw error;
  return stdout + stderr;
}

/** A project outside this one that has the client, built, among its packages. */
export function projectWithClient() {
  const folder = mkdtempSync(join(tmpdir(), 'cp-client-'));
  const installed = join(folder, 'node_modules/@cardpress/client');
  mkdirSync(installed, { recursive: true });
  for (const name of ['package.json', 'README.md', 'LICENSE', 'src', 'tsconfig.json']) {
    cpSync(join(CLIENT, name), join(installed, name), { recursive: true });
  }
  const built = compile(['-p', installed], folder);
  if (built !== '') throw new Error(`The client does not compile:\n${built}`);
  // What stays is what a user gets, and what must not be read in its place is gone.
  const [packed] = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: installed,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  ) as [{ files: { path: string }[] }];
  rmSync(join(installed, 'src'), { recursive: true });
  rmSync(join(installed, 'tsconfig.json'));
  writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
  return {
    folder,
    installed,
    /** What `npm pack` would put into the package. */
    packedFiles: packed.files.map(({ path }) => path).sort(),
    write(path: string, text: string): void {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    /** Type-checks the project; what is wrong with it, nothing where all is well. */
    check: (tsconfig: object) => {
      writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig));
      return compile(['--noEmit', '-p', 'tsconfig.json'], folder);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
