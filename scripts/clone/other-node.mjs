/**
 * `node scripts/clone/other-node.mjs <major>`: has that Node, from npm's packages of Node's own
 * binaries, and prints its path. It is kept in `.cache/`.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '../setup/project-root.mjs';
import { runCommand } from '../setup/run-command.mjs';
import { runMain, SetupError } from '../setup/setup-error.mjs';

/** Tested beside the Node that runs this. Exact, so that a new release breaks no old commit. */
export const OTHER_NODES = { 22: '22.23.5', 24: '24.22.3' };

const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * @param {keyof OTHER_NODES} major
 * @returns {Promise<string>} the path of its program
 */
export async function otherNode(major) {
  const name = `node-${process.platform}-${process.arch}`;
  const folder = join(projectRoot, '.cache', `node-${OTHER_NODES[major]}`);
  const program = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  const args = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  const { ok, reason } = await runCommand('npm', [...args, `${name}@${OTHER_NODES[major]}`], {
    title: `installing Node ${OTHER_NODES[major]}`,
    cwd: folder,
    timeoutMs: INSTALL_TIMEOUT_MS,
  });
  if (!ok || !existsSync(program)) {
    throw new SetupError(`npm has no ${name}@${OTHER_NODES[major]} for this machine (${reason}).`);
  }
  return program;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await runMain(async () => {
    const major = process.argv[2];
    if (major !== '22' && major !== '24') throw new SetupError('Which Node? 22 or 24.');
    console.log(await otherNode(major));
  });
}
