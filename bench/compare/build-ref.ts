import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { packageInfo } from '../../src/config/package-info.js';

const { root } = packageInfo;

function run(command: string, args: string[], cwd: string): void {
  execFileSync(command, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The modules of this folder do where the lock file is the same, which saves a minute. */
function provideModules(folder: string): void {
  const lock = (base: string) => readFileSync(join(base, 'package-lock.json'), 'utf8');
  if (lock(folder) === lock(root)) {
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    return;
  }
  run('npm', ['ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
}

/**
 * Compiles another version of the program below `folder`. It is unpacked from an archive and not
 * checked out: nothing is left in the repository when this is broken off.
 * @param ref whatever names a commit to git
 * @returns the folder of its compiled program
 * @throws Error when git does not know it or it does not compile; their own words are on stderr
 */
export function buildRef(ref: string, folder: string): { build: string; commit: string } {
  const commit = execFileSync('git', ['rev-parse', '--verify', `${ref}^{commit}`], {
    cwd: root,
    encoding: 'utf8',
  }).trim();
  const source = join(folder, 'source');
  const archive = join(folder, 'source.tar');
  mkdirSync(source);
  run('git', ['archive', '--format=tar', '-o', archive, commit], root);
  run('tar', ['-xf', archive, '-C', source], folder);
  provideModules(source);
  run(process.execPath, [join('scripts', 'build.mjs')], source);
  return { build: join(source, 'dist'), commit };
}
