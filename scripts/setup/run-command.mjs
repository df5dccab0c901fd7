import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const HEARTBEAT_MS = 5_000;
const TAIL_LINES = 30;
/** After SIGTERM a command has this long before it is killed. */
const KILL_GRACE_MS = 3_000;

/**
 * @typedef {object} CommandOptions
 * @property {string} title what is said before it starts
 * @property {NodeJS.ProcessEnv} [env] replaces the environment
 * @property {number} [timeoutMs] the longest the command may take in all
 * @property {number} [stallMs] the longest it may go without output
 * @property {string} [logFile] output goes there instead of to the terminal
 * @property {string} [cwd]
 */

/**
 * @typedef {object} CommandResult
 * @property {boolean} ok whether it ended with code 0 by itself
 * @property {string} reason why not, in a few words; empty when `ok`
 * @property {string} tail the last lines of its output
 */

/**
 * Runs a command that may take long: a line before it, and a heartbeat with the seconds gone
 * whenever nothing was printed for five seconds. All of it goes to stderr, which leaves stdout to the
 * program that follows. It never rejects and never asks for input.
 * @param {string} command
 * @param {string[]} args
 * @param {CommandOptions} options
 * @returns {Promise<CommandResult>}
 */
export async function runCommand(command, args, options) {
  const { title, env = process.env, timeoutMs, stallMs, logFile, cwd } = options;
  console.error(`cardpress: ${title} …`);
  const startedAt = Date.now();
  let lastOutputAt = startedAt;
  let lastLineAt = startedAt;
  let tail = '';
  let stoppedBecause = '';

  const log = logFile ? createWriteStream(logFile, { flags: 'a' }) : undefined;
  log?.on('error', () => undefined);
  // A process group of its own, so that a command that hangs is ended with all its helpers.
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const onOutput = (/** @type {Buffer} */ chunk) => {
    lastOutputAt = Date.now();
    tail = `${tail}${chunk}`.split('\n').slice(-TAIL_LINES).join('\n');
    if (log) log.write(chunk);
    else {
      lastLineAt = lastOutputAt;
      process.stderr.write(chunk);
    }
  };
  child.stdout.on('data', onOutput);
  child.stderr.on('data', onOutput);

  const signalGroup = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      if (child.pid) process.kill(-child.pid, signal);
    } catch {
      // It is gone already.
    }
  };
  const stop = (/** @type {string} */ why) => {
    if (stoppedBecause) return;
    stoppedBecause = why;
    signalGroup('SIGTERM');
    setTimeout(() => signalGroup('SIGKILL'), KILL_GRACE_MS).unref();
  };
  const watch = setInterval(() => {
    const now = Date.now();
    const elapsed = Math.round((now - startedAt) / 1000);
    if (timeoutMs && now - startedAt > timeoutMs) stop(`it took longer than ${elapsed} s`);
    if (stallMs && now - lastOutputAt > stallMs) stop('it made no progress');
    if (now - lastLineAt < HEARTBEAT_MS) return;
    lastLineAt = now;
    console.error(`cardpress: … ${elapsed} s`);
  }, 500);
  // Out of this terminal's group, it would outlive a Ctrl-C.
  const onInterrupt = () => {
    signalGroup('SIGTERM');
    process.exit(130);
  };
  process.once('SIGINT', onInterrupt);
  process.once('SIGTERM', onInterrupt);

  /** @type {CommandResult} */
  let result;
  try {
    const [code, signal] = await once(child, 'close');
    const reason = stoppedBecause || (signal ? `ended by ${signal}` : `exit code ${code}`);
    const ok = code === 0 && !stoppedBecause;
    result = { ok, reason: ok ? '' : reason, tail };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    result = { ok: false, reason: message, tail };
  } finally {
    clearInterval(watch);
    process.removeListener('SIGINT', onInterrupt);
    process.removeListener('SIGTERM', onInterrupt);
    log?.end();
  }
  return result;
}
