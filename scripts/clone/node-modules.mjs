import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { findOnPath } from '../setup/find-executable.mjs';
import { projectRoot } from '../setup/project-root.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { SetupError } from '../setup/setup-error.mjs';

/** @param {string} path @returns {Record<string, {version?: string, optional?: boolean}>} */
function lockedPackages(path) {
  return JSON.parse(readFileSync(path, 'utf8')).packages ?? {};
}

/**
 * Whether node_modules holds what package-lock.json asks for. npm itself writes the list of what it
 * installed, as its last act, so an installation that was broken off does not count, and one that
 * somebody made by hand does. Optional packages may be absent: most are for other platforms.
 */
function areNodeModulesCurrent(root = projectRoot) {
  let installed;
  try {
    installed = lockedPackages(join(root, 'node_modules', '.package-lock.json'));
  } catch {
    return false;
  }
  const wanted = lockedPackages(join(root, 'package-lock.json'));
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const present = installed[path];
    return present ? present.version === entry.version : entry.optional === true;
  });
}

/** How to run npm: the one that runs this script, else the one on PATH. */
function npmCommand() {
  const running = process.env.npm_execpath;
  if (running && basename(running) === 'npm-cli.js') return [process.execPath, running];
  const found = findOnPath('npm');
  if (!found) throw new SetupError('npm is not installed; it comes with Node: https://nodejs.org/');
  return [found];
}

/**
 * Of the project, or of another folder with a lock file of its own.
 * @throws {SetupError} when the packages cannot be installed
 */
export async function ensureNodeModules(root = projectRoot) {
  if (areNodeModulesCurrent(root)) return;
  const [command = 'npm', ...prefix] = npmCommand();
  // The build needs the development packages, whatever NODE_ENV says; no package needs its scripts.
  const args = [...prefix, 'ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund'];
  const { ok, reason } = await runCommand(command, args, {
    title: `installing node modules (npm ci)${root === projectRoot ? '' : ` in ${basename(root)}/`}`,
    cwd: root,
  });
  if (!ok) throw new SetupError(`"npm ci" failed (${reason}); its own words are above.`);
}
