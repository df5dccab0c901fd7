import { commands } from './commands.js';
import { runCli } from './run-cli.js';

/** `cardpress …`, started by bin/cardpress.mjs. */
const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    // Once: commands stop and clean up after themselves. Twice: at once.
    if (interrupted.signal.aborted) process.exit(130);
    interrupted.abort();
  });
}
for (const stream of [process.stdout, process.stderr]) {
  // `cardpress … | head` closes the pipe; that is no failure of ours.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const exitCode = await runCli(
  process.argv.slice(2),
  {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    signal: interrupted.signal,
  },
  commands,
);
// Not process.exit: what is still on its way to a pipe would be lost.
process.exitCode = interrupted.signal.aborted ? 130 : exitCode;
