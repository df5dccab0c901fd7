import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Waits in the background for the end of standard input, which is the end of the test run. */
const BOUND = 'exec 3<&0; (cat <&3; kill -9 $$) >/dev/null 2>&1 & exec "$0" "$@" 3<&- </dev/null';

/**
 * A server that cannot outlive this process, however that ends: not every end of a test run lets it
 * say goodbye.
 */
export function spawnServer(program: string, args: string[], options: SpawnOptions = {}) {
  return spawn('sh', ['-c', BOUND, program, ...args], {
    ...options,
    stdio: ['pipe', 'ignore', 'pipe'],
  });
}

export const hasEnded = (child: ChildProcess) =>
  child.pid === undefined || child.exitCode !== null || child.signalCode !== null;

/** What the server holds is thrown away: there is nothing to write down in order. */
export async function endServer(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
