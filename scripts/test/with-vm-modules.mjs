import { spawnSync } from 'node:child_process';

const FLAGS = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'];

/** `NODE_OPTIONS` with the flag that Jest needs for ES modules. @param {string} [given] */
export const withVmModules = (given = '') =>
  given.includes(FLAGS[0]) ? given : [given, ...FLAGS].join(' ').trim();

/**
 * Runs this very command again with the flag that Jest needs for ES modules, and ends with its exit
 * code. Does nothing where the flag is set. Without the flag Jest would run the tests as CommonJS and
 * say nothing, so whatever starts it (`npx jest`, an editor, npm) has to pass here.
 */
export function ensureVmModules() {
  const given = process.env.NODE_OPTIONS ?? '';
  if (given.includes(FLAGS[0]) || process.execArgv.includes(FLAGS[0])) return;
  const { status, signal } = spawnSync(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    // Not as arguments: Jest's own workers are processes that inherit the environment.
    env: { ...process.env, NODE_OPTIONS: withVmModules(given) },
  });
  if (signal) process.kill(process.pid, signal);
  process.exit(status ?? 1);
}
