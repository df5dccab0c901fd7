import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/**
 * Runs Node in the place of this process, as far as that is possible: it has the terminal, gets the
 * signals sent here, and this process ends with its exit code. Resolves never.
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {string} cwd
 */
export function runInForeground(args, env, cwd) {
  const child = spawn(process.execPath, args, { env, cwd, stdio: 'inherit' });
  /** @type {NodeJS.Signals[]} */
  const forwarded = ['SIGTERM', 'SIGHUP', 'SIGQUIT'];
  for (const signal of forwarded) process.on(signal, () => child.kill(signal));
  process.on('SIGINT', () => {
    // Ctrl-C reaches every process of the terminal; twice would mean "at once" to the child.
    const hasTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
    if (!hasTerminal) child.kill('SIGINT');
  });
  child.once('error', (error) => {
    console.error(`cardpress: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(signal ? 128 + constants.signals[signal] : (code ?? 1));
  });
}
